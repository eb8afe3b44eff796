"""Orders that rest at the exchange, told in bytes as a client gets them: states, reasons, links, refusals."""

from typing import Any

import pytest

from core.values import Side
from data.dtc import messages
from data.dtc.enums import OrderType
from data.dtc.order_requests import CancelOrder, CancelReplaceOrder, SubmitNewOcoOrder, SubmitNewSingleOrder
from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from tests.practice_talk import SYMBOL, Received, Talk, types

LIMIT, STOP, STOP_LIMIT = OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT
Step = tuple[int, int]


@pytest.fixture
def talk() -> Talk:
    """At 5050.00 bid, 5050.25 asked."""
    talk = Talk()
    talk.log_on()
    return talk


def steps(heard: list[Received]) -> list[Step]:
    """Status and reason of each order update."""
    return [(message["OrderStatus"], message["OrderUpdateReason"]) for message in heard if message["Type"] == 301]


def fills(heard: list[Received]) -> list[tuple[float, float]]:
    """Lots and price of each fill told."""
    return [(m["LastFillQuantity"], m["LastFillPrice"]) for m in heard if m.get("LastFillExecutionID")]


def open_orders(talk: Talk, **fields: Any) -> list[Received]:
    return [row for row in talk.say(messages.OpenOrdersRequest(RequestID=3, **fields)) if not row["NoOrders"]]


def rest(talk: Talk, kind: OrderType, side: Side, qty: int, price: float, **fields: Any) -> str:
    """The id of an order that now rests."""
    heard = talk.order(kind, side, qty, price, **fields)
    assert steps(heard) == [(2, 2), (4, 3)]
    name: str = heard[0]["ServerOrderID"]
    return name


def bracket(talk: Talk, qty: int, *, kind: OrderType = OrderType.MARKET, price: float | None = None) -> list[Received]:
    """A long with a stop at 5040 and a target at 5060."""
    parent = SubmitNewSingleOrder(
        Symbol=SYMBOL, TradeAccount=SIM_ACCOUNT, ClientOrderID="parent", OrderType=kind, BuySell=1, Price1=price,
        Quantity=qty, IsParentOrder=1,
    )  # fmt: skip
    return talk.say(parent, linked(qty, ParentTriggerClientOrderID="parent"))


def linked(qty: int, **fields: Any) -> SubmitNewOcoOrder:
    asked: dict[str, Any] = {
        "Symbol": SYMBOL, "TradeAccount": SIM_ACCOUNT,
        "ClientOrderID_1": "stop", "OrderType_1": STOP, "BuySell_1": 2, "Price1_1": 5040.0, "Quantity_1": qty,
        "ClientOrderID_2": "target", "OrderType_2": LIMIT, "BuySell_2": 2, "Price1_2": 5060.0, "Quantity_2": qty,
    }  # fmt: skip
    return SubmitNewOcoOrder(**asked | fields)


@pytest.mark.parametrize(
    ("kind", "side", "price", "short_of", "at", "filled_at"),
    [
        (LIMIT, Side.BUY, 5049.0, 5049.0, 5048.75, 5049.0),
        (LIMIT, Side.SELL, 5052.0, 5051.75, 5052.0, 5052.0),
        (STOP, Side.BUY, 5051.0, 5050.75, 5051.0, 5051.25),
        (STOP, Side.SELL, 5049.0, 5049.25, 5049.0, 5049.0),
        (STOP, Side.SELL, 5049.0, 5049.25, 5040.0, 5040.0),
        (LIMIT, Side.BUY, 5049.0, 5049.25, 5040.0, 5049.0),
    ],
)
def test_an_order_rests_until_the_market_reaches_it(  # noqa: PLR0917  # one row of the table above
    talk: Talk, kind: OrderType, side: Side, price: float, short_of: float, at: float, filled_at: float
) -> None:
    rest(talk, kind, side, 2, price)
    assert talk.go_to(short_of) == []
    heard = talk.go_to(at)
    assert (steps(heard), fills(heard)) == ([(7, 4)], [(2, filled_at)])
    assert types(heard) == [301, 306, 600]
    assert open_orders(talk) == []


@pytest.mark.parametrize(
    ("kind", "side", "price", "filled_at"),
    [
        (LIMIT, Side.BUY, 5052.0, 5050.25),
        (LIMIT, Side.SELL, 5048.0, 5050.0),
        (STOP, Side.BUY, 5049.0, 5050.25),
        (STOP, Side.SELL, 5051.0, 5050.0),
    ],
)
def test_an_order_the_market_has_passed_already_is_filled_at_the_quote(
    talk: Talk, kind: OrderType, side: Side, price: float, filled_at: float
) -> None:
    heard = talk.order(kind, side, 1, price)
    assert (steps(heard), fills(heard)) == ([(2, 2), (4, 3), (7, 4)], [(1, filled_at)])


def test_a_stop_limit_becomes_a_limit_once_its_stop_is_reached(talk: Talk) -> None:
    name = rest(talk, STOP_LIMIT, Side.SELL, 1, 5049.0, Price2=5048.5)
    assert steps(talk.go_to(5047.0)) == [(4, 3)]
    (row,) = open_orders(talk)
    assert (row["ServerOrderID"], row["OrderType"], row["Price1"], row["Price2"]) == (name, 4, 5049.0, 5048.5)
    assert fills(talk.go_to(5048.5)) == [(1, 5048.5)]


def test_open_orders_are_listed_with_their_state_and_for_the_account_asked(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 2, 5049.0)
    rest(talk, STOP, Side.SELL, 1, 5045.0, TradeAccount=LIVE_ACCOUNT)
    first, second = open_orders(talk)
    assert [(row["MessageNumber"], row["TotalNumMessages"], row["RequestID"]) for row in (first, second)] == [
        (1, 2, 3),
        (2, 2, 3),
    ]
    assert (first["OrderUpdateReason"], first["OrderStatus"], first["OrderType"]) == (1, 4, 2)
    assert (first["Price1"], first["BuySell"], first["OrderQuantity"], first["FilledQuantity"]) == (5049.0, 1, 2, 0)
    assert [row["TradeAccount"] for row in open_orders(talk, TradeAccount=LIVE_ACCOUNT)] == [LIVE_ACCOUNT]
    (single,) = open_orders(talk, RequestAllOrders=0, ServerOrderID=name)
    assert single["ServerOrderID"] == name


def test_a_cancelled_order_is_told_and_gone(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 1, 5049.0)
    assert steps(talk.say(CancelOrder(ServerOrderID=name))) == [(8, 6)]
    assert open_orders(talk) == []
    assert talk.go_to(5040.0) == []


def test_a_replaced_order_has_its_new_total_and_price(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 1, 5049.0)
    (told,) = talk.say(CancelReplaceOrder(ServerOrderID=name, Price1=5048.0, Quantity=3))
    assert (told["OrderUpdateReason"], told["OrderStatus"], told["Price1"], told["OrderQuantity"]) == (7, 4, 5048.0, 3)
    (told,) = talk.say(CancelReplaceOrder(ServerOrderID=name, Price1=5030.0, Price1IsSet=0, Quantity=2))
    assert (told["Price1"], told["OrderQuantity"]) == (5048.0, 2)
    assert talk.go_to(5048.5) == []
    assert fills(talk.go_to(5047.0)) == [(2, 5048.0)]


def test_a_moved_stop_limit_keeps_the_distance_of_its_limit(talk: Talk) -> None:
    name = rest(talk, STOP_LIMIT, Side.SELL, 1, 5049.0, Price2=5048.5)
    (told,) = talk.say(CancelReplaceOrder(ServerOrderID=name, Price1=5047.0, Price2=1.0))
    assert (told["Price1"], told["Price2"]) == (5047.0, 5046.5)


def test_an_order_replaced_to_where_the_market_is_fills_at_once(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 1, 5049.0)
    heard = talk.say(CancelReplaceOrder(ServerOrderID=name, Price1=5051.0))
    assert (steps(heard), fills(heard)) == ([(4, 7), (7, 4)], [(1, 5050.25)])


def test_refused_changes_leave_the_order_alone_and_are_no_rejected_orders(talk: Talk) -> None:
    (unknown,) = talk.say(CancelOrder(ServerOrderID="9", ClientOrderID="what"))
    assert (unknown["OrderStatus"], unknown["OrderUpdateReason"], unknown["ServerOrderID"]) == (9, 9, "")
    assert (unknown["ClientOrderID"], unknown["InfoText"]) == ("what", "There is no order 9")
    name = rest(talk, LIMIT, Side.BUY, 2, 5049.0, ClientOrderID="bid")
    changes: list[CancelOrder | CancelReplaceOrder] = [
        CancelReplaceOrder(ServerOrderID=name, Price1=5049.1),
        CancelReplaceOrder(ServerOrderID=name, Quantity=0.5),
        CancelReplaceOrder(ServerOrderID=name, ClientOrderID="other"),
        CancelOrder(ServerOrderID=name, ClientOrderID="other"),
    ]
    refused = talk.say(*changes)
    assert [(row["OrderStatus"], row["OrderUpdateReason"]) for row in refused] == [(4, 10), (4, 10), (4, 10), (4, 9)]
    assert {row["ServerOrderID"] for row in refused} == {name}
    assert all(row["InfoText"] for row in refused)
    talk.say(CancelOrder(ServerOrderID=name))
    assert steps(talk.say(CancelOrder(ServerOrderID=name))) == [(8, 9)]


def test_a_total_below_what_is_filled_is_refused(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 3, 5049.0)
    assert fills(_filled(talk, name, 2)) == [(2, 5049.0)]
    (refused,) = talk.say(CancelReplaceOrder(ServerOrderID=name, Quantity=2))
    assert (refused["OrderStatus"], refused["OrderUpdateReason"], refused["FilledQuantity"]) == (10, 10, 2)


def test_a_partial_fill_leaves_a_rest_at_work(talk: Talk) -> None:
    name = rest(talk, LIMIT, Side.BUY, 3, 5049.0)
    part = _filled(talk, name, 1)
    assert steps(part) == [(10, 5)]
    assert (part[0]["FilledQuantity"], part[0]["RemainingQuantity"], part[0]["AverageFillPrice"]) == (1, 2, 5049.0)
    (row,) = open_orders(talk)
    assert (row["OrderStatus"], row["FilledQuantity"], row["LastFillQuantity"]) == (10, 1, None)
    assert fills(talk.go_to(5048.0)) == [(2, 5049.0)]


def test_the_id_of_an_open_order_cannot_be_used_again(talk: Talk) -> None:
    rest(talk, LIMIT, Side.BUY, 1, 5049.0, ClientOrderID="mine")
    (refused,) = talk.buy(1)
    assert (refused["OrderUpdateReason"], refused["InfoText"]) == (8, "ClientOrderID mine is that of an open order")


def test_of_two_linked_orders_one_filled_cancels_the_other(talk: Talk) -> None:
    heard = talk.say(linked(2))
    assert steps(heard) == [(2, 2), (4, 3), (2, 2), (4, 3)]
    stop, target = open_orders(talk)
    assert stop["OCOLinkedOrderServerOrderID"] == target["ServerOrderID"]
    assert target["OCOLinkedOrderServerOrderID"] == stop["ServerOrderID"]
    heard = talk.go_to(5060.0)
    assert (steps(heard), fills(heard)) == ([(7, 4), (8, 6)], [(2, 5060.0)])
    assert open_orders(talk) == []


def test_a_partial_fill_of_one_linked_order_leaves_less_of_the_other(talk: Talk) -> None:
    talk.say(linked(3))
    stop, target = open_orders(talk)
    assert steps(_filled(talk, target["ServerOrderID"], 2)) == [(10, 5), (4, 3)]
    assert [(row["OrderQuantity"], row["RemainingQuantity"]) for row in open_orders(talk)] == [(1, 1), (3, 1)]
    heard = talk.go_to(5039.0)
    assert (steps(heard), fills(heard)) == ([(7, 4), (8, 6)], [(1, 5039.0)])
    assert heard[0]["ServerOrderID"] == stop["ServerOrderID"]


def test_one_linked_order_filled_whole_cancels_the_other_even_where_that_is_larger(talk: Talk) -> None:
    talk.say(linked(2))
    stop, _target = open_orders(talk)
    talk.say(CancelReplaceOrder(ServerOrderID=stop["ServerOrderID"], Quantity=1))
    assert steps(talk.go_to(5039.0)) == [(7, 4), (8, 6)]
    assert open_orders(talk) == []


def test_one_linked_order_cancelled_takes_the_other_along(talk: Talk) -> None:
    talk.say(linked(1))
    stop, _target = open_orders(talk)
    assert steps(talk.say(CancelOrder(ServerOrderID=stop["ServerOrderID"]))) == [(8, 6), (8, 6)]
    assert open_orders(talk) == []


def test_the_children_of_a_bracket_rest_until_the_parent_fills(talk: Talk) -> None:
    heard = bracket(talk, 2, kind=LIMIT, price=5049.0)
    assert steps(heard) == [(2, 2), (4, 3), (3, 2), (3, 2)]
    parent, stop, target = open_orders(talk)
    assert [row["OrderStatus"] for row in (parent, stop, target)] == [4, 3, 3]
    assert stop["ParentServerOrderID"] == target["ParentServerOrderID"] == parent["ServerOrderID"]
    talk.go_to(5039.0)  # at once through parent and stop
    assert open_orders(talk) == []
    assert talk.exchange.books.position(SIM_ACCOUNT, SYMBOL).qty == 0


def test_a_bracket_at_the_market_has_its_children_at_work_behind_the_fill(talk: Talk) -> None:
    heard = bracket(talk, 2)
    assert steps(heard) == [(2, 2), (4, 3), (3, 2), (3, 2), (7, 4), (4, 3), (4, 3)]
    assert types(heard)[-2:] == [306, 600]
    assert fills(talk.go_to(5039.0)) == [(2, 5039.0)]
    assert open_orders(talk) == []


def test_the_children_grow_with_the_partial_fills_of_the_parent(talk: Talk) -> None:
    parent = bracket(talk, 3, kind=LIMIT, price=5049.0)[0]["ServerOrderID"]
    assert steps(_filled(talk, parent, 1)) == [(10, 5), (4, 3), (4, 3)]
    assert [row["OrderQuantity"] for row in open_orders(talk)] == [3, 1, 1]
    _filled(talk, parent, 2)
    assert [row["OrderQuantity"] for row in open_orders(talk)] == [3, 3]
    assert fills(talk.go_to(5060.0)) == [(3, 5060.0)]


def test_a_child_filled_before_its_parent_is_whole_goes_on_with_the_rest(talk: Talk) -> None:
    parent, _stop, target = (row["ServerOrderID"] for row in bracket(talk, 3, kind=LIMIT, price=5049.0)[1:])
    _filled(talk, parent, 1)
    assert steps(_filled(talk, target, 1)) == [(10, 5), (4, 3)]
    _filled(talk, parent, 2)
    assert [(row["OrderQuantity"], row["RemainingQuantity"]) for row in open_orders(talk)] == [(2, 2), (3, 2)]
    assert fills(talk.go_to(5060.0)) == [(2, 5060.0)]
    assert open_orders(talk) == []


def test_a_cancelled_parent_takes_its_waiting_children_along(talk: Talk) -> None:
    parent = bracket(talk, 2, kind=LIMIT, price=5049.0)[0]["ServerOrderID"]
    assert steps(talk.say(CancelOrder(ServerOrderID=parent))) == [(8, 6)] * 3
    assert open_orders(talk) == []


def test_a_parent_cancelled_half_filled_leaves_children_for_what_is_held(talk: Talk) -> None:
    parent = bracket(talk, 3, kind=LIMIT, price=5049.0)[0]["ServerOrderID"]
    _filled(talk, parent, 1)
    talk.say(CancelOrder(ServerOrderID=parent))
    assert [(row["OrderQuantity"], row["OrderStatus"]) for row in open_orders(talk)] == [(1, 4), (1, 4)]
    heard = talk.go_to(5060.0)
    assert (steps(heard), fills(heard)) == ([(7, 4), (8, 6)], [(1, 5060.0)])


def test_one_child_cancelled_leaves_the_other_at_work(talk: Talk) -> None:
    bracket(talk, 1)
    stop, target = open_orders(talk)
    assert steps(talk.say(CancelOrder(ServerOrderID=stop["ServerOrderID"]))) == [(8, 6)]
    assert [row["ServerOrderID"] for row in open_orders(talk)] == [target["ServerOrderID"]]


@pytest.mark.parametrize(
    "fields", [{"Price1_1": 5040.1}, {"Quantity_2": 0}, {"UseOffsets": 1}, {"ParentTriggerClientOrderID": "other"}]
)
def test_one_order_of_a_bracket_refused_refuses_all_three(talk: Talk, fields: dict[str, Any]) -> None:
    parent = SubmitNewSingleOrder(
        Symbol=SYMBOL, TradeAccount=SIM_ACCOUNT, ClientOrderID="parent", OrderType=1, BuySell=1, Quantity=1,
        IsParentOrder=1,
    )  # fmt: skip
    heard = talk.say(parent, linked(1, **{"ParentTriggerClientOrderID": "parent"} | fields))
    assert steps(heard) == [(9, 8)] * 3
    assert [row["ClientOrderID"] for row in heard] == ["parent", "stop", "target"]
    assert talk.exchange.books.accounts[SIM_ACCOUNT].fills == []
    assert open_orders(talk) == []


def test_a_parent_whose_children_do_not_follow_at_once_is_refused(talk: Talk) -> None:
    parent = SubmitNewSingleOrder(
        Symbol=SYMBOL, TradeAccount=SIM_ACCOUNT, ClientOrderID="parent", OrderType=1, BuySell=1, Quantity=1,
        IsParentOrder=1,
    )  # fmt: skip
    assert talk.say(parent) == []
    refused, *answer = talk.say(messages.TradeAccountsRequest(RequestID=1))
    assert (refused["OrderUpdateReason"], refused["ClientOrderID"]) == (8, "parent")
    assert types(answer) == [401, 401]
    assert steps(talk.say(linked(1, ParentTriggerClientOrderID="parent"))) == [(9, 8)] * 2


def test_flattening_leaves_working_orders_as_they_are(talk: Talk) -> None:
    talk.buy(2)
    rest(talk, STOP, Side.SELL, 2, 5040.0)
    talk.trade(SIM_ACCOUNT, Side.SELL, 2)
    assert len(open_orders(talk)) == 1


def _filled(talk: Talk, order_id: str, qty: int) -> list[Received]:
    talk.floor.publish(talk.exchange.fill(order_id, qty))
    return [message for message in talk.heard() if message["Type"] == 301]
