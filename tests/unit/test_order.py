"""What becomes of an order as reports of it come in."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.order import Order, OrderKind, OrderReported, OrderState, order_from
from core.values import Side
from tests.fills import at, figures


def report(seconds: float = 0, **fields: Any) -> OrderReported:
    """A sell stop at 5045 for two lots, at work."""
    told: dict[str, Any] = {
        "state": OrderState.WORKING,
        "side": Side.SELL,
        "kind": OrderKind.STOP,
        "qty": Decimal(2),
        "trigger": Decimal(5045),
    }
    return OrderReported(
        account="Sim1",
        order_id="17",
        symbol="MESZ26",
        wire_symbol="MESZ26-CME",
        at=at(seconds),
        **(told | fields),
    )


def bare(seconds: float = 0, **fields: Any) -> OrderReported:
    """A report that leaves everything open but what is given."""
    return replace(OrderReported(account="", order_id="17", symbol="", wire_symbol="", at=at(seconds)), **fields)


def order(**fields: Any) -> Order:
    found = order_from(report(**fields))
    assert found is not None
    return found


def test_the_same_report_again_changes_nothing() -> None:
    known = order()
    assert known.after(report(60)) is known


def test_what_a_report_leaves_open_stays_as_it_was() -> None:
    after = order(parent_id="16", client_id="C").after(bare(5, trigger=Decimal(5047)))
    assert figures(after.trigger, after.qty, after.parent_id, after.client_id) == (5047, 2, "16", "C")
    assert (after.state, after.first_seen_at, after.updated_at) == (OrderState.WORKING, at(0), at(5))


@pytest.mark.parametrize("end", [OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED])
@pytest.mark.parametrize("later", list(OrderState))
def test_how_an_order_ended_is_final(end: OrderState, later: OrderState) -> None:
    assert order(state=end).after(bare(1, state=later)).state is end


def test_an_order_that_was_missing_in_a_list_may_still_say_how_it_ended() -> None:
    assert order(state=OrderState.GONE).after(bare(1, state=OrderState.FILLED)).state is OrderState.FILLED


def test_what_is_filled_stays_filled_whichever_report_comes_late() -> None:
    assert order(filled_qty=Decimal(2)).after(bare(1, filled_qty=Decimal(1))).filled_qty == 2


def test_an_order_nobody_described_is_none() -> None:
    assert order_from(bare()) is None


def test_a_stop_that_works_risks_what_it_worked_at_first() -> None:
    child = order(state=OrderState.PENDING_CHILD, trigger=Decimal(5040))
    moved_by_its_parents_fill = child.after(bare(1, state=OrderState.WORKING, trigger=Decimal(5041)))
    moved_by_the_trader = moved_by_its_parents_fill.after(bare(2, trigger=Decimal(5045)))
    assert figures(moved_by_the_trader.risked_at, moved_by_the_trader.trigger) == (5041, 5045)
