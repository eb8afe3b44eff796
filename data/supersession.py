"""What was inferred or entered by hand gives way to the real fills that explain it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import bindparam, select, update

from core.execution import Execution
from core.values import PositionKey, Source
from data.fill_statements import DERIVED, EXECUTION, IS_KEY
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

Replaced = tuple[Execution, tuple[Execution, ...]]


def superseded_by(work: UnitOfWork, key: PositionKey, fresh: Sequence[Execution]) -> list[Replaced]:
    """The assumed executions of `key` that real fills explain now that `fresh` has come, and those fills."""
    assumed = work.state.assumed.get(key, ())
    if not assumed or all(each.is_assumed for each in fresh):
        return []
    used: set[int] = set()
    replaced: list[Replaced] = []
    for each in assumed:
        real = [fill for fill in _real(work, key, each, fresh) if fill.seq not in used]
        fills = _explanation(each.execution, real)
        if fills:
            used |= {fill.seq for fill in fills}
            replaced.append((each.execution, fills))
    return replaced


def write_superseded(work: UnitOfWork, key: PositionKey, replaced: Sequence[Replaced]) -> None:
    """The rows stay, and say what took their place; an event says so, too."""
    for execution, fills in replaced:
        last = fills[-1]
        work.write(_SUPERSEDE, {"row_seq": execution.seq, "by_seq": last.seq})
        names = ", ".join(fill.execution_id for fill in fills)
        detail = f"{execution.source} {execution.side} {execution.qty:f} gave way to {names}"
        work.append_event("superseded", key=key, execution_seq=execution.seq, detail=detail)
        left = tuple(each for each in work.state.assumed.get(key, ()) if each.execution.seq != execution.seq)
        work.state.assumed[key] = left


def _real(work: UnitOfWork, key: PositionKey, assumed: Assumed, fresh: Sequence[Execution]) -> list[Execution]:
    """Real fills that came after it and happened when they may explain it, in time order."""
    names = {"mode": key.mode, "account": key.account, "symbol": key.symbol, "after_seq": assumed.execution.seq}
    stored = [execution_from_row(row) for row in work.read(_REAL, names)]
    seqs = {each.seq for each in stored}
    candidates = [*stored, *(each for each in fresh if each.seq not in seqs and not each.is_assumed)]
    return sorted(
        (each for each in candidates if _is_in_time(assumed, each)), key=lambda each: (each.occurred_at, each.seq)
    )


def _is_in_time(assumed: Assumed, real: Execution) -> bool:
    """An inferred one was seen at its time; when a manual one happened the trader may only have guessed."""
    execution = assumed.execution
    unit = timedelta(microseconds=max(execution.resolution_us, real.resolution_us))
    known_at = assumed.recorded_at if execution.source is Source.MANUAL else execution.occurred_at
    return known_at - _REACH <= real.occurred_at <= known_at + max(unit, _GRACE)


def _explanation(assumed: Execution, real: Sequence[Execution]) -> tuple[Execution, ...]:
    """The shortest run of fills up to the newest that comes to what was assumed."""
    total = Decimal(0)
    for start in range(len(real) - 1, -1, -1):
        total += real[start].signed_qty
        if total == assumed.signed_qty and real[start].side == assumed.side:
            return tuple(real[start:])
    return ()
