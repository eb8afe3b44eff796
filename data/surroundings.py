"""What surrounds a trade while its executions are folded: the orders beside it, and the ticks between them."""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from core.contracts import Contract
from core.execution import Execution
from core.facts import PricesSeen
from core.heat import Heat
from core.position import Change, Closed, Flipped, Opened, Position, Trade, position_after
from core.protection import UNPROTECTED, Protection
from core.trade_record import TradeRecord, record_trade
from core.values import PositionKey, micros_from_utc, round_average
from data.order_book import adopt_orders, mark_filled, orders_beside
from data.schema import TABLES
from data.unit_of_work import Derived, UnitOfWork

if TYPE_CHECKING:
    from decimal import Decimal

_TRADE = TABLES["traderecord"]
_RISKS = select(_TRADE.c.id, _TRADE.c.initial_risk).where(_TRADE.c.id.in_(bindparam("ids", expanding=True)))


class Surroundings:
    """Follows the fold of one key, execution by execution.

    With `is_live` the fold goes on where it stood, with every tick seen on the way; else the course of prices is
    unknown from here on, and with it the heat of every trade touched.
    """

    def __init__(self, work: UnitOfWork, key: PositionKey, *, is_live: bool) -> None:
        held = work.state.positions.get(key)
        self._work = work
        self._key = key
        self._is_live = is_live
        self._position: Position | None = held.position if held else None
        self._heat = held.heat if held and is_live else None
        self._protection = held.protection if held else UNPROTECTED
        self._protected = held.position.trade_id if held else 0
        self._before = (self._protected, self._protection)
        self._risks: dict[int, Decimal | None] = {}
        self._closing_heat: Heat | None = None

    def expect(self, trade_ids: Collection[int], contract: Contract | None) -> None:
        """Closed trades that are folded again keep the risk they were opened with."""
        if trade_ids and contract is not None:
            for row in self._work.read(_RISKS, {"ids": list(trade_ids)}):
                risk = row["initial_risk"]
                self._risks[row["id"]] = None if risk is None else round_average(risk / contract.point_value)

    def follow(self, change: Change, derived: Derived) -> None:
        """One execution further."""
        execution = derived.execution
        mark_filled(self._work, derived)
        self._follow_prices(execution, change)
        position = position_after(change)
        if isinstance(change, Opened | Flipped) and change.position.trade_id != self._protected:
            self._keep_risk()
            self._protected = change.position.trade_id
            self._protection = self._before[1] if self._protected == self._before[0] else UNPROTECTED
            adopt_orders(self._work, change.position)
        if position is not None:
            beside = orders_beside(self._work, self._key.account, self._key.symbol)
            self._protection = self._protection.after(position, beside, execution.occurred_at)
        self._position = position

    @property
    def protection(self) -> Protection:
        """Of what is open after the last execution."""
        return self._protection

    @property
    def heat(self) -> Heat | None:
        """Of what is open after the last execution."""
        return self._heat

    def record(self, trade: Trade, contract: Contract | None) -> TradeRecord:
        """The row of the trade that the last execution closed."""
        self._keep_risk()
        return record_trade(trade, contract, self._risks.get(trade.id), self._closing_heat)

    def _keep_risk(self) -> None:
        if self._protected:
            self._risks.setdefault(self._protected, self._protection.initial_risk)

    def _follow_prices(self, execution: Execution, change: Change) -> None:
        """An execution is a trade like any other: it ends the stretch before it at its own price."""
        holding = self._position.holding if self._position else None
        heat, self._heat, self._closing_heat = self._heat, None, None
        if not self._is_live or execution.price is None:
            return
        if heat is not None and holding is not None:
            heat = heat.at(holding, execution.price, micros_from_utc(execution.occurred_at))
        else:
            heat = None
        if isinstance(change, Closed | Flipped):
            self._closing_heat = heat.closed() if heat else None
            heat = None
        self._heat = Heat() if isinstance(change, Opened | Flipped) else heat


def see_prices(work: UnitOfWork, key: PositionKey, seen: PricesSeen) -> None:
    """Prices went by while the position of `key` was open; late ones may be from before its last execution."""
    held = work.state.positions[key]
    own = seen.since(held.position.stretch_begins_us)
    if own is None:
        return
    position, heat = held.position.having_seen(own.prices), held.heat
    if heat is not None and position.holding is not None:
        heat = heat.over(position.holding, own.ticks)
    if position is not held.position or heat != held.heat:
        work.save_position(replace(held, position=position, heat=heat))


def stop_counting(work: UnitOfWork) -> None:
    """The ticks stop coming: what happens until the next one is not counted as heat."""
    for held in list(work.state.positions.values()):
        if held.heat is not None and held.heat.counted_until_us is not None:
            work.save_position(replace(held, heat=held.heat.cut()))
