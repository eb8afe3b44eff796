"""What protects a position: its working stop and target, and what the opening order risked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.order import Order, OrderKind
from core.position import Position
from core.values import PositionSide

# Stops placed later than this do not count into the initial risk.
RISK_WINDOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Bracket:
    """The nearest working stop and target of a position; None where there is none."""

    stop: Decimal | None
    target: Decimal | None


def bracket_of(side: PositionSide, orders: Iterable[Order]) -> Bracket:
    """The stop and target nearest to the price among `orders` of the position's account and symbol."""
    closing = [order for order in orders if order.is_at_work and order.closes(side)]
    stops = [order.trigger for order in closing if order.is_stop and order.trigger is not None]
    targets = [order.limit for order in closing if order.kind is OrderKind.LIMIT and order.limit is not None]
    return Bracket(_nearest_stop(side, stops), _nearest_target(side, targets))


def initial_risk_points(
    side: PositionSide, qty: Decimal, average: Decimal, opened_at: datetime, orders: Iterable[Order]
) -> Decimal | None:
    """Points times quantity risked by the opening order; None unless stops placed in time cover all of it."""
    left, risk = qty, Decimal(0)
    for order in _stops_in_time(side, opened_at, orders):
        if order.risked_at is None or order.qty is None:
            continue
        covered = min(left, order.qty)
        risk += abs(average - order.risked_at) * covered
        left -= covered
    return risk if left <= 0 < qty else None


@dataclass(frozen=True, slots=True)
class Protection:
    """Stop and target of one trade as they stand, and as they were at its start.

    `initial_risk` is in points times quantity and settled once stops cover the opening order, `opening_qty` lots as
    last looked at; later adds and moved stops never change it.
    """

    stop: Decimal | None = None
    target: Decimal | None = None
    initial_stop: Decimal | None = None
    initial_risk: Decimal | None = None
    opening_qty: Decimal = Decimal(0)

    def after(self, position: Position, orders: Sequence[Order], at: datetime) -> "Protection":
        """The protection of `position` by `orders` of its account and symbol, at a moment of the venue's time."""
        bracket = bracket_of(position.side, orders)
        opening, risk, first_stop = position.legs[0], self.initial_risk, self.initial_stop
        has_grown = opening.qty != self.opening_qty
        is_in_time = at <= position.entry_time + RISK_WINDOW
        if opening.price is not None and (has_grown or (is_in_time and risk is None)):
            risk = initial_risk_points(position.side, opening.qty, opening.price, position.entry_time, orders)
        if first_stop is None and (has_grown or is_in_time):
            first_stop = _first_stop(position, orders)
        return Protection(bracket.stop, bracket.target, first_stop, risk, opening.qty)


UNPROTECTED = Protection()


def _first_stop(position: Position, orders: Iterable[Order]) -> Decimal | None:
    stops = _stops_in_time(position.side, position.entry_time, orders)
    return _nearest_stop(position.side, [order.risked_at for order in stops if order.risked_at is not None])


def _stops_in_time(side: PositionSide, opened_at: datetime, orders: Iterable[Order]) -> list[Order]:
    stops = [
        order
        for order in orders
        if order.is_at_work and order.closes(side) and order.is_stop and order.first_seen_at <= opened_at + RISK_WINDOW
    ]
    return sorted(stops, key=lambda order: (order.first_seen_at, order.order_id))


def _nearest_stop(side: PositionSide, stops: Sequence[Decimal]) -> Decimal | None:
    return max(stops, default=None) if side is PositionSide.LONG else min(stops, default=None)


def _nearest_target(side: PositionSide, targets: Sequence[Decimal]) -> Decimal | None:
    return min(targets, default=None) if side is PositionSide.LONG else max(targets, default=None)
