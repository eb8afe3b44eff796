"""Orders in the ledger: kept as the broker describes them, linked to their trades, and guarding the position."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.facts import OrdersListed
from core.order import OrderKind, OrderReported, OrderState
from core.values import Side
from tests.fills import at, fill
from tests.integration.conftest import Books, handle_all, listed, position_in


def order(name: str, seconds: float = 0, **fields: Any) -> OrderReported:
    """A sell stop for one lot at 4990, at work."""
    told: dict[str, Any] = {
        "state": OrderState.WORKING,
        "side": Side.SELL,
        "kind": OrderKind.STOP,
        "qty": Decimal(1),
        "trigger": Decimal(4990),
    }
    named = OrderReported(account="Sim1", order_id=name, symbol="MESZ26", wire_symbol="MESZ26-CME", at=at(seconds))
    return replace(named, **(told | fields))


def target(name: str, price: str, seconds: float = 0, **fields: Any) -> OrderReported:
    return order(name, seconds, kind=OrderKind.LIMIT, trigger=None, limit=Decimal(price), **fields)


def market(name: str, seconds: float, qty: int = 1, side: Side = Side.BUY) -> OrderReported:
    """A market order as its last fill leaves it."""
    state, lots = OrderState.FILLED, Decimal(qty)
    return order(name, seconds, side=side, kind=OrderKind.MARKET, state=state, qty=lots, filled_qty=lots, trigger=None)


def row(books: Books, name: str) -> dict[str, Any]:
    return dict(books.rows("SELECT * FROM orderrecord WHERE order_id = ?", name)[0])


def test_an_order_is_kept_with_all_that_was_said_of_it(books: Books) -> None:
    told = order("S", 1, parent_id="P", linked_id="T", client_id="C", details=(("time_in_force", "1"),))
    books.begin("Sim1").handle(told)
    kept = row(books, "S")
    names = ("mode", "status", "order_type", "side", "qty", "stop_price", "parent_order_id", "linked_order_id")
    assert [kept[name] for name in names] == ["SIM", "working", "stop", "SELL", 1, 4990, "P", "T"]
    assert (kept["client_order_id"], kept["entry_type"], kept["trade_id"]) == ("C", None, None)
    assert json.loads(kept["metadata"])["time_in_force"] == "1"


def test_an_order_told_again_unchanged_writes_nothing(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(order("S", 1))
    before = books.value("SELECT revision FROM ledgermeta")
    assert ledger.handle(order("S", 60)) is None
    assert books.reopen().handle(order("S", 61)) is None
    assert books.value("SELECT revision FROM ledgermeta") == before


def test_an_order_and_its_fill_are_one_commit(books: Books) -> None:
    ledger = books.begin("Sim1")
    before = books.value("SELECT revision FROM ledgermeta")
    ledger.handle(replace(fill(1, "5000", 1), order=market("O1", 1)))
    assert books.value("SELECT revision FROM ledgermeta") == before + 1  # type: ignore[operator]  # a number
    kept = row(books, "O1")
    assert (kept["entry_type"], kept["trade_id"], kept["status"]) == ("initial", 1, "filled")


def test_every_order_learns_what_its_first_fill_did(books: Books) -> None:
    ledger = books.begin("Sim1")
    for number, (qty, price) in enumerate([(1, "5000"), (1, "4999"), (-1, "5001"), (-2, "5002"), (1, "5000")], 1):
        side = Side.BUY if qty > 0 else Side.SELL
        told = market(f"O{number}", number, abs(qty), side)
        ledger.handle(replace(fill(qty, price, number), order=told))
    kinds = books.rows("SELECT entry_type, trade_id FROM orderrecord ORDER BY order_id")
    assert [tuple(each) for each in kinds] == [("initial", 1), ("reentry", 1), ("reduce", 1), ("flip", 1), ("exit", 4)]


def test_an_order_learns_from_a_fill_that_waited_for_the_back_fill(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(replace(fill(1, "5000", 1), order=market("O1", 1)))
    ledger.handle(listed(fill(1, "4999", 0.5, order="O0")))
    assert row(books, "O1")["entry_type"] == "reentry"


def test_stop_and_target_follow_the_nearest_working_orders(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000", 1))
    handle_all(ledger, [order("S", 2), target("T", "5010", 2), order("S2", 3, trigger=Decimal(4980))])
    assert tuple(books.rows("SELECT stop_price, target_price FROM openposition")[0]) == (4990, 5010)
    moved = position_in(ledger.handle(order("S", 60, trigger=Decimal(4995))))
    assert moved.protection.stop == 4995
    ledger.handle(order("S", 61, state=OrderState.CANCELED))
    assert books.value("SELECT stop_price FROM openposition") == 4980
    assert position_in(books.reopen().snapshot()).protection.stop == 4980


def test_a_flip_turns_the_bracket_round(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), order("S", 2), order("B", 2, side=Side.BUY, trigger=Decimal(5020))])
    snapshot = position_in(ledger.handle(fill(-2, "5001", 3)))
    assert snapshot.protection.stop == 5020


def test_the_initial_risk_never_changes_once_the_opening_order_is_covered(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), order("S", 5), order("S", 9, trigger=Decimal(4999)), fill(1, "4998", 10)])
    assert tuple(books.rows("SELECT initial_stop_price, initial_risk FROM openposition")[0]) == (4990, 50)
    reopened = books.reopen()
    reopened.handle(fill(-2, "5009", 40))
    kept = books.rows("SELECT initial_risk, r_multiple FROM traderecord")[0]
    assert tuple(kept) == (50, 2)


def test_all_fills_of_the_opening_order_count_into_the_risk(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(order("S", 0, qty=Decimal(2), state=OrderState.PENDING_CHILD, parent_id="O"))
    handle_all(ledger, [fill(1, "5000", 1, order="O"), fill(1, "5002", 2, order="O")])
    assert books.value("SELECT initial_risk FROM openposition") == (5001 - 4990) * 2 * 5


@pytest.mark.parametrize(
    "stops", [[], [order("S", 32)], [order("S", 5, side=Side.BUY)], [order("S", 5, kind=OrderKind.LIMIT)]]
)
def test_without_a_stop_in_time_the_risk_is_unknown(books: Books, stops: list[OrderReported]) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), *stops, fill(-1, "5009", 40)])
    assert tuple(books.rows("SELECT initial_risk, r_multiple FROM traderecord")[0]) == (None, None)


def test_a_stop_that_covers_a_part_leaves_the_risk_unknown_but_is_the_initial_stop(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(2, "5000", 1), order("S", 2)])
    assert tuple(books.rows("SELECT initial_stop_price, initial_risk FROM openposition")[0]) == (4990, None)


def test_an_order_keeps_its_row_under_a_new_name(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), order("S", 2), target("T", "5010", 2, linked_id="S")])
    ledger.handle(order("S9", 3, previous_id="S", trigger=Decimal(4995)))
    assert books.value("SELECT count(*) FROM orderrecord") == 2
    kept = row(books, "S9")
    assert (kept["previous_order_id"], kept["first_seen_at"] < kept["updated_at"]) == ("S", True)
    assert row(books, "T")["linked_order_id"] == "S9"


def test_what_the_broker_no_longer_lists_is_gone_and_guards_nothing(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), order("S", 2), target("T", "5010", 2)])
    ledger.handle(OrdersListed("Sim1", frozenset({"T"}), at(50)))
    assert tuple(books.rows("SELECT stop_price, target_price FROM openposition")[0]) == (None, 5010)
    assert row(books, "S")["status"] == "gone"
    assert ledger.handle(OrdersListed("120005", frozenset(), at(51))) is None


def test_brackets_belong_to_their_trade_filled_or_canceled(books: Books) -> None:
    ledger = books.begin("Sim1")
    children = [
        order("S", 0, state=OrderState.PENDING_CHILD, parent_id="O"),
        target("T", "5010", 0, state=OrderState.PENDING_CHILD, parent_id="O"),
    ]
    handle_all(ledger, [*children, fill(1, "5000", 1, order="O")])
    handle_all(ledger, [order("S", 2), replace(fill(-1, "5010", 3, order="T"), order=target(
        "T", "5010", 3, state=OrderState.FILLED, filled_qty=Decimal(1)
    )), order("S", 3, state=OrderState.CANCELED)])  # fmt: skip
    kept = books.rows("SELECT order_id, status, entry_type, trade_id FROM orderrecord ORDER BY order_id")
    assert [tuple(each) for each in kept] == [("S", "canceled", None, 1), ("T", "filled", "exit", 1)]
