"""What a refold finds: the trades it may change, those it must leave alone, and what the trader wrote about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from core.execution import Execution
from core.position import Position, Trade, fold, position_after, trade_closed_by
from core.values import PositionKey
from data.fill_statements import TRADE
from data.ledger_state import TraderNote
from data.unit_of_work import UnitOfWork

_IS_KEY = tuple(TRADE.c[name] == bindparam(name) for name in ("mode", "account", "symbol"))
_FINAL_UNTIL = select(func.max(TRADE.c.exit_time).label("until")).where(*_IS_KEY, TRADE.c.excursion_final.is_(True))
_FOUND = select(TRADE.c.id, TRADE.c.entry_time, TRADE.c.exit_time, TRADE.c.excursion_final, TRADE.c.tags, TRADE.c.note)
_AMONG = _FOUND.where(TRADE.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Closed:
    """A trade as it stands in its row."""

    id: int
    entry_time: datetime
    exit_time: datetime
    is_final: bool
    note: TraderNote | None


@dataclass(frozen=True, slots=True)
class Past:
    """Of one key: `trades` and `open_to_change` may be folded anew, from `position` on, which is `behind`'s work.

    `final_until` is when the newest final trade ended; what is older than that comes behind it.
    """

    trades: tuple[Closed, ...]
    open_to_change: tuple[Execution, ...]
    position: Position | None
    behind: Execution | None
    final_until: datetime | None

    def note_for(self, trade: Trade) -> TraderNote | None:
        """What was written about the trade, or about the one that it took the place of."""
        return self._note(trade.id, trade.entry_time, trade.exit_time)

    def note_for_open(self, position: Position) -> TraderNote | None:
        return self._note(position.trade_id, position.entry_time, None)

    def _note(self, trade_id: int, begins: datetime, ends: datetime | None) -> TraderNote | None:
        own = [each.note for each in self.trades if each.id == trade_id and each.note]
        met = [
            each.note
            for each in self.trades
            if each.note and each.exit_time >= begins and (ends is None or each.entry_time <= ends)
        ]
        return next(iter([*own, *met]), None)


def past_of(work: UnitOfWork, key: PositionKey, until: datetime) -> Past:
    """What a fold from the flat point at or before `until` finds, or from the end of the last final trade."""
    names = {"mode": key.mode, "account": key.account, "symbol": key.symbol}
    final_until = work.read(_FINAL_UNTIL, names)[0]["until"]
    if final_until is not None:
        until = max(until, final_until)
    rows = work.folded_since_flat(key, until)
    ids = {each.trade_id for each in rows} | {each.opened_trade_id for each in rows}
    trades = _trades(work, [each for each in ids if each is not None])
    final = {trade.id for trade in trades if trade.is_final}
    executions = [each.execution for each in rows]
    count, position = _frozen(executions, final)
    return Past(
        trades=tuple(trade for trade in trades if not trade.is_final),
        open_to_change=tuple(executions[count:]),
        position=position,
        behind=executions[count - 1] if count else None,
        final_until=final_until,
    )


def _frozen(executions: Sequence[Execution], final: set[int]) -> tuple[int, Position | None]:
    """How many of the executions made final trades, and what was open behind them."""
    count, position = 0, None
    if final:
        for number, (_, change) in enumerate(fold(executions)[1], start=1):
            trade = trade_closed_by(change)
            if trade is not None and trade.id in final:
                count, position = number, position_after(change)
    return count, position


def _trades(work: UnitOfWork, ids: Sequence[int]) -> list[Closed]:
    found = []
    for row in work.read(_AMONG, {"ids": ids}) if ids else ():
        note = TraderNote(row["tags"], row["note"]) if row["tags"] or row["note"] else None
        found.append(Closed(row["id"], row["entry_time"], row["exit_time"], bool(row["excursion_final"]), note))
    return sorted(found, key=lambda trade: trade.entry_time)
