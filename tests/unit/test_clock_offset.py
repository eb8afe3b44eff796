"""An account's clock against the tape's: what it is off by is found, and where it cannot be told nothing is claimed."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock_offset import clock_offset, doubted, is_doubtful
from core.tape import NO_TICKS, Coverage, Ticks
from core.trade_course import Stop

_SECOND = 1_000_000
_OFFSETS = st.integers(-50 * _SECOND, 50 * _SECOND)
_SEEDS = st.integers(0, 10**6)


def _busy_tape(random: Random) -> Ticks:
    """Ten trades a second for twenty minutes, at prices that keep coming back."""
    times = np.cumsum([random.randrange(1, 200_000) for _ in range(12_000)]) + 10**9
    steps = np.cumsum([random.choice((-1, 0, 0, 1)) for _ in range(12_000)])
    return Ticks(times.astype(np.int64), 5000 + steps * 0.25)


def _fills(random: Random, ticks: Ticks, count: int, *, offset_us: int, unit_us: int = 1) -> list[Stop]:
    """Told by a clock to whose times `offset_us` has to be added; reports are a moment late."""
    fills = []
    for place in sorted(random.sample(range(1_000, 11_000), count)):
        told_us = int(ticks.at_us[place]) - offset_us + random.randrange(50_000)
        fills.append(Stop(told_us // unit_us * unit_us, unit_us, Decimal(repr(float(ticks.prices[place]))), None))
    return fills


@settings(max_examples=40)
@given(_SEEDS, _OFFSETS, st.sampled_from([1, 1_000, _SECOND]))
def test_what_a_clock_is_off_by_is_found_to_a_fraction_of_what_counts_as_doubtful(
    seed: int, offset_us: int, unit_us: int
) -> None:
    random = Random(seed)
    ticks = _busy_tape(random)
    found = clock_offset(_fills(random, ticks, 30, offset_us=offset_us, unit_us=unit_us), ticks)
    assert found is not None
    assert abs(found - offset_us) <= 0.2 * _SECOND + unit_us


@settings(max_examples=40)
@given(_SEEDS, st.integers(0, 4))
def test_a_few_fills_at_other_prices_do_not_mislead_it(seed: int, count: int) -> None:
    random = Random(seed)
    ticks = _busy_tape(random)
    fills = _fills(random, ticks, 30, offset_us=7 * _SECOND)
    fills[:count] = [Stop(fill.at_us, 1, fill.price + 2, None) for fill in fills[:count]]
    found = clock_offset(fills, ticks)
    assert found is not None
    assert abs(found - 7 * _SECOND) <= 0.2 * _SECOND


def test_a_right_clock_is_not_off_at_all() -> None:
    ticks = _busy_tape(Random(1))
    assert clock_offset(_fills(Random(2), ticks, 30, offset_us=0), ticks) == 0


def test_of_four_fills_nothing_can_be_said() -> None:
    ticks = _busy_tape(Random(1))
    assert clock_offset(_fills(Random(2), ticks, 4, offset_us=5 * _SECOND), ticks) is None
    assert clock_offset(_fills(Random(2), ticks, 30, offset_us=5 * _SECOND), NO_TICKS) is None


def test_fills_that_agree_on_nothing_tell_of_no_offset() -> None:
    random = Random(3)
    ticks = _busy_tape(random)
    fills = [each for turn in range(30) for each in _fills(random, ticks, 1, offset_us=(turn % 10 - 5) * 10 * _SECOND)]
    assert clock_offset(fills, ticks) is None


def test_where_two_offsets_would_do_equally_none_is_claimed() -> None:
    """Each price is traded twice, ten and thirty seconds away from its fill, and at no other time."""
    places = range(8)
    times = sorted((place * 100 + pause) * _SECOND for place in places for pause in (10, 30))
    ticks = Ticks(np.array(times), np.array([5000.0 + place for place in places for _ in (10, 30)]))
    fills = [Stop(place * 100 * _SECOND, 1, Decimal(5000 + place), None) for place in places]
    assert clock_offset(fills, ticks) is None


@pytest.mark.parametrize(
    ("offset_us", "doubtful"), [(None, False), (0, False), (2_000_000, False), (2_000_001, True), (-2_000_001, True)]
)
def test_beyond_two_seconds_a_clock_is_doubtful(offset_us: int | None, doubtful: bool) -> None:  # noqa: FBT001
    assert is_doubtful(offset_us) is doubtful


def _trade(begins_us: int, ends_us: int) -> list[Stop]:
    return [Stop(begins_us, 1, Decimal(1), None), Stop(ends_us - 1, 1, Decimal(1), None)]


def test_a_doubtful_clock_costs_coverage_at_both_ends() -> None:
    stops = _trade(100 * _SECOND, 200 * _SECOND)
    whole = Coverage.of([(0, 300 * _SECOND)])
    assert doubted(whole, stops, None) == doubted(whole, stops, _SECOND) == whole
    assert doubted(whole, stops, -5 * _SECOND).share(100 * _SECOND, 200 * _SECOND) == 0.9


@given(_OFFSETS, st.integers(1, 100), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=5))
def test_doubt_never_adds_coverage_and_takes_no_more_than_the_margins(
    offset_us: int, length: int, stretches: list[tuple[int, int]]
) -> None:
    begins, ends = 50 * _SECOND, (50 + length) * _SECOND
    whole = Coverage.of([(start * _SECOND, end * _SECOND) for start, end in stretches])
    left = doubted(whole, _trade(begins, ends), offset_us)
    lost = whole.within(begins, ends) - left.within(begins, ends)
    assert 0 <= lost <= 2 * abs(offset_us) * is_doubtful(offset_us)
    assert left.within(0, begins) <= whole.within(0, begins)
    if is_doubtful(offset_us) and whole.holds(begins, ends):
        assert lost == min(2 * abs(offset_us), ends - begins)
