"""Heat and pull-back follow from the course of prices, tick by tick."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.excursion import Holding
from core.heat import Heat, TickRun
from data.dtc.market import Traded
from data.dtc.price_ranges import PriceRanges
from tests.fills import figures

_LONG = Holding(qty=Decimal(1), cash=Decimal(-100), average=Decimal(100))
_SHORT = Holding(qty=Decimal(-1), cash=Decimal(100), average=Decimal(100))


def ticks(*course: tuple[float, int]) -> TickRun:
    """Prices with their times in seconds."""
    return TickRun(tuple(price for price, _ in course), tuple(at * 1_000_000 for _, at in course))


def seconds(heat: Heat) -> float:
    return heat.total_us / 1_000_000


def test_time_below_nothing_is_heat_and_time_at_nothing_is_none() -> None:
    heat = Heat().over(_LONG, ticks((99, 1), (98, 3), (100, 7), (101, 9), (99, 10)))
    assert seconds(heat) == 6
    assert heat.spell_began_us == 10_000_000


def test_a_short_is_in_the_red_when_prices_rise() -> None:
    assert seconds(Heat().over(_SHORT, ticks((101, 1), (99, 4)))) == 3
    assert seconds(Heat().over(_LONG, ticks((101, 1), (99, 4)))) == 0


def test_the_deepest_fall_is_from_the_best_before_it_and_may_begin_at_nothing() -> None:
    assert Heat().over(_LONG, ticks((98, 1), (105, 2), (101, 3), (110, 4), (107, 5))).pullback == 4
    assert Heat().over(_LONG, ticks((97, 1), (99, 2))).pullback == 3


def test_the_order_of_ticks_decides_the_pull_back() -> None:
    assert Heat().over(_LONG, ticks((105, 1), (99, 2))).pullback == 6
    assert Heat().over(_LONG, ticks((99, 1), (105, 2))).pullback == 1


def test_an_execution_splits_the_run_at_its_own_price() -> None:
    before = Heat().over(_LONG, ticks((99, 1)))
    at_the_fill = before.at(_LONG, Decimal(98), 3_000_000)
    two_lots = Holding(qty=Decimal(2), cash=Decimal(-198), average=Decimal(99))
    after = at_the_fill.over(two_lots, ticks((99, 5), (98, 6)))
    assert figures(seconds(after), after.spell_began_us, after.pullback) == (4, 6_000_000, 2)


def test_no_time_is_counted_over_a_gap_and_the_spell_begins_anew_behind_it() -> None:
    heat = Heat().over(_LONG, ticks((99, 1), (98, 2))).cut().over(_LONG, ticks((99, 100), (98, 101)))
    assert (seconds(heat), heat.spell_began_us) == (2, 100_000_000)


def test_a_clock_that_steps_back_counts_no_time_twice() -> None:
    assert seconds(Heat().over(_LONG, ticks((99, 5), (98, 3), (99, 6), (100, 7)))) == 2


def test_a_running_spell_goes_on_by_the_clock() -> None:
    heat = Heat().over(_LONG, ticks((99, 1)))
    assert heat.total_at(4_000_000) == 3_000_000
    assert heat.closed().total_at(9_000_000) == 0


_COURSES = st.lists(st.tuples(st.integers(380, 420), st.integers(0, 3)), max_size=60)


@given(steps=_COURSES, cuts=st.sets(st.integers(0, 60)), qty=st.sampled_from([-3, -1, 1, 2]))
def test_ticks_left_out_and_batches_cut_anywhere_change_no_figure(
    steps: list[tuple[int, int]], cuts: set[int], qty: int
) -> None:
    holding = Holding(Decimal(qty), Decimal(-100 * qty), Decimal(100))
    ranges, heat, now, course = PriceRanges(), Heat(), 0, []
    for number, (quarters, pause) in enumerate(steps):
        now += pause
        ranges.note(Traded("MESZ26", quarters / 4, now))
        course.append((Fraction(quarters, 4), now))
        if number in cuts:
            heat = _drained(ranges, holding, heat)
    heat = _drained(ranges, holding, heat)
    total, pullback, peak = _brute_force(qty, course)
    assert figures(heat.total_us, heat.pullback, heat.peak) == (total, pullback, peak)


def _drained(ranges: PriceRanges, holding: Holding, heat: Heat) -> Heat:
    for seen, _ in ranges.drain():
        heat = heat.over(holding, seen.ticks)
    return heat


def _brute_force(qty: int, course: list[tuple[Fraction, int]]) -> tuple[int, Fraction, Fraction]:
    """Every tick looked at for itself."""
    total, previous = 0, (Fraction(0), 0)
    running = [Fraction(0)]
    for price, at in course:
        total += at - previous[1] if previous[0] < 0 else 0
        previous = (qty * (price - 100), at)
        running.append(previous[0])
    pullback = max(max(running[: number + 1]) - each for number, each in enumerate(running))
    return total, pullback, max(running)
