"""The order in which executions are folded: by time, and within a coarse time unit by the positions they led to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from core.execution import Execution
from core.facts import Fill

_STEP = timedelta(microseconds=1)
# Ways tried through one unit of time before plain time order is taken instead.
_MOST_TRIES = 2_000


def listed_moment(fill: Fill) -> tuple[datetime, tuple[str | int, ...]]:
    """Sorts a broker's list of fills by time, and where that does not tell by their ids, numbers in them as numbers.

    No order of a list is promised; ids are drawn one after the other.
    """
    parts = re.split(r"(\d+)", fill.execution_id)
    return (fill.occurred_at, tuple(int(part) if part.isdecimal() else part for part in parts))


def in_fold_order(
    executions: Iterable[Execution], held: Decimal, not_before: datetime | None = None
) -> list[Execution]:
    """Executions of one key in the order in which they happened, beginning with `held` lots (signed).

    Whole-second reports share their second with finer ones; there `position_qty` says which came first. What is older
    than `not_before` (a final trade's end) comes right behind it.
    """
    placed = [_placed(each, not_before) for each in executions]
    if len(placed) == 1:
        return placed
    placed.sort(key=_moment)
    ordered: list[Execution] = []
    for unit in _units(placed):
        chained = _chained(unit, held)
        ordered += chained
        held += sum((each.signed_qty for each in unit), Decimal(0))
    return ordered


def place(ordered: Iterable[Execution], behind: Execution | None) -> list[Execution]:
    """Gives each its place, so that (fold_at, seq) is this very order from now on; `behind` is the one before them."""
    placed: list[Execution] = []
    for execution in ordered:
        at = moment_of(execution)
        if behind is not None:
            earliest = moment_of(behind)
            if behind.seq > execution.seq:
                earliest += _STEP
            if at < earliest:
                execution = replace(execution, fold_at=earliest)  # noqa: PLW2901  # the same one, in its place
        placed.append(execution)
        behind = execution
    return placed


def moment_of(execution: Execution) -> datetime:
    """Its place in the fold: the time at which it happened, unless something else had to come before it."""
    return execution.fold_at or execution.occurred_at


def unit_end(execution: Execution) -> datetime:
    """From here on nothing can belong before `execution`."""
    at = moment_of(execution)
    if execution.position_qty is None:
        return at
    return max(at, execution.occurred_at + timedelta(microseconds=execution.resolution_us))


def _placed(execution: Execution, not_before: datetime | None) -> Execution:
    """Where it belongs by itself; any other place it was given before is forgotten."""
    at = execution.occurred_at
    if not_before is not None and at < not_before:
        at = not_before
    return execution if moment_of(execution) == at else replace(execution, fold_at=at)


def _moment(execution: Execution) -> tuple[datetime, int]:
    return (moment_of(execution), execution.seq)


def _units(placed: Sequence[Execution]) -> Iterator[list[Execution]]:
    """Runs of executions whose times are too coarse to tell which came first."""
    unit: list[Execution] = []
    end: datetime | None = None
    for execution in placed:
        start = moment_of(execution)
        if end is not None and start >= end:
            yield unit
            unit, end = [], None
        unit.append(execution)
        own_end = execution.occurred_at + timedelta(microseconds=execution.resolution_us)
        end = max(own_end, end or own_end, start + _STEP)
    if unit:
        yield unit


def _chained(unit: list[Execution], held: Decimal) -> list[Execution]:
    if len(unit) == 1 or all(each.position_qty is None for each in unit):
        return unit
    found = _Search(unit).path(held)
    if found is None:
        # What we hold is not what the broker says: then at least their positions lead from one to the next.
        starts = sorted({each.position_qty - each.signed_qty for each in unit if each.position_qty is not None})
        found = next((path for start in starts if (path := _Search(unit).path(start))), None)
    return found or unit


class _Search:
    """Looks for the way through a unit on which every reported position is the one that was reached."""

    def __init__(self, unit: list[Execution]) -> None:
        self._unit = unit
        self._tries = 0

    def path(self, held: Decimal) -> list[Execution] | None:
        """Goes deeper by hand: a busy second has more fills than Python has stack."""
        chosen: list[Execution] = []
        waiting = [self._candidates(self._unit, held)]
        left = [self._unit]
        while waiting:
            if len(chosen) == len(self._unit):
                return chosen
            self._tries += 1
            step = next(waiting[-1], None)
            if step is None or self._tries > _MOST_TRIES + len(self._unit):
                waiting.pop()
                left.pop()
                if chosen:
                    held -= chosen.pop().signed_qty
                continue
            chosen.append(step)
            held += step.signed_qty
            left.append([each for each in left[-1] if each is not step])
            waiting.append(self._candidates(left[-1], held))
        return None

    @staticmethod
    def _candidates(left: list[Execution], held: Decimal) -> Iterator[Execution]:
        """Those that fit, in time order, where a fine time still binds; the sure ones first."""
        seen_fine: datetime | None = None
        unsure: list[Execution] = []
        for execution in left:
            is_fine = execution.resolution_us == 1
            if is_fine and seen_fine is not None and execution.occurred_at > seen_fine:
                continue
            if is_fine:
                seen_fine = execution.occurred_at
            if execution.position_qty is None or moment_of(execution) != execution.occurred_at:
                unsure.append(execution)
            elif execution.position_qty == held + execution.signed_qty:
                yield execution
        yield from unsure
