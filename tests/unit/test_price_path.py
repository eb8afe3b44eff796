"""A price path in few points: no extreme is lost, whatever stretch one looks at."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.excursion import Holding
from core.price_path import PricePath, mfe_after_exit, path_of
from core.tape import Coverage, Ticks
from core.trade_course import Stop

_MINUTE = 60_000_000
_ALWAYS = Coverage.of([(0, 10**12)])

_Points = list[tuple[int, float]]


def _path(points: Sequence[tuple[int, float]], turns: Sequence[int], end_us: int = 1_000) -> PricePath:
    times, prices = np.array([at for at, _ in points], np.int64), np.array([price for _, price in points], np.float64)
    return PricePath(0, end_us, tuple(turns), times, prices)


def _points(path: PricePath) -> _Points:
    return list(zip(path.at_us.tolist(), path.prices.tolist(), strict=True))


def _range(points: _Points, start: int, end: int) -> tuple[float, float] | None:
    seen = [price for at, price in points if start <= at < end]
    return (min(seen), max(seen)) if seen else None


_PATHS = st.builds(
    lambda points, turns: _path(sorted(points, key=lambda point: point[0]), sorted(turns)),
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 40).map(lambda ticks: ticks * 0.25)), min_size=1),
    st.sets(st.integers(0, 999), max_size=5),
)
_MOST = st.integers(2, 30)


@given(_PATHS, _MOST)
def test_each_stretch_keeps_its_lowest_and_its_highest_price(path: PricePath, most: int) -> None:
    whole, thin = _points(path), _points(path.thinned(most))
    for start, end in zip([0, *path.turns_us], [*path.turns_us, 1_000], strict=True):
        assert _range(thin, start, end) == _range(whole, start, end)
    assert _range(thin, 0, 1_000) == _range(whole, 0, 1_000)


@given(_PATHS, _MOST)
def test_each_slice_of_time_keeps_its_lowest_and_its_highest_price(path: PricePath, most: int) -> None:
    whole, thin = _points(path), _points(path.thinned(most))
    slices = max(1, most // 2 - len(path.turns_us))
    edges = [1_000 * number // slices for number in range(slices + 1)]
    for start, end in pairwise(edges):
        assert _range(thin, start, end) == _range(whole, start, end)


@given(_PATHS, _MOST)
def test_what_stays_is_a_part_of_the_path_in_its_order_and_of_bounded_length(path: PricePath, most: int) -> None:
    thin = _points(path.thinned(most))
    remaining = iter(_points(path))
    assert all(point in remaining for point in thin)
    assert len(thin) <= max(most, 2 * (len(path.turns_us) + 1))


def test_a_long_path_takes_as_many_points_as_it_may_and_no_more() -> None:
    path = _path([(at, at * 37 % 101) for at in range(1_000)], [95, 333, 650, 651, 990])
    for most in (12, 20, 60, 200):
        assert most - 2 * len(path.turns_us) <= len(path.thinned(most).at_us) <= most


@given(_PATHS, _MOST)
def test_thinning_a_thinned_path_changes_nothing(path: PricePath, most: int) -> None:
    thin = path.thinned(most)
    assert _points(thin.thinned(most)) == _points(thin)


def test_a_path_reaches_from_before_the_entry_to_behind_the_exit() -> None:
    ticks = _ticks((1, 90), (10, 100), (50, 103), (60, 104), (71, 105))
    path = path_of(_long(10, 50), ticks, before_us=9, after_us=20)
    assert _points(path) == [(1, 90), (10, 100), (50, 103), (60, 104)]
    assert (path.start_us, path.end_us, path.turns_us) == (1, 71, (10, 50))


def test_a_bar_is_its_low_and_its_high() -> None:
    bars = Ticks(np.array([0, 60]), np.array([1.0, 2.0]), 60, np.array([0.0, 1.5]), np.array([3.0, 2.5]))
    assert _points(path_of(_long(10, 70), bars, before_us=10, after_us=0)) == [(0, 0), (0, 3), (60, 1.5), (60, 2.5)]


def test_after_the_exit_the_best_price_for_the_holder_counts_from_the_exits_price() -> None:
    ticks = _ticks((10, 100), (50, 103), (60, 105.5), (70, 99), (50 + _MINUTE, 120))
    assert mfe_after_exit(_long(10, 50), ticks, _ALWAYS, _MINUTE) == Decimal("2.5")
    assert mfe_after_exit(_short(10, 50), ticks, _ALWAYS, _MINUTE) == 4
    assert mfe_after_exit(_long(10, 50), ticks, _ALWAYS, _MINUTE + 1) == 17


def test_a_price_of_the_exits_own_second_does_not_count_as_after_it() -> None:
    ticks = _ticks((10, 100), (2_500_000, 109), (3_500_000, 104))
    stops = [_long(10, 50)[0], Stop(2_000_000, 1_000_000, Decimal(103), None)]
    assert mfe_after_exit(stops, ticks, _ALWAYS, _MINUTE) == 1


def test_a_market_that_only_turned_against_the_holder_gave_nothing_away() -> None:
    assert mfe_after_exit(_long(10, 50), _ticks((60, 101)), _ALWAYS, _MINUTE) == 0
    assert mfe_after_exit(_long(10, 50), _ticks((20, 101)), _ALWAYS, _MINUTE) == 0


def test_without_prices_for_the_whole_time_nobody_knows_what_came_after_the_exit() -> None:
    ticks = _ticks((10, 100), (50, 103), (60, 105))
    assert mfe_after_exit(_long(10, 50), ticks, Coverage.of([(0, 49 + _MINUTE)]), _MINUTE) is None


def test_an_open_trade_has_no_exit_to_count_from() -> None:
    ticks, (entry, _) = _ticks((10, 100), (50, 103), (60, 105)), _long(10, 50)
    assert mfe_after_exit([entry], ticks, _ALWAYS, _MINUTE) is None
    assert mfe_after_exit([entry, Stop(50, 1, Decimal(103), entry.after)], ticks, _ALWAYS, _MINUTE) is None


def _ticks(*trades: tuple[int, float]) -> Ticks:
    return Ticks(np.array([at for at, _ in trades], np.int64), np.array([price for _, price in trades], np.float64))


def _long(entered_us: int, left_us: int) -> list[Stop]:
    held = Holding(Decimal(1), Decimal(-100), Decimal(100))
    return [Stop(entered_us, 1, Decimal(100), held), Stop(left_us, 1, Decimal(103), None)]


def _short(entered_us: int, left_us: int) -> list[Stop]:
    held = Holding(Decimal(-1), Decimal(100), Decimal(100))
    return [Stop(entered_us, 1, Decimal(100), held), Stop(left_us, 1, Decimal(103), None)]
