"""What a refold finds: the trades it may change, those it must leave alone, and what the trader wrote about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, bindparam, func, select

from core.execution import Execution
from core.fold_order import moment_of
from core.position import Position, Trade, fold, position_after, trade_closed_by
from core.values import PositionKey
from data.fill_statements import EXECUTION, TRADE
from data.ledger_state import TraderNote
from data.unit_of_work import UnitOfWork

_IS_KEY = tuple(TRADE.c[name] == bindparam(name) for name in ("mode", "account", "symbol"))
_FINAL_UNTIL = select(func.max(TRADE.c.exit_time).label("until")).where(
    *_IS_KEY, TRADE.c.excursion_final.is_(True), TRADE.c.id.not_in(bindparam("unsure", expanding=True))
)
_FOUND = ("id", "qty", "realized_points", "entry_time", "exit_time", "excursion_final", "tags", "note")
_AMONG = select(*(TRADE.c[name] for name in _FOUND)).where(TRADE.c.id.in_(bindparam("ids", expanding=True)))
_HOLDING = select(EXECUTION.c.trade_id, EXECUTION.c.opened_trade_id).where(
    EXECUTION.c.seq.in_(bindparam("seqs", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Closed:
    """A trade as it stands in its row; one that holds an assumed execution is never final."""

    id: int
    qty: Decimal
    points: Decimal | None
    entry_time: datetime
    exit_time: datetime
    is_final: bool
    note: TraderNote | None

    def is_made_by(self, trade: Trade) -> bool:
        """True where a fold gives this very trade again."""
        ours = (self.id, self.qty, self.points, self.entry_time, self.exit_time)
        return ours == (trade.id, trade.qty, trade.points, trade.entry_time, trade.exit_time)


@dataclass(frozen=True, slots=True)
class Past:
    """Of one key: `trades` and `open_to_change` may be folded anew, from `position` on, which is `behind`'s work.

    `final_until` is when the newest final trade ended; what is older than that comes behind it. Where an assumed
    execution in front of final trades gives way, the fold goes through those: they are `settled`, and must come out of
    it as they are.
    """

    trades: tuple[Closed, ...]
    open_to_change: tuple[Execution, ...]
    position: Position | None
    behind: Execution | None
    final_until: datetime | None
    settled: tuple[Closed, ...] = ()

    def is_altered_by(self, trades: Iterable[Trade]) -> bool:
        """True where a fold that gives `trades` would change a final one."""
        folded = {trade.id: trade for trade in trades}
        return any(each.id not in folded or not each.is_made_by(folded[each.id]) for each in self.settled)

    def is_settled(self, trade: Trade) -> bool:
        return any(each.id == trade.id for each in self.settled)

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


def past_of(work: UnitOfWork, key: PositionKey, until: datetime, gone: Sequence[Execution] = ()) -> Past:
    """What a fold from the flat point at or before `until` finds, or from the end of the last final trade.

    `gone` are assumed executions that give way: the fold begins before them, whatever is final behind.
    """
    unsure = _holding_assumed(work, key)
    names = {"mode": key.mode, "account": key.account, "symbol": key.symbol}
    final_until = work.read(_FINAL_UNTIL, {**names, "unsure": unsure})[0]["until"]
    if final_until is not None and any(moment_of(each) < final_until for each in gone):
        return _past_through(work, key, until, unsure)
    if final_until is not None:
        until = max(until, final_until)
    executions, trades = _found(work, key, until, unsure)
    count, position = _frozen(executions, {trade.id for trade in trades if trade.is_final})
    return Past(
        trades=tuple(trade for trade in trades if not trade.is_final),
        open_to_change=tuple(executions[count:]),
        position=position,
        behind=executions[count - 1] if count else None,
        final_until=final_until,
    )


def _past_through(work: UnitOfWork, key: PositionKey, until: datetime, unsure: Sequence[int]) -> Past:
    executions, trades = _found(work, key, until, unsure)
    return Past(
        trades=tuple(trade for trade in trades if not trade.is_final),
        open_to_change=tuple(executions),
        position=None,
        behind=None,
        final_until=None,
        settled=tuple(trade for trade in trades if trade.is_final),
    )


def _found(
    work: UnitOfWork, key: PositionKey, until: datetime, unsure: Sequence[int]
) -> tuple[list[Execution], list[Closed]]:
    rows = work.folded_since_flat(key, until)
    ids = {each.trade_id for each in rows} | {each.opened_trade_id for each in rows}
    return [each.execution for each in rows], _trades(work, [each for each in ids if each is not None], unsure)


def _holding_assumed(work: UnitOfWork, key: PositionKey) -> list[int]:
    """The trades that an inferred or manual execution is part of: the real fills behind it may still change them."""
    assumed = work.state.assumed.get(key, ())
    rows = work.read(_HOLDING, {"seqs": [each.execution.seq for each in assumed]}) if assumed else ()
    return sorted({each for row in rows for each in row.values() if each is not None})


def _frozen(executions: Sequence[Execution], final: set[int]) -> tuple[int, Position | None]:
    """How many of the executions made final trades, and what was open behind them."""
    count, position = 0, None
    if final:
        for number, (_, change) in enumerate(fold(executions)[1], start=1):
            trade = trade_closed_by(change)
            if trade is not None and trade.id in final:
                count, position = number, position_after(change)
    return count, position


def _trades(work: UnitOfWork, ids: Sequence[int], unsure: Sequence[int]) -> list[Closed]:
    found = [_closed(row, unsure) for row in work.read(_AMONG, {"ids": ids})] if ids else []
    return sorted(found, key=lambda trade: trade.entry_time)


def _closed(row: RowMapping, unsure: Sequence[int]) -> Closed:
    return Closed(
        id=row["id"],
        qty=row["qty"],
        points=row["realized_points"],
        entry_time=row["entry_time"],
        exit_time=row["exit_time"],
        is_final=bool(row["excursion_final"]) and row["id"] not in unsure,
        note=TraderNote(row["tags"], row["note"]) if row["tags"] or row["note"] else None,
    )
