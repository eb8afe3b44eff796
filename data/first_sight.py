"""An account that is met for the first time may be in mid-position: what it held before is an inferred opening."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import bindparam, select

from core.execution import Execution
from core.fold_order import in_fold_order
from core.values import PositionKey, Side, Source
from data.fill_statements import EXECUTION, IS_KEY, TRADE
from data.unit_of_work import UnitOfWork

_ZERO = Decimal(0)
_STEP = timedelta(microseconds=1)
_HELD = "~held:"
_REAL_BEFORE = (
    select(EXECUTION.c.seq)
    .where(
        IS_KEY,
        EXECUTION.c.fold_at.is_not(None),
        EXECUTION.c.source.not_in((Source.INFERRED, Source.MANUAL)),
        EXECUTION.c.occurred_at <= bindparam("ends"),
    )
    .limit(1)
)
# What is final comes out of no fold another way.
_FINAL_BEHIND = (
    select(TRADE.c.id)
    .where(
        *(TRADE.c[name] == bindparam(name) for name in ("mode", "account", "symbol")),
        TRADE.c.excursion_final.is_(True),
        TRADE.c.exit_time >= bindparam("begins"),
    )
    .limit(1)
)


def openings_before(work: UnitOfWork, fills: Iterable[Execution]) -> list[Execution]:
    """Inferred openings for the symbols of a first back-fill that begins in mid-position, by its own positions."""
    by_key: dict[PositionKey, list[Execution]] = defaultdict(list)
    for fill in fills:
        by_key[fill.key].append(fill)
    openings = []
    for key, batch in by_key.items():
        held = held_before(batch)
        if held and _is_first_of(work, key, batch, held):
            openings.append(infer_opening(work, min(batch, key=_moment), held))
    return openings


def _is_first_of(work: UnitOfWork, key: PositionKey, batch: Sequence[Execution], held: Decimal) -> bool:
    """Whether nothing real is known of `key` before `batch`, which may come long after what was seen live or adopted.

    What was adopted meanwhile must be what the batch leads to, or the two would stand side by side.
    """
    if work.frontier(key) is None:
        return True
    assumed = [each.execution for each in work.state.assumed.get(key, ())]
    leads_to = held + sum(each.signed_qty for each in batch)
    if assumed and leads_to != sum(each.signed_qty for each in assumed):
        return False
    ends = max(each.occurred_at + timedelta(microseconds=each.resolution_us) for each in batch)
    begins = min(batch, key=_moment).occurred_at
    names = {"mode": key.mode, "account": key.account, "symbol": key.symbol}
    is_real_before = work.read(_REAL_BEFORE, {**names, "ends": ends})
    return not is_real_before and not work.read(_FINAL_BEHIND, {**names, "begins": begins})


def held_before(fills: Sequence[Execution]) -> Decimal:
    """What was held before the first of `fills`, if the positions in them say so and agree; else 0."""
    told = [each for each in in_fold_order(fills, _ZERO) if each.position_qty is not None]
    # A server that fills the field with 0 says nothing by it.
    if not any(each.position_qty for each in told) or len(told) != len(fills):
        return _ZERO
    for before, after in pairwise(told):
        if before.position_qty is None or before.position_qty + after.signed_qty != after.position_qty:
            return _ZERO
    first = told[0]
    return _ZERO if first.position_qty is None else first.position_qty - first.signed_qty


def infer_opening(work: UnitOfWork, first: Execution, held: Decimal) -> Execution:
    """An execution that opens what was held before `first`; at what price nobody knows."""
    seq = work.state.next_seq
    work.state.next_seq += 1
    opening = replace(
        first,
        execution_id=f"{_HELD}{first.key.symbol}:{seq}",
        order_id="",
        side=Side.BUY if held > 0 else Side.SELL,
        qty=abs(held),
        price=None,
        occurred_at=first.occurred_at - _STEP,
        resolution_us=1,
        source=Source.INFERRED,
        seq=seq,
        commission=None,
        alternate_id=None,
        position_qty=None,
        fold_at=None,
        stretch=None,
    )
    detail = f"{held:f} held before the first fill that is known, at a price nobody told"
    work.append_event("inferred_opening", key=first.key, execution_seq=seq, detail=detail)
    return opening


def is_held_before(execution: Execution) -> bool:
    """True for what `infer_opening` gives, and for the rest of it."""
    return execution.execution_id.startswith(_HELD)


def _moment(execution: Execution) -> tuple[object, int]:
    return (execution.occurred_at, execution.seq)
