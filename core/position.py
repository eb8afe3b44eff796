"""The pure fold: a position and an execution give a change, and nothing else happens.

Every open position and every trade can be rebuilt at any time by folding its executions again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from core.excursion import Excursion, Holding
from core.execution import Execution
from core.values import EntryType, PositionKey, PositionSide, PriceRange, micros_from_utc, round_average

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leg:
    """One order that opened or added to a position, however many fills it took.

    `cost` is the sum of quantity times price, None when a price is unknown.
    """

    order_id: str
    entry_type: EntryType
    qty: Decimal
    cost: Decimal | None
    first_at: datetime

    @property
    def price(self) -> Decimal | None:
        """Average price of the order's fills so far."""
        return None if self.cost is None else round_average(self.cost / self.qty)

    def grown(self, execution: Execution) -> "Leg":
        return replace(self, qty=self.qty + execution.qty, cost=_plus(self.cost, _value(execution, execution.qty)))


@dataclass(frozen=True, slots=True)
class Position:
    """The open quantity of one key since it was last flat.

    `qty` is signed and never 0. `entry_price` is the average of what is still open. `opened_cost` and `closed_cost` are
    the sums of quantity times price on either side, `commission` the money all of it cost. `excursion` covers the
    stretches before the last execution, `stretch` the one running now. An unknown price makes what needs it None for
    the rest of the trade.
    """

    key: PositionKey
    wire_symbol: str
    trade_id: int
    qty: Decimal
    entry_time: datetime
    entry_price: Decimal | None
    legs: tuple[Leg, ...]
    opened_qty: Decimal
    opened_cost: Decimal | None
    closed_cost: Decimal | None
    peak_qty: Decimal
    excursion: Excursion | None
    stretch: PriceRange | None
    last_execution_at: datetime
    commission: Decimal | None = None
    last_resolution_us: int = 1

    @property
    def side(self) -> PositionSide:
        return PositionSide.of(self.qty)

    @property
    def reentry_count(self) -> int:
        return len(self.legs) - 1

    @property
    def cash(self) -> Decimal | None:
        """Minus the sum of signed quantity times price over the trade's executions."""
        if self.opened_cost is None or self.closed_cost is None:
            return None
        return (self.closed_cost - self.opened_cost) * self.side.sign

    @property
    def holding(self) -> Holding | None:
        cash = self.cash
        if cash is None or self.entry_price is None:
            return None
        return Holding(self.qty, cash, self.entry_price)

    @property
    def excursion_now(self) -> Excursion | None:
        """The extremes up to now, the running stretch included."""
        holding = self.holding
        if self.excursion is None or holding is None or self.stretch is None:
            return self.excursion
        return self.excursion.over(holding, self.stretch)

    @property
    def realized_points(self) -> Decimal | None:
        """Points times quantity realised so far in this trade."""
        holding = self.holding
        if holding is None:
            return None
        # The average is rounded: what it leaves over is no profit as long as nothing was closed.
        is_untouched = self.opened_qty == abs(self.qty)
        return _ZERO if is_untouched else round_average(holding.running(holding.average))

    @property
    def stretch_begins_us(self) -> int:
        """From here on, in microseconds UTC, what happens surely happens to what is held now.

        The last execution happened within the unit of time that ends here; what shares it may have come before.
        """
        return micros_from_utc(self.last_execution_at) + self.last_resolution_us

    def having_seen(self, prices: PriceRange) -> "Position":
        """The position after prices went by; itself when they widen nothing."""
        widened = prices if self.stretch is None else self.stretch.including(prices)
        return self if widened == self.stretch else replace(self, stretch=widened)


@dataclass(frozen=True, slots=True)
class Trade:
    """One round trip from flat to flat; figures in points times quantity are money once multiplied by the point value.

    `qty` is the largest quantity held, `opened_qty` the sum of all opening quantities. `points` is gross, before
    commission. Prices unknown anywhere in the trade leave the figures that need them None.
    """

    id: int
    key: PositionKey
    side: PositionSide
    qty: Decimal
    opened_qty: Decimal
    entry_time: datetime
    entry_price: Decimal | None
    exit_time: datetime
    exit_price: Decimal | None
    points: Decimal | None
    excursion: Excursion | None
    reentry_count: int
    commission: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    position: Position


@dataclass(frozen=True, slots=True)
class Increased:
    position: Position


@dataclass(frozen=True, slots=True)
class Reduced:
    position: Position


@dataclass(frozen=True, slots=True)
class Closed:
    trade: Trade


@dataclass(frozen=True, slots=True)
class Flipped:
    trade: Trade
    position: Position


Change = Opened | Increased | Reduced | Closed | Flipped


def apply_execution(position: Position | None, execution: Execution) -> Change:
    """What `execution` makes of `position` (None: flat). A trade's id is the row number of its opening execution."""
    if position is None:
        return Opened(_open(execution, execution.qty))
    excursion = _settled(position, execution)
    if execution.signed_qty * position.qty > 0:
        return Increased(_increase(position, execution, excursion))
    rest = abs(position.qty) - execution.qty
    if rest > 0:
        return Reduced(_reduce(position, execution, excursion))
    trade = _close(position, execution, excursion)
    return Closed(trade) if rest == 0 else Flipped(trade, _open(execution, -rest))


def fold(executions: Iterable[Execution]) -> tuple[Position | None, list[tuple[Execution, Change]]]:
    """Folds executions of one key, in their order, from flat: what is open at the end, and each change on the way."""
    position: Position | None = None
    changes: list[tuple[Execution, Change]] = []
    for execution in executions:
        change = apply_execution(position, execution)
        changes.append((execution, change))
        position = position_after(change)
    return position, changes


def position_after(change: Change) -> Position | None:
    return None if isinstance(change, Closed) else change.position


def trade_closed_by(change: Change) -> Trade | None:
    return change.trade if isinstance(change, Closed | Flipped) else None


def entry_type_of(change: Change, execution: Execution) -> EntryType:
    """What `execution` was to its position, given the change it made."""
    match change:
        case Opened():
            return EntryType.INITIAL
        case Increased(position=position):
            return _leg_of(position.legs, execution).entry_type
        case Reduced():
            return EntryType.REDUCE
        case Closed():
            return EntryType.EXIT
        case Flipped():
            return EntryType.FLIP


def _settled(position: Position, execution: Execution) -> Excursion | None:
    """Ends the running stretch: its prices and the fill's own price go into the excursion."""
    holding, traded = position.holding, _traded_at(execution)
    if traded is None or holding is None or position.excursion is None:
        return None
    return position.excursion.over(holding, traded.including(execution.stretch))


def _traded_at(execution: Execution) -> PriceRange | None:
    """The price it surely traded at: an average that somebody told is none, and what was seen before it is unknown."""
    return None if execution.price is None or execution.is_assumed else PriceRange.at(execution.price)


def _open(execution: Execution, qty: Decimal) -> Position:
    price, traded = execution.price, _traded_at(execution)
    signed = qty * execution.side.sign
    cost = _value(execution, qty)
    return Position(
        key=execution.key,
        wire_symbol=execution.wire_symbol,
        trade_id=execution.seq,
        qty=signed,
        entry_time=execution.occurred_at,
        entry_price=price,
        legs=(Leg(execution.order_id, EntryType.INITIAL, qty, cost, execution.occurred_at),),
        opened_qty=qty,
        opened_cost=cost,
        closed_cost=_ZERO,
        peak_qty=qty,
        excursion=None if traded is None else Excursion.start(traded.low),
        stretch=traded,
        last_execution_at=execution.occurred_at,
        commission=_opening_commission(execution, qty),
        last_resolution_us=execution.resolution_us,
    )


def _increase(position: Position, execution: Execution, excursion: Excursion | None) -> Position:
    qty = position.qty + execution.signed_qty
    return Position(
        **_traded(position, execution, excursion),
        qty=qty,
        entry_price=_average(position, execution, abs(qty)),
        legs=_grow_legs(position.legs, execution),
        opened_qty=position.opened_qty + execution.qty,
        opened_cost=_plus(position.opened_cost, _value(execution, execution.qty)),
        closed_cost=position.closed_cost,
        peak_qty=max(position.peak_qty, abs(qty)),
    )


def _reduce(position: Position, execution: Execution, excursion: Excursion | None) -> Position:
    return Position(
        **_traded(position, execution, excursion),
        qty=position.qty + execution.signed_qty,
        entry_price=position.entry_price,
        legs=position.legs,
        opened_qty=position.opened_qty,
        opened_cost=position.opened_cost,
        closed_cost=_plus(position.closed_cost, _value(execution, execution.qty)),
        peak_qty=position.peak_qty,
    )


class _Traded(TypedDict):
    key: PositionKey
    wire_symbol: str
    trade_id: int
    entry_time: datetime
    excursion: Excursion | None
    stretch: PriceRange | None
    last_execution_at: datetime
    commission: Decimal | None
    last_resolution_us: int


def _traded(position: Position, execution: Execution, excursion: Excursion | None) -> _Traded:
    """What every execution inside a trade does, whichever way it goes."""
    return {
        "key": position.key,
        "wire_symbol": position.wire_symbol,
        "trade_id": position.trade_id,
        "entry_time": position.entry_time,
        "excursion": excursion,
        "stretch": _traded_at(execution),
        "last_execution_at": execution.occurred_at,
        "commission": _plus(position.commission, execution.commission),
        "last_resolution_us": execution.resolution_us,
    }


def _close(position: Position, execution: Execution, excursion: Excursion | None) -> Trade:
    """The trade that ends when `execution` takes away all that is open; what it has beyond that opens the next one."""
    opened_cost, opened_qty = position.opened_cost, position.opened_qty
    closed_cost = _plus(position.closed_cost, _value(execution, abs(position.qty)))
    points = None
    if opened_cost is not None and closed_cost is not None:
        points = (closed_cost - opened_cost) * position.side.sign
    return Trade(
        id=position.trade_id,
        key=position.key,
        side=position.side,
        qty=position.peak_qty,
        opened_qty=opened_qty,
        entry_time=position.entry_time,
        entry_price=None if opened_cost is None else round_average(opened_cost / opened_qty),
        exit_time=execution.occurred_at,
        exit_price=None if closed_cost is None else round_average(closed_cost / opened_qty),
        points=points,
        excursion=excursion,
        reentry_count=position.reentry_count,
        commission=_plus(position.commission, _closing_commission(execution, abs(position.qty))),
    )


def _grow_legs(legs: tuple[Leg, ...], execution: Execution) -> tuple[Leg, ...]:
    """Adds to the leg of the same order, or begins a re-entry; without an order id each fill is its own."""
    for index, leg in enumerate(legs):
        if execution.order_id and leg.order_id == execution.order_id:
            return (*legs[:index], leg.grown(execution), *legs[index + 1 :])
    cost = _value(execution, execution.qty)
    leg = Leg(execution.order_id, EntryType.REENTRY, execution.qty, cost, execution.occurred_at)
    return (*legs, leg)


def _leg_of(legs: tuple[Leg, ...], execution: Execution) -> Leg:
    same_order = (leg for leg in legs if execution.order_id and leg.order_id == execution.order_id)
    return next(same_order, legs[-1])


def _average(position: Position, execution: Execution, qty: Decimal) -> Decimal | None:
    if position.entry_price is None or execution.price is None:
        return None
    cost = abs(position.qty) * position.entry_price + execution.qty * execution.price
    return round_average(cost / qty)


def _value(execution: Execution, qty: Decimal) -> Decimal | None:
    return None if execution.price is None else qty * execution.price


def _closing_commission(execution: Execution, qty: Decimal) -> Decimal | None:
    """What closing `qty` lots cost: a flip's commission is split by quantity."""
    if execution.commission is None or qty == execution.qty:
        return execution.commission
    return round_average(execution.commission * qty / execution.qty)


def _opening_commission(execution: Execution, qty: Decimal) -> Decimal | None:
    """What the closing part of a flip leaves over, so that both parts together are the whole."""
    closing = _closing_commission(execution, execution.qty - qty)
    return None if execution.commission is None or closing is None else execution.commission - closing


def _plus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left + right
