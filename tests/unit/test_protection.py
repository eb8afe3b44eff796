"""Working orders beside a position: nearest stop and target, and the risk of the opening order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.order import Order, OrderKind, OrderState
from core.protection import Bracket, bracket_of, initial_risk_points
from core.values import PositionSide, Side

_OPENED = datetime(2026, 9, 15, 14, 30, tzinfo=UTC)
_LONG, _SHORT = PositionSide.LONG, PositionSide.SHORT


def _stop(price: str, qty: int = 1, side: Side = Side.SELL, seconds: float = 1) -> Order:
    return Order(
        account="Sim1",
        order_id=f"S{price}",
        symbol="MESZ26",
        side=side,
        kind=OrderKind.STOP,
        state=OrderState.WORKING,
        qty=Decimal(qty),
        filled_qty=Decimal(0),
        trigger=Decimal(price),
        limit=None,
        parent_id="",
        linked_id="",
        first_seen_at=_OPENED + timedelta(seconds=seconds),
        updated_at=_OPENED + timedelta(seconds=seconds),
        risked_at=Decimal(price),
    )


def _target(price: str, side: Side = Side.SELL) -> Order:
    return replace(_stop(price, side=side), kind=OrderKind.LIMIT, trigger=None, limit=Decimal(price))


def test_the_nearest_working_stop_and_target_count() -> None:
    orders = [_stop("5045"), _stop("5047.50"), _target("5060"), _target("5058")]
    assert bracket_of(_LONG, orders) == Bracket(Decimal("5047.50"), Decimal(5058))


def test_a_short_is_covered_by_buy_orders() -> None:
    orders = [_stop("5060", side=Side.BUY), _stop("5062", side=Side.BUY), _target("5040", Side.BUY), _stop("5050")]
    assert bracket_of(_SHORT, orders) == Bracket(Decimal(5060), Decimal(5040))


@pytest.mark.parametrize("state", [OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED])
def test_an_order_that_is_done_protects_nothing(state: OrderState) -> None:
    assert bracket_of(_LONG, [replace(_stop("5045"), state=state)]) == Bracket(None, None)


def test_a_pending_child_protects() -> None:
    assert bracket_of(_LONG, [replace(_stop("5045"), state=OrderState.PENDING_CHILD)]).stop == Decimal(5045)


def test_the_initial_risk_needs_stops_for_the_whole_opening_order() -> None:
    assert _risk(2, _stop("5047.50", 2)) == Decimal(5)
    assert _risk(2, _stop("5047.50", 1), _stop("5045", 1)) == Decimal("7.5")
    assert _risk(2, _stop("5047.50", 1)) is None
    assert _risk(2) is None


def test_a_stop_placed_late_does_not_count() -> None:
    assert _risk(1, _stop("5047.50", seconds=30)) == Decimal("2.5")
    assert _risk(1, _stop("5047.50", seconds=31)) is None


def test_a_stop_larger_than_the_entry_risks_the_entry_only() -> None:
    assert _risk(1, _stop("5047.50", 5)) == Decimal("2.5")


def test_an_order_that_opens_further_is_no_stop_of_the_position() -> None:
    assert _risk(1, _stop("5055", side=Side.BUY)) is None
    assert bracket_of(_LONG, [_stop("5055", side=Side.BUY)]) == Bracket(None, None)


def _risk(qty: int, *orders: Order) -> Decimal | None:
    return initial_risk_points(_LONG, Decimal(qty), Decimal(5050), _OPENED, orders)
