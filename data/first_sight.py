"""An account that is met for the first time may be in mid-position: what it held before is an inferred opening."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from core.execution import Execution
from core.fold_order import in_fold_order
from core.values import PositionKey, Side, Source
from data.unit_of_work import UnitOfWork

_ZERO = Decimal(0)
_STEP = timedelta(microseconds=1)


def openings_before(work: UnitOfWork, fills: Iterable[Execution]) -> list[Execution]:
    """Inferred openings for the symbols of a first back-fill that begins in mid-position, by its own positions."""
    by_key: dict[PositionKey, list[Execution]] = defaultdict(list)
    for fill in fills:
        by_key[fill.key].append(fill)
    openings = []
    for key, batch in by_key.items():
        if work.frontier(key) is None and (held := held_before(batch)):
            openings.append(infer_opening(work, min(batch, key=_moment), held))
    return openings


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
        execution_id=f"~held:{first.key.symbol}:{seq}",
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


def _moment(execution: Execution) -> tuple[object, int]:
    return (execution.occurred_at, execution.seq)
