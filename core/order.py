"""Orders at work beside a position: its stop, its target, and what is risked at the start."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.values import PositionSide, Side

# Stops placed later than this do not count into the initial risk.
RISK_WINDOW = timedelta(seconds=30)


class OrderKind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    OTHER = "other"


class OrderState(StrEnum):
    """Where an order stands; a pending child rests until its parent fills."""

    PENDING = "pending"
    PENDING_CHILD = "pending_child"
    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"


_AT_WORK = (OrderState.PENDING, OrderState.PENDING_CHILD, OrderState.WORKING)
_STOPS = (OrderKind.STOP, OrderKind.STOP_LIMIT)


@dataclass(frozen=True, slots=True)
class Order:
    """One order as the broker last described it; `trigger` is the stop price, `limit` the limit price."""

    account: str
    order_id: str
    symbol: str
    side: Side
    kind: OrderKind
    state: OrderState
    qty: Decimal | None
    filled_qty: Decimal | None
    trigger: Decimal | None
    limit: Decimal | None
    parent_id: str
    linked_id: str
    first_seen_at: datetime
    updated_at: datetime

    @property
    def is_at_work(self) -> bool:
        return self.state in _AT_WORK

    @property
    def open_qty(self) -> Decimal:
        """What is left to fill; 0 where the broker did not say."""
        return max(Decimal(0), (self.qty or Decimal(0)) - (self.filled_qty or Decimal(0)))

    def closes(self, side: PositionSide) -> bool:
        """True on the side that takes a position of `side` down."""
        return self.side.sign == -side.sign

    @property
    def is_stop(self) -> bool:
        return self.kind in _STOPS


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
    if side is PositionSide.LONG:
        return Bracket(max(stops, default=None), min(targets, default=None))
    return Bracket(min(stops, default=None), max(targets, default=None))


def initial_risk_points(
    side: PositionSide, qty: Decimal, average: Decimal, opened_at: datetime, orders: Iterable[Order]
) -> Decimal | None:
    """Points times quantity risked by the opening order; None unless stops placed in time cover all of it."""
    stops = [
        order
        for order in orders
        if order.closes(side) and order.is_stop and order.first_seen_at <= opened_at + RISK_WINDOW
    ]
    left, risk = qty, Decimal(0)
    for order in sorted(stops, key=lambda order: order.first_seen_at):
        if order.trigger is None or order.qty is None:
            continue
        covered = min(left, order.qty)
        risk += abs(average - order.trigger) * covered
        left -= covered
    return risk if left <= 0 < qty else None
