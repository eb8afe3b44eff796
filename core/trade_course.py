"""The course of one trade by event time: what its running P&L went through between its fills, told by a tape.

Fill times are coarser than those of trades that go by, so it is not always known on which side of a fill a price was
seen. What surely lay between two fills makes MAE and MFE; what may have lain there makes the possible ones besides.
All figures are in points times quantity, as in `core.excursion`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.excursion import Excursion, Holding
from core.tape import Coverage, Ticks
from core.values import PriceRange

# Prices are counted in steps far below any tick, so that a course of many thousand can be summed in whole numbers.
_STEPS = 10**8
_LARGEST = 2**62
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Stop:
    """One fill of the trade; `after` is what is held behind it, None behind the last one.

    Its time is `at_us`, or up to `resolution_us` later. A fill of unknown price leaves nothing to be told: no stop can
    be made of it.
    """

    at_us: int
    resolution_us: int
    price: Decimal
    after: Holding | None


@dataclass(frozen=True, slots=True)
class Course:
    """What a trade went through. `possible` holds `sure`, and every price that may have been seen besides.

    `pullback` is the deepest fall of running P&L from its best before, never below 0. `heat_us` is the time with
    running P&L below 0 so far as it is covered, `coverage` the covered share of the trade's life. Bars do not tell in
    which order their prices were seen: pull-back and heat then are None.
    """

    sure: Excursion
    possible: Excursion
    pullback: Decimal | None
    heat_us: int | None
    coverage: float


def course_of(stops: Sequence[Stop], ticks: Ticks, coverage: Coverage) -> Course:
    """The course of a closed trade, or of an open one up to the last tick; `stops` has one at least.

    `ticks` are those from the unit of time of the first fill to that of the last; more of them do no harm.
    """
    cuts = cuts_of(stops, ticks)
    stretches = _stretches(stops, cuts, ticks)
    sure = _widened(_at_fills(stops), ticks, [(stop, before.end, after.first) for stop, before, after in stretches])
    line = _Line.of(stops, cuts, ticks)
    return Course(
        sure=sure,
        possible=_widened(sure, ticks, _margins(stretches)),
        pullback=None if ticks.are_bars else line.pullback(),
        heat_us=None if ticks.are_bars else line.heat_us(coverage),
        coverage=coverage.share(line.begins_us, line.ends_us),
    )


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a fill lies among the ticks: behind all before `first`, before all from `end` on.

    `at` is the place that stands for it where a single line is drawn: the first trade at the fill's price where there
    is one in its unit (then `matched` is true), else behind the unit, but before it for the fill that closes: the line
    has no price that may lie outside the trade.
    """

    first: int
    end: int
    at: int
    matched: bool


_Bounds = tuple[Stop, int, int]  # a stop, and from where to where the ticks go that were seen behind it


def cuts_of(stops: Sequence[Stop], ticks: Ticks) -> list[Cut]:
    """The cut of each fill.

    The trades at the fill's price in its unit of time bound it; without any the whole unit does. Fills keep their
    order: none lies before the earliest place of the one before it, nor behind the latest of the one that follows.
    """
    cuts: list[Cut] = []
    for stop in stops:
        cuts.append(_cut(stop, ticks, cuts[-1].first if cuts else 0))
    for place in reversed(range(len(cuts) - 1)):
        latest = min(cuts[place].end, cuts[place + 1].end)
        cuts[place] = replace(cuts[place], end=latest, at=min(cuts[place].at, latest))
    return cuts


def _cut(stop: Stop, ticks: Ticks, earliest: int) -> Cut:
    stamps = (stop.at_us - ticks.resolution_us + 1, stop.at_us + stop.resolution_us)
    first, end = (max(earliest, int(place)) for place in np.searchsorted(ticks.at_us, stamps))
    found = np.flatnonzero(np.isclose(ticks.prices[first:end], float(stop.price), rtol=_NEAR, atol=0.0))
    if found.size and not ticks.are_bars:
        return Cut(first + int(found[0]), first + int(found[-1]) + 1, first + int(found[0]), matched=True)
    return Cut(first, end, first if stop.after is None else end, matched=False)


def _stretches(stops: Sequence[Stop], cuts: Sequence[Cut], ticks: Ticks) -> list[tuple[Stop, Cut, Cut]]:
    """The stop at which each stretch begins and the cuts on both sides; an open trade's last runs to the last tick."""
    size = len(ticks.at_us)
    ends = [*cuts[1:], Cut(size, size, size, matched=False)]
    return [each for each in zip(stops, cuts, ends, strict=True) if each[0].after is not None]


def _margins(stretches: Iterable[tuple[Stop, Cut, Cut]]) -> Iterator[_Bounds]:
    """What may have lain in a stretch besides what surely did."""
    for stop, before, after in stretches:
        if before.end < after.first:
            yield stop, before.first, before.end
            yield stop, after.first, after.end
        else:
            yield stop, before.first, after.end


def _at_fills(stops: Sequence[Stop]) -> Excursion:
    excursion = Excursion.start(stops[0].price)
    for stop, following in pairwise(stops):
        if stop.after is not None:
            excursion = excursion.over(stop.after, PriceRange.at(following.price))
    return excursion


def _widened(excursion: Excursion, ticks: Ticks, bounds: Iterable[_Bounds]) -> Excursion:
    """The excursion with what was held at each stop taken through the ticks from `first` up to `end`."""
    for stop, first, end in bounds:
        seen = ticks.extremes(first, end)
        if seen is not None and stop.after is not None:
            excursion = excursion.over(stop.after, PriceRange(_exact(seen[0]), _exact(seen[1])))
    return excursion


def _exact(price: float) -> Decimal:
    return Decimal(repr(price))


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Running P&L as one line of points, in whole steps: each fill, and the ticks between them."""

    at_us: NDArray[np.int64]
    running: NDArray[np.int64] | NDArray[np.object_]
    steps: int

    @staticmethod
    def of(stops: Sequence[Stop], cuts: Sequence[Cut], ticks: Ticks) -> "_Line":
        steps = _STEPS * _parts_of_a_lot(stops)
        times: list[NDArray[np.int64]] = [np.array([_moment(stops[0], cuts[0], ticks)])]
        running: list[NDArray[np.int64]] = [np.array([0])]
        place = cuts[0].at
        for number, stop in enumerate(stops):
            held = stop.after
            if held is None:
                break
            is_last = number + 1 == len(stops)
            end = len(ticks.at_us) if is_last else max(place, cuts[number + 1].at)
            times.append(ticks.at_us[place:end])
            running.append(_running(held, ticks.prices[place:end], steps))
            place = end
            if not is_last:
                following = stops[number + 1]
                times.append(np.array([_moment(following, cuts[number + 1], ticks)]))
                running.append(np.array([int(held.running(following.price) * steps)]))
        # A fill's moment may be coarser than the ticks around it: time never runs backwards.
        return _Line(np.maximum.accumulate(np.concatenate(times)), np.concatenate(running), steps)

    @property
    def begins_us(self) -> int:
        return int(self.at_us[0])

    @property
    def ends_us(self) -> int:
        return int(self.at_us[-1])

    def pullback(self) -> Decimal:
        falls = np.maximum.accumulate(self.running)
        falls -= self.running
        return Decimal(int(falls.max())) / self.steps

    def heat_us(self, coverage: Coverage) -> int:
        """Each point holds until the next; behind a gap nothing is counted before the next point."""
        is_hot = np.asarray(self.running[:-1] < 0, bool)
        starts, ends = self.at_us[:-1][is_hot], self.at_us[1:][is_hot]
        return int((np.minimum(ends, coverage.vouched_until(starts)) - starts).sum())


def _moment(stop: Stop, cut: Cut, ticks: Ticks) -> int:
    return int(ticks.at_us[cut.at]) if cut.matched else stop.at_us


def _running(held: Holding, prices: NDArray[np.float64], steps: int) -> NDArray[np.int64]:
    lots, cash = int(held.qty * steps // _STEPS), int(held.cash * steps)
    counted = prices * _STEPS
    np.rint(counted, out=counted)
    furthest = int(max(counted.max(initial=0.0), -counted.min(initial=0.0)))
    if abs(lots) * furthest + abs(cash) >= _LARGEST:
        return np.array([cash + lots * int(step) for step in counted], np.object_)
    running = counted.astype(np.int64)
    running *= lots
    running += cash
    return running


def _parts_of_a_lot(stops: Sequence[Stop]) -> int:
    """By how much quantities are multiplied so that all of them are whole: 1, but where lots are traded in parts."""
    digits = [-int(stop.after.qty.normalize().as_tuple().exponent) for stop in stops if stop.after is not None]
    return int(10 ** max(0, *digits))
