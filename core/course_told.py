"""What recorded prices tell of one trade: by this its figures are mended, and in the end become final."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import numpy as np

from core.clock_offset import doubted, is_doubtful
from core.excursion import Excursion
from core.feed import FeedSource
from core.heat import Heat
from core.price_path import PricePath, mfe_after_exit, path_of
from core.session_profile import EntryContext
from core.tape import Coverage, Ticks
from core.trade_course import Course, Stop, course_of, cuts_of
from core.values import PriceRange

# A file that is written in pieces has all that happened so long before its newest record.
SETTLED_US = 5_000_000

_MINUTE_US = 60_000_000
_MOST_POINTS = 400
_NOISE = 1e-6
_SHARE_STEP = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class PathSpan:
    """How much of the prices before and behind a trade is kept with it."""

    before_us: int = 5 * _MINUTE_US
    after_us: int = 5 * _MINUTE_US


@dataclass(frozen=True, slots=True)
class StretchTold:
    """The prices that surely went by between two fills, None where none did.

    With `is_whole` no trade of that time is missing: what was seen there by anybody else is among them, or was not in
    that time.
    """

    prices: PriceRange | None
    is_whole: bool


@dataclass(frozen=True, slots=True)
class CourseTold:
    """The course of the trade that began with execution `trade_id`, as it is recorded.

    `executions` are those that it was worked out of, in the order of their fold, `stretches` what lay behind each that
    left something open. `possible` is in points times quantity, and like `pullback` and `heat` None where it cannot be
    told. `coverage` is the covered share of the trade's life and `sources` who vouches for it. With `is_final` the
    record has passed the end of the trade and lacks nothing of it. `points_after_exit` is how far it still ran in the
    trader's favour within the span of the path, once that has passed.
    """

    trade_id: int
    executions: tuple[int, ...]
    stretches: tuple[StretchTold, ...]
    possible: Excursion | None = None
    pullback: Decimal | None = None
    heat: Heat | None = None
    coverage: Decimal = Decimal(0)
    sources: tuple[FeedSource, ...] = ()
    context: EntryContext | None = None
    is_doubtful: bool = False
    is_final: bool = False
    path: PricePath | None = field(default=None, compare=False)
    is_path_whole: bool = False
    points_after_exit: Decimal | None = None

    @property
    def is_closed(self) -> bool:
        return len(self.stretches) < len(self.executions)


@dataclass(frozen=True, slots=True)
class TradeAsked:
    """A trade whose course is asked for: its executions by number, and the stops that they make."""

    trade_id: int
    executions: tuple[int, ...]
    stops: tuple[Stop, ...]

    @property
    def is_closed(self) -> bool:
        return self.stops[-1].after is None

    @property
    def begins_us(self) -> int:
        return self.stops[0].at_us

    @property
    def ends_us(self) -> int:
        """The end of the unit of time of the newest fill."""
        return self.stops[-1].at_us + self.stops[-1].resolution_us


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What is recorded around a trade: `offset_us` is how far the account's clock is off, None where unknown."""

    ticks: Ticks
    coverage: Coverage
    sources: tuple[FeedSource, ...]
    context: EntryContext | None = None
    offset_us: int | None = None


def tell_course(asked: TradeAsked, recorded: Recorded, span: PathSpan) -> CourseTold:
    """The course of a trade as far as it is recorded; where nothing is, that it is not."""
    stops, ticks = asked.stops, recorded.ticks
    coverage = doubted(recorded.coverage, stops, recorded.offset_us)
    course = course_of(stops, ticks, coverage)
    is_whole = recorded.coverage.holds(asked.begins_us, _end_us(asked, ticks))
    is_told = recorded.coverage.within(asked.begins_us, _end_us(asked, ticks)) > 0 or is_whole
    path_end_us = asked.ends_us + span.after_us
    return CourseTold(
        trade_id=asked.trade_id,
        executions=asked.executions,
        stretches=tuple(_stretches(stops, ticks, recorded.coverage)),
        possible=course.possible if is_told else None,
        pullback=course.pullback if is_whole else None,
        heat=_heat(asked, course, ticks, is_whole=is_whole) if is_told else None,
        coverage=Decimal(course.coverage).quantize(_SHARE_STEP).normalize() + 0 if is_told else Decimal(0),
        sources=recorded.sources if is_told else (),
        context=recorded.context,
        is_doubtful=is_doubtful(recorded.offset_us),
        is_final=asked.is_closed and recorded.coverage.holds(asked.begins_us, asked.ends_us + SETTLED_US),
        path=path_of(stops, ticks, span.before_us, span.after_us).thinned(_MOST_POINTS) if asked.is_closed else None,
        is_path_whole=asked.is_closed and recorded.coverage.holds(asked.ends_us, path_end_us + SETTLED_US),
        points_after_exit=mfe_after_exit(stops, ticks, recorded.coverage, span.after_us),
    )


def _end_us(asked: TradeAsked, ticks: Ticks) -> int:
    if asked.is_closed or not len(ticks.at_us):
        return asked.ends_us
    return max(asked.ends_us, int(ticks.at_us[-1]))


def _stretches(stops: Sequence[Stop], ticks: Ticks, coverage: Coverage) -> Iterator[StretchTold]:
    """Of an open trade the last runs to the last tick; bars leave open what was seen in those that lie on a fill."""
    cuts = cuts_of(stops, ticks)
    for (stop, cut), (following, end) in pairwise(zip(stops, cuts, strict=True)):
        is_whole = not ticks.are_bars and coverage.holds(stop.at_us, following.at_us)
        yield StretchTold(_range(ticks, cut.end, end.first), is_whole)
    if stops[-1].after is not None:
        yield StretchTold(_range(ticks, cuts[-1].end, len(ticks.at_us)), is_whole=False)


def _range(ticks: Ticks, first: int, end: int) -> PriceRange | None:
    seen = ticks.extremes(first, end)
    return None if seen is None else PriceRange(Decimal(repr(seen[0])), Decimal(repr(seen[1])))


def _heat(asked: TradeAsked, course: Course, ticks: Ticks, *, is_whole: bool) -> Heat | None:
    """Where time is missing the peak may be, too, and the fall from it."""
    if course.heat_us is None:
        return None
    peak, pullback = (course.sure.best, course.pullback) if is_whole else (None, None)
    began = None if asked.is_closed else _spell_began(asked.stops, ticks)
    until = None if began is None else int(ticks.at_us[-1])
    return Heat(peak, pullback, course.heat_us, began, until)


def _spell_began(stops: Sequence[Stop], ticks: Ticks) -> int | None:
    """Since when running P&L has been below 0 without a break; None where at the last tick it is not."""
    began, end = None, len(ticks.at_us)
    for stop, cut in zip(reversed(stops), reversed(cuts_of(stops, ticks)), strict=True):
        if stop.after is None:
            return None
        running = float(stop.after.cash) + float(stop.after.qty) * ticks.prices[cut.at : end]
        cool = np.flatnonzero(running > -_NOISE)
        if len(cool):
            first = cut.at + int(cool[-1]) + 1
            return int(ticks.at_us[first]) if first < end else began
        began = int(ticks.at_us[cut.at]) if cut.at < end else began
        end = cut.at
    return began
