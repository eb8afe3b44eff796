"""What was inferred or entered by hand gives way to the real fills that explain it.

The rule: fills explain an assumed execution when they came after it, happened when it may have, and come to its
quantity; then they take its place. Where all of those that are known go its way and come to less, they are a part of
it: they take their part, and the rest of it stands, as an execution of its own, until its fills come, too. So at each
moment the position is what was assumed, never that and its own parts besides. Fills that come to more explain nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import bindparam, select, update

from core.execution import Execution
from core.values import PositionKey, Source, round_average
from data.fill_statements import DERIVED, EXECUTION, IS_KEY
from data.first_sight import is_held_before
from data.ledger_state import Assumed
from data.rows import execution_from_row
from data.unit_of_work import UnitOfWork

# A position is reported up to this long after the fill that made it.
_GRACE = timedelta(seconds=2)
# No back-fill reaches further back.
_REACH = timedelta(days=31)
_ASSUMED = (Source.INFERRED, Source.MANUAL)
_REAL = (
    select(EXECUTION)
    .where(
        IS_KEY,
        EXECUTION.c.seq > bindparam("after_seq"),
        EXECUTION.c.superseded_by.is_(None),
        EXECUTION.c.source.not_in(_ASSUMED),
    )
    .order_by(EXECUTION.c.occurred_at, EXECUTION.c.seq)
)
_SUPERSEDE = (
    update(EXECUTION)
    .where(EXECUTION.c.seq == bindparam("row_seq"))
    .values(superseded_by=bindparam("by_seq"), **dict.fromkeys(DERIVED))
)


@dataclass(frozen=True, slots=True)
class Replaced:
    """An assumed execution, and the real fills that take its place or a part of it."""

    assumed: Assumed
    fills: tuple[Execution, ...]

    @property
    def rest(self) -> Decimal:
        """How many lots of it no fill explains yet."""
        execution = self.assumed.execution
        return max(Decimal(0), execution.qty - sum(each.signed_qty for each in self.fills) * execution.side.sign)


def superseded_by(work: UnitOfWork, key: PositionKey, fresh: Sequence[Execution]) -> list[Replaced]:
    """The assumed executions of `key` that real fills explain now that `fresh` has come, and those fills."""
    told = {each.seq for each in fresh}
    # What was held before these very fills is not explained by them.
    assumed = [each for each in work.state.assumed.get(key, ()) if each.execution.seq not in told]
    if not assumed or all(each.is_assumed for each in fresh):
        return []
    replaced = _as_a_whole(work, key, assumed, fresh)
    used = {fill.seq for each in replaced for fill in each.fills}
    explained = {each.assumed.execution.seq for each in replaced}
    for each in assumed:
        if each.execution.seq in explained:
            continue
        real = [fill for fill in _real(work, key, each, fresh) if fill.seq not in used]
        fills = _explained(each, each.execution.signed_qty, real) or _part(each, real)
        if fills:
            used |= {fill.seq for fill in fills}
            replaced.append(Replaced(each, fills))
    return replaced


def _as_a_whole(
    work: UnitOfWork, key: PositionKey, assumed: Sequence[Assumed], fresh: Sequence[Execution]
) -> list[Replaced]:
    """A reversal that the trader told was booked in two steps; the broker may have filled it in one."""
    replaced: list[Replaced] = []
    for _, booked in groupby(assumed, key=lambda each: (each.recorded_at, each.execution.side)):
        steps = list(booked)
        if len(steps) > 1:
            newest = max(steps, key=lambda each: each.execution.seq)
            wanted = sum((each.execution.signed_qty for each in steps), Decimal(0))
            fills = _explained(newest, wanted, _real(work, key, newest, fresh))
            replaced += [Replaced(each, fills) for each in steps if fills]
    return replaced


def rests_of(work: UnitOfWork, replaced: Sequence[Replaced]) -> list[Execution]:
    """What still stands of those explained in part, each an execution with the number it would get."""
    partly = [each for each in replaced if each.rest]
    return [_rest(each, seq) for seq, each in enumerate(partly, start=work.state.next_seq)]


def insert_rests(work: UnitOfWork, replaced: Sequence[Replaced], rests: Sequence[Execution]) -> None:
    """Adds the rows, known since what they are the rest of was."""
    for each, rest in zip([each for each in replaced if each.rest], rests, strict=True):
        work.insert_executions([rest], each.assumed.recorded_at)
        work.state.next_seq += 1


def write_superseded(work: UnitOfWork, key: PositionKey, replaced: Sequence[Replaced]) -> None:
    """The rows stay, and say what took their place; an event says so, too."""
    for each in replaced:
        execution = each.assumed.execution
        work.write(_SUPERSEDE, {"row_seq": execution.seq, "by_seq": each.fills[-1].seq})
        names = ", ".join(fill.execution_id for fill in each.fills)
        detail = f"{execution.source} {execution.side} {execution.qty:f} gave way to {names}"
        if each.rest:
            detail += f"; {each.rest:f} of it still stand"
        work.append_event("superseded", key=key, execution_seq=execution.seq, detail=detail)
        left = tuple(one for one in work.state.assumed.get(key, ()) if one.execution.seq != execution.seq)
        work.state.assumed[key] = left


def _real(work: UnitOfWork, key: PositionKey, assumed: Assumed, fresh: Sequence[Execution]) -> list[Execution]:
    """Real fills that came after it and happened when they may explain it, in time order."""
    names = {"mode": key.mode, "account": key.account, "symbol": key.symbol, "after_seq": assumed.execution.seq}
    stored = [execution_from_row(row) for row in work.read(_REAL, names)]
    seqs = {each.seq for each in stored}
    # What was held before them is a part of what the fills explain.
    told = (each for each in fresh if not each.is_assumed or is_held_before(each))
    candidates = [*stored, *(each for each in told if each.seq not in seqs)]
    return sorted(
        (each for each in candidates if _is_in_time(assumed, each)), key=lambda each: (each.occurred_at, each.seq)
    )


def _is_in_time(assumed: Assumed, real: Execution) -> bool:
    unit = timedelta(microseconds=max(assumed.execution.resolution_us, real.resolution_us))
    known_at = _known_at(assumed)
    # What was held before the first known fill ends with that one; nobody saw it and told it late.
    grace = timedelta(0) if is_held_before(assumed.execution) else max(unit, _GRACE)
    return known_at - _REACH <= real.occurred_at <= known_at + grace


def _known_at(assumed: Assumed) -> datetime:
    """An inferred one was seen at its time; when a manual one happened the trader may only have guessed."""
    return assumed.recorded_at if assumed.execution.source is Source.MANUAL else assumed.execution.occurred_at


def _explained(assumed: Assumed, wanted: Decimal, real: Sequence[Execution]) -> tuple[Execution, ...]:
    """By all of them, or by those that happened before it was known: what comes right behind may be a trade anew.

    Where a reversal is among those, no run of them begins with its opening part: then they explain it all together.
    """
    before = _before(assumed, real)
    is_whole = bool(before) and sum(each.signed_qty for each in before) == wanted
    return _explanation(wanted, real) or _explanation(wanted, before) or (tuple(before) if is_whole else ())


def _before(assumed: Assumed, real: Sequence[Execution]) -> list[Execution]:
    return [each for each in real if each.occurred_at <= _known_at(assumed)]


def _explanation(wanted: Decimal, real: Sequence[Execution]) -> tuple[Execution, ...]:
    """The shortest run of fills up to the newest that comes to what was assumed."""
    total = Decimal(0)
    for start in range(len(real) - 1, -1, -1):
        total += real[start].signed_qty
        if total == wanted and real[start].signed_qty * wanted > 0:
            return tuple(real[start:])
    return ()


def _part(assumed: Assumed, real: Sequence[Execution]) -> tuple[Execution, ...]:
    """Fills that happened before it was known, where all of them go its way and come to less."""
    fills = tuple(_before(assumed, real))
    is_one_way = all(each.side == assumed.execution.side for each in fills)
    return fills if is_one_way and sum(each.qty for each in fills) < assumed.execution.qty else ()


def _rest(replaced: Replaced, seq: int) -> Execution:
    whole = replaced.assumed.execution
    share = None if whole.commission is None else round_average(whole.commission * replaced.rest / whole.qty)
    name = f"{whole.execution_id}#{seq}"
    return replace(whole, execution_id=name, qty=replaced.rest, commission=share, seq=seq, stretch=None, fold_at=None)
