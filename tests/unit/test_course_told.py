"""What is told of a trade: each stretch by itself, heat of one that is open, and what may be called final."""

from decimal import Decimal

import numpy as np

from core.course_told import SETTLED_US, CourseTold, PathSpan, Recorded, StretchTold, TradeAsked, tell_course
from core.excursion import Holding
from core.tape import NO_TICKS, Coverage, Ticks
from core.trade_course import Stop
from tests.fills import figures, prices

_SECOND = 1_000_000
_SPAN = PathSpan(_SECOND, _SECOND)
_LONG = Holding(Decimal(1), Decimal(-100), Decimal(100))
COURSE = [(0, 99.0), (1, 100.0), (2, 98.0), (3, 104.0), (4, 99.0), (5, 102.0), (6, 97.0)]


def told(
    until: float, stops: int = 2, course: list[tuple[int, float]] = COURSE, gap: tuple[int, int] = (0, 0)
) -> CourseTold:
    """A long from 100 at 1 s to 102 at 5 s, of which the record reaches from 0 s `until`."""
    entry = Stop(_SECOND, 1, Decimal(100), _LONG)
    asked = TradeAsked(7, (7, 9)[:stops], (entry, Stop(5 * _SECOND, 1, Decimal(102), None))[:stops])
    ticks = Ticks(np.array([at * _SECOND for at, _ in course]), np.array([price for _, price in course]))
    coverage = Coverage.of([(0, int(until * _SECOND))]).without(gap[0] * _SECOND, gap[1] * _SECOND)
    return tell_course(asked, Recorded(ticks, coverage, ()), _SPAN)


def test_it_is_final_once_the_record_has_passed_the_exit_its_unit_and_what_may_still_be_written() -> None:
    settled = (5 * _SECOND + 1 + SETTLED_US) / _SECOND
    assert told(settled).is_final
    assert not told(settled - 0.000_001).is_final
    assert not told(60, gap=(2, 3)).is_final


def test_a_stretch_is_whole_where_nothing_of_it_is_missing() -> None:
    assert told(60).stretches == (StretchTold(prices("98.0", "104.0"), is_whole=True),)
    assert not told(60, gap=(2, 3)).stretches[0].is_whole
    assert not told(4.5).stretches[0].is_whole


def test_over_a_gap_the_fall_from_the_best_is_unknown_and_time_in_the_red_is_not_counted() -> None:
    whole, gapped = told(60), told(60, gap=(2, 3))
    assert whole.heat is not None
    assert gapped.heat is not None
    assert figures(whole.pullback, whole.heat.total_us, whole.coverage) == (5, 2 * _SECOND, 1)
    assert figures(gapped.pullback, gapped.heat.total_us, gapped.coverage) == (None, _SECOND, Decimal("0.75"))


def test_an_open_trade_in_the_red_says_since_when() -> None:
    heat = told(60, stops=1, course=[*COURSE[:5], (5, 97.0)]).heat
    assert heat is not None
    assert (heat.spell_began_us, heat.counted_until_us, heat.total_us) == (4 * _SECOND, 5 * _SECOND, 2 * _SECOND)
    recovered = told(60, stops=1, course=COURSE[:4]).heat
    assert recovered is not None
    assert figures(recovered.spell_began_us, recovered.peak, recovered.pullback) == (None, 4, 2)


def test_where_nothing_is_recorded_nothing_is_said() -> None:
    asked = TradeAsked(7, (7,), (Stop(_SECOND, 1, Decimal(100), _LONG),))
    nothing = tell_course(asked, Recorded(NO_TICKS, Coverage(), ()), _SPAN)
    assert nothing == CourseTold(7, (7,), (StretchTold(None, is_whole=False),))


def test_the_path_has_a_second_on_either_side() -> None:
    path = told(60).path
    assert path is not None
    assert (path.start_us, path.end_us) == (0, 6 * _SECOND + 1)
    assert path.prices.tolist() == [price for _, price in COURSE]
    assert told(60).points_after_exit == 0
    assert told(60).is_path_whole
    assert not told(10.9).is_path_whole
