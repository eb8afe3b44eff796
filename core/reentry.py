"""Re-entries: later orders that add to a position, each counted once however many fills it took."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.execution import Execution
from core.trade_record import TradeRecord
from core.values import PositionKey, PositionSide, Side, round_average


@dataclass(frozen=True, slots=True)
class ReentryOrder:
    """One order that added to a trade; `price` is the average of its fills, None where one is unknown."""

    key: PositionKey
    trade_id: int
    order_id: str
    parent_order_id: str | None
    side: Side
    qty: Decimal
    price: Decimal | None
    first_at: datetime
    fill_count: int


@dataclass(frozen=True, slots=True)
class ReentryPrices:
    """What re-entries did to a trade's price: `improvement` is in points per lot, positive where they were cheaper.

    Cheaper means lower for a long and higher for a short.
    """

    initial: Decimal
    average: Decimal
    improvement: Decimal


@dataclass(frozen=True, slots=True)
class AddingFill:
    """One execution of a re-entry with what its row says beside."""

    execution: Execution
    trade_id: int
    parent_order_id: str | None = None


def reentry_orders(fills: Iterable[AddingFill]) -> list[ReentryOrder]:
    """The orders behind the fills, oldest first; without an order id each fill is its own."""
    groups: dict[tuple[PositionKey, int, str], list[AddingFill]] = {}
    for fill in fills:
        name = fill.execution.order_id or f"#{fill.execution.seq}"
        groups.setdefault((fill.execution.key, fill.trade_id, name), []).append(fill)
    return sorted((_order_of(group) for group in groups.values()), key=lambda order: order.first_at)


def reentry_prices(side: PositionSide, initial: Decimal | None, orders: Iterable[ReentryOrder]) -> ReentryPrices | None:
    """The average re-entry against the initial price; None where there was no re-entry, or a price is unknown."""
    qty, cost = Decimal(0), Decimal(0)
    for order in orders:
        if order.price is None:
            return None
        qty += order.qty
        cost += order.qty * order.price
    if initial is None or not qty:
        return None
    average = round_average(cost / qty)
    return ReentryPrices(initial, average, (initial - average) * side.sign)


def split_by_reentries(trades: Iterable[TradeRecord]) -> tuple[list[TradeRecord], list[TradeRecord]]:
    """The trades with re-entries, and those without."""
    all_of_them = list(trades)
    return [t for t in all_of_them if t.reentry_count], [t for t in all_of_them if not t.reentry_count]


def _order_of(group: list[AddingFill]) -> ReentryOrder:
    first = min(group, key=lambda fill: (fill.execution.occurred_at, fill.execution.seq))
    qty, cost, is_priced = Decimal(0), Decimal(0), True
    for fill in group:
        qty += fill.execution.qty
        cost += fill.execution.qty * (fill.execution.price or 0)
        is_priced &= fill.execution.price is not None
    return ReentryOrder(
        key=first.execution.key,
        trade_id=first.trade_id,
        order_id=first.execution.order_id,
        parent_order_id=first.parent_order_id,
        side=first.execution.side,
        qty=qty,
        price=round_average(cost / qty) if is_priced else None,
        first_at=first.execution.occurred_at,
        fill_count=len(group),
    )
