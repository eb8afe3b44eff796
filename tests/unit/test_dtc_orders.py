"""What order updates say of orders: every reason, unset fields, and what is no order at all."""

from decimal import Decimal
from typing import Any

import pytest

from core.facts import Fill
from core.order import OrderKind, OrderReported, OrderState
from core.values import Side
from data.dtc import messages as dtc
from data.dtc.enums import BuySell, OrderStatus, OrderType, OrderUpdateReason
from data.dtc.order_reports import order_report
from tests.dtc_talk import ACCOUNT, NOW, SYMBOL, Talk, filled
from tests.fills import figures

DBL_MAX = 1.7976931348623157e308
_STATED = [reason for reason in OrderUpdateReason if reason < OrderUpdateReason.NEW_ORDER_REJECTED]
_REFUSED = [OrderUpdateReason.ORDER_CANCEL_REJECTED, OrderUpdateReason.ORDER_CANCEL_REPLACE_REJECTED]


def update(**fields: Any) -> dtc.OrderUpdate:
    """A sell stop for two lots at 5045, at work since a minute ago."""
    told: dict[str, Any] = {
        "Symbol": SYMBOL,
        "TradeAccount": ACCOUNT,
        "ServerOrderID": "17",
        "OrderStatus": OrderStatus.OPEN,
        "OrderUpdateReason": OrderUpdateReason.GENERAL_ORDER_UPDATE,
        "OrderType": OrderType.STOP,
        "BuySell": BuySell.SELL,
        "Price1": 5045.0,
        "Price2": DBL_MAX,
        "OrderQuantity": 2.0,
        "FilledQuantity": 0.0,
        "LatestTransactionDateTime": int(NOW.timestamp()) - 60,
    }
    return dtc.OrderUpdate(**told | fields)


def report(**fields: Any) -> OrderReported:
    found = order_report(update(**fields), Decimal(1), lambda: NOW)
    assert found is not None
    return found


def test_an_order_is_told_with_all_that_is_known() -> None:
    told = report(ParentServerOrderID="16", OCOLinkedOrderServerOrderID="18", ClientOrderID="C", TimeInForce=1)
    assert (told.account, told.order_id, told.symbol, told.wire_symbol) == (ACCOUNT, "17", "MESZ26", SYMBOL)
    assert (told.state, told.side, told.kind) == (OrderState.WORKING, Side.SELL, OrderKind.STOP)
    assert figures(told.qty, told.filled_qty, told.trigger, told.limit) == (2, 0, 5045, None)
    assert (told.parent_id, told.linked_id, told.client_id) == ("16", "18", "C")
    assert (NOW - told.at).total_seconds() == 60
    assert ("time_in_force", "1") in told.details


@pytest.mark.parametrize("reason", _STATED)
def test_every_reason_that_states_the_order_is_told(reason: OrderUpdateReason) -> None:
    assert report(OrderUpdateReason=reason).state is OrderState.WORKING


@pytest.mark.parametrize("reason", _REFUSED)
@pytest.mark.parametrize(
    ("status", "state"), [(4, OrderState.WORKING), (8, OrderState.CANCELED), (9, None), (0, None), (77, None)]
)
def test_a_refused_change_tells_only_where_the_order_stands(reason: int, status: int, state: OrderState | None) -> None:
    told = report(OrderUpdateReason=reason, OrderStatus=status, Price1=9999.0, OrderQuantity=9.0)
    assert (told.state, told.trigger, told.qty, told.side, told.kind) == (state, None, None, None, None)


def test_only_reason_8_rejects_an_order() -> None:
    assert report(OrderUpdateReason=8, OrderStatus=9).state is OrderState.REJECTED
    assert report(OrderUpdateReason=3, OrderStatus=9).state is None


@pytest.mark.parametrize(
    "nobody",
    [{"ServerOrderID": ""}, {"ServerOrderID": None}, {"NoOrders": 1}, {"TradeAccount": ""}, {"Symbol": ""}],
)
def test_what_names_no_order_is_none(nobody: dict[str, Any]) -> None:
    assert order_report(update(**nobody), Decimal(1), lambda: NOW) is None


@pytest.mark.parametrize("unset", [None, DBL_MAX, float("nan")])
def test_unset_numbers_stay_open(unset: float | None) -> None:
    told = report(Price1=unset, OrderQuantity=unset, FilledQuantity=unset, AverageFillPrice=unset)
    assert (told.trigger, told.qty, told.filled_qty, told.average_price) == (None, None, None, None)


def test_a_resting_bracket_child_is_a_pending_child() -> None:
    assert report(OrderStatus=OrderStatus.PENDING_CHILD).state is OrderState.PENDING_CHILD


@pytest.mark.parametrize(
    ("kind", "told_kind", "trigger", "limit"),
    [
        (OrderType.MARKET, OrderKind.MARKET, None, None),
        (OrderType.LIMIT, OrderKind.LIMIT, None, 5045),
        (OrderType.STOP, OrderKind.STOP, 5045, None),
        (OrderType.STOP_LIMIT, OrderKind.STOP_LIMIT, 5045, 5044),
        (OrderType.MARKET_IF_TOUCHED, OrderKind.OTHER, None, None),
        (99, OrderKind.OTHER, None, None),
        (0, None, None, None),
    ],
)
def test_which_price_is_which_depends_on_the_kind(
    kind: int, told_kind: OrderKind | None, trigger: int | None, limit: int | None
) -> None:
    told = report(OrderType=kind, Price2=5044.0)
    assert (told.kind, told.trigger, told.limit) == (told_kind, trigger, limit)


def test_prices_are_brought_to_the_traders_scale() -> None:
    told = order_report(update(Price1=504525.0), Decimal("0.01"), lambda: NOW)
    assert told is not None
    assert told.trigger == Decimal("5045.25")


def test_a_fill_carries_what_the_same_report_says_of_its_order() -> None:
    talk = Talk().log_on()
    talk.session.watch(SYMBOL)
    talk.define()
    (fill,) = talk.hear(filled(OrderType=OrderType.MARKET))
    assert isinstance(fill, Fill)
    assert fill.order is not None
    assert fill.order.state is OrderState.FILLED


def test_an_order_waits_for_its_symbols_scale_as_a_fill_does() -> None:
    talk = Talk().log_on()
    assert talk.hear(update(Price1=504525.0)) == []
    _, told = talk.define(DisplayPriceMultiplier=0.01)
    assert isinstance(told, OrderReported)
    assert told.trigger == Decimal("5045.25")
