"""Executions become positions and trades: folded behind what is folded, or again where they reach back in time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from core.confirmation import GRACE
from core.contracts import Contract
from core.execution import Execution
from core.fold_order import in_fold_order, place, unit_end
from core.position import Change, Position, Trade, apply_execution, entry_type_of, position_after, trade_closed_by
from core.trade_record import ExitReason
from core.values import EntryType, PositionKey, PriceRange, Source
from data.closed_trades import Past, past_of
from data.ledger_state import Frontier, Held
from data.order_book import mark_filled_anew
from data.rows import context_columns
from data.surroundings import Surroundings
from data.unit_of_work import Derived, UnitOfWork

_ZERO = Decimal(0)
_TOLD_NOW = (Source.LIVE, Source.MANUAL)


@dataclass(frozen=True, slots=True)
class Step:
    """One execution, what it made of the position, and whether its trade holds a fill older than a final one."""

    execution: Execution
    change: Change
    derived: Derived
    is_late: bool


def derive(execution: Execution, change: Change) -> Derived:
    """What the fold says of `execution`, given the change it made."""
    trade, position = trade_closed_by(change), position_after(change)
    entry_type = entry_type_of(change, execution)
    if trade is None:
        assert position is not None  # noqa: S101  # a change that closes nothing leaves something open
        return Derived(execution, entry_type, position.trade_id)
    opened = position.trade_id if position and entry_type is EntryType.FLIP else None
    return Derived(execution, entry_type, trade.id, opened)


@dataclass(frozen=True, slots=True)
class _Again:
    """A fold that starts over: what it finds, what stays of that, and its steps."""

    past: Past
    kept: Sequence[Execution]
    steps: Sequence[Step]


class Folding:
    """Folds executions of one key into its position, inside one transaction.

    `stored` are the numbers of those that have their row already, because they waited; the others get it here.
    """

    def __init__(
        self, work: UnitOfWork, key: PositionKey, contract: Contract | None, stored: frozenset[int] = frozenset()
    ) -> None:
        self._work = work
        self._key = key
        self._contract = contract
        self._stored = stored
        self._held = work.state.positions.get(key)
        self._around = Surroundings(work, key, is_live=False)

    def add(self, batch: Sequence[Execution], gone: Sequence[Execution] = ()) -> None:
        """Folds `batch`; whatever of it is older than what is folded, or `gone` from there, folds that again."""
        frontier = self._work.frontier(self._key)
        oldest = min((each.occurred_at for each in batch), default=None)
        if gone or (frontier is not None and oldest is not None and oldest < frontier.ends):
            self._fold_again(batch, gone)
        elif batch:
            held = self._held.position.qty if self._held else _ZERO
            self._fold_on(place(in_fold_order(batch, held), frontier.newest if frontier else None))
        self._await_the_broker(batch)

    def refresh(self, execution: Execution) -> None:
        """Folds again from the flat point before `execution`, whose price became known."""
        self._fold_again([], [], [execution])

    def _fold_on(self, ordered: Sequence[Execution]) -> None:
        self._around = Surroundings(self._work, self._key, is_live=self._is_live(ordered))
        position = self._held.position if self._held else None
        is_late = self._held is not None and self._held.is_late
        steps = _fold(position, ordered, {}, is_late=is_late)
        self._write(steps, {each.seq for each in ordered}, past=None)

    def _is_live(self, ordered: Sequence[Execution]) -> bool:
        """Whether the prices up to the execution have all gone by here: it was told as it happened, and alone."""
        only = ordered[0]
        return len(ordered) == 1 and only.source is Source.LIVE and not only.is_late and only.seq not in self._stored

    def alters_final_trades(self, batch: Sequence[Execution], gone: Sequence[Execution]) -> bool:
        """Whether a trade that is final would come out otherwise if `batch` took the place of what is `gone`."""
        again = self._unfold(batch, gone)
        return again.past.is_altered_by(trade for step in again.steps if (trade := trade_closed_by(step.change)))

    def _fold_again(
        self,
        fresh: Sequence[Execution],
        gone: Sequence[Execution],
        changed: Sequence[Execution] = (),
    ) -> None:
        """Starts over from the flat point before, but never inside a trade that is final; an event says so."""
        again = self._unfold(fresh, gone, changed)
        past, steps, kept = again.past, again.steps, again.kept
        self._work.state.trade_count -= len(past.trades)
        self._remove_unfolded(past, steps)
        was_last = past.open_to_change[-1].seq if past.open_to_change else None
        # Where the last execution is still the last, what was seen since then was seen all the same.
        is_last_the_same = bool(steps) and steps[-1].execution.seq == was_last
        seen = self._held.position.stretch if self._held and is_last_the_same else None
        self._around.expect({trade.id for trade in past.trades}, self._contract)
        self._write(steps, {each.seq for each in fresh}, past, seen)
        mark_filled_anew(self._work, self._key, [step.derived for step in steps])
        is_behind = [step.execution.seq for step in steps[: len(kept)]] == [each.seq for each in past.open_to_change]
        if changed or gone or not is_behind:
            self._say_amended(fresh or gone or changed, len(fresh))

    def _unfold(
        self, fresh: Sequence[Execution], gone: Sequence[Execution], changed: Sequence[Execution] = ()
    ) -> "_Again":
        past = past_of(self._work, self._key, _begin([*fresh, *gone, *changed]), gone)
        gone_seqs = {each.seq for each in gone}
        kept = [each for each in past.open_to_change if each.seq not in gone_seqs]
        held = past.position.qty if past.position else _ZERO
        ordered = place(in_fold_order([*kept, *fresh], held, past.final_until), past.behind)
        stretches = {(before.seq, after.seq): after.stretch for before, after in pairwise(kept)}
        if kept and past.behind is not None:
            stretches[past.behind.seq, kept[0].seq] = kept[0].stretch
        return _Again(past, kept, _fold(past.position, ordered, stretches, behind=past.behind))

    def _remove_unfolded(self, past: Past, steps: Sequence[Step]) -> None:
        self._work.remove_trades({trade.id for trade in past.trades} - _trade_ids(steps))
        if not steps:
            self._work.state.newest_folded.pop(self._key, None)
            if past.position is None:
                self._work.remove_position(self._key)
            else:
                self._save(past.position, is_late=False, past=past)

    def _say_amended(self, causes: Sequence[Execution], late: int) -> None:
        first = min(causes, key=lambda each: each.occurred_at)
        what = f"{late} late fills" if late else "what was folded has changed"
        detail = f"{what}; folded again from {first.occurred_at.isoformat()}"
        self._work.append_event("amended", key=self._key, execution_seq=first.seq, detail=detail)

    def _write(self, steps: Sequence[Step], fresh: set[int], past: Past | None, seen: PriceRange | None = None) -> None:
        """Writes what the fold says of each execution, the trades it closed, and what is open at the end."""
        new: list[Derived] = []
        again: list[Derived] = []
        for step in steps:
            derived = step.derived
            is_new = step.execution.seq in fresh
            (new if is_new and step.execution.seq not in self._stored else again).append(derived)
            if is_new:
                self._write_event(step, derived)
        self._work.insert_executions(new)
        self._work.derive(again)
        for step in steps:
            self._around.follow(step.change, step.derived)
            self._write_trade(step, past)
        if steps:
            self._write_position(steps, past, seen)

    def _write_trade(self, step: Step, past: Past | None) -> None:
        trade = trade_closed_by(step.change)
        if trade is None or (past is not None and past.is_settled(trade)):
            return
        record = self._around.record(trade, self._contract)
        record = replace(record, exit_reason=self._mark(step, trade))
        note = past.note_for(trade) if past else None
        if self._held is not None and self._held.position.trade_id == trade.id:
            note = note or self._held.note
            record = replace(record, **context_columns(self._held.context))
        if note is not None:
            record = replace(record, tags=note.tags, note=note.note)
        self._work.save_trade(record)
        self._work.state.trade_count += 1

    def _mark(self, step: Step, trade: Trade) -> ExitReason | None:
        """What sets the trade apart from those whose every fill was told in time."""
        if step.execution.source is Source.MANUAL:
            return ExitReason.RECONCILED
        if step.is_late:
            return ExitReason.LATE
        if step.execution.source is Source.INFERRED:
            return ExitReason.ADOPTED
        assumed = (each.execution for each in self._work.state.assumed.get(self._key, ()))
        is_adopted = any(each.source is Source.INFERRED and each.seq == trade.id for each in assumed)
        return ExitReason.ADOPTED if is_adopted else None

    def _write_event(self, step: Step, derived: Derived) -> None:
        position = position_after(step.change)
        kind = "late" if step.execution.is_late else type(step.change).__name__.lower()
        self._work.append_event(
            kind,
            key=self._key,
            trade_id=derived.opened_trade_id or derived.trade_id if kind == "late" else derived.trade_id,
            execution_seq=derived.execution.seq,
            qty_after=position.qty if position else None,
        )

    def _write_position(self, steps: Sequence[Step], past: Past | None, seen: PriceRange | None) -> None:
        last = steps[-1]
        ends = max(unit_end(step.execution) for step in steps[-8:])
        before = self._work.state.newest_folded.get(self._key)
        if before is not None and past is None:
            ends = max(ends, before.ends)
        self._work.state.newest_folded[self._key] = Frontier(last.execution, ends)
        position = position_after(last.change)
        if position is None:
            self._work.remove_position(self._key)
            return
        if seen is not None:
            position = position.having_seen(seen)
        is_flip = trade_closed_by(last.change) is not None
        self._save(position, is_late=last.execution.is_late if is_flip else last.is_late, past=past)

    def _save(self, position: Position, *, is_late: bool, past: Past | None) -> None:
        held = self._held
        if held is None or held.position.trade_id != position.trade_id:
            held = Held(position, self._contract)
        note = past.note_for_open(position) if past else None
        if note is not None:
            self._work.append_event("note_kept", key=self._key, trade_id=position.trade_id, detail=note.as_text())
        kept = Held(
            position,
            self._contract,
            verified_at=held.verified_at,
            is_late=is_late,
            note=note or held.note,
            protection=self._around.protection,
            heat=self._around.heat,
            context=held.context,
        )
        self._work.save_position(kept)

    def _await_the_broker(self, batch: Sequence[Execution]) -> None:
        """The broker's position report follows a fill; until then the account waits for it.

        What a back-fill tells is as old as it says: its report came long ago, and what he lists now counts.
        """
        account, now = self._work.state.accounts[self._key.account], self._work.now
        since = max((_told_at(each, now) for each in batch), default=now)
        if now - since > GRACE and not account.confirmation.covers(self._key.symbol):
            return
        confirmation = account.confirmation.after_fill(self._key.symbol, since)
        self._work.state.accounts[account.name] = replace(account, confirmation=confirmation)


def _told_at(execution: Execution, now: datetime) -> datetime:
    """Since when the broker knows of it, as far as its time can tell."""
    unit = timedelta(microseconds=execution.resolution_us)
    return now if execution.source in _TOLD_NOW else min(now, execution.occurred_at + unit)


def _begin(executions: Iterable[Execution]) -> datetime:
    """Just before the second of the oldest: reports of a whole second may belong before finer ones."""
    oldest = min(min(each.occurred_at, each.fold_at or each.occurred_at) for each in executions)
    return oldest.replace(microsecond=0) - timedelta(microseconds=1)


def _fold(
    position: Position | None,
    ordered: Sequence[Execution],
    stretches: Mapping[tuple[int, int], PriceRange | None],
    *,
    behind: Execution | None = None,
    is_late: bool = False,
) -> list[Step]:
    """Folds all on `position`. `stretches` holds what was seen between two executions that were neighbours before.

    A stretch that a late fill cuts in two keeps no prices: on which side were they?
    """
    steps: list[Step] = []
    previous = behind.seq if behind else 0
    for execution in ordered:
        stretch = None if position is None else stretches.get((previous, execution.seq)) or position.stretch
        folded = execution if stretch is execution.stretch else replace(execution, stretch=stretch)
        change = apply_execution(position, folded)
        is_late = folded.is_late or (is_late and position is not None)
        steps.append(Step(folded, change, derive(folded, change), is_late))
        position, previous = position_after(change), execution.seq
        if trade_closed_by(change) is not None:
            is_late = folded.is_late
    return steps


def _trade_ids(steps: Iterable[Step]) -> set[int]:
    return {trade.id for step in steps if (trade := trade_closed_by(step.change)) is not None}
