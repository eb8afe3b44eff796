"""A trade's course by event time, held against one that is worked out price by price in fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.excursion import Excursion, Holding
from core.tape import NO_TICKS, Coverage, Ticks
from core.trade_course import Stop, course_of
from core.values import round_average
from tests import brute_course
from tests.brute_course import GRID, Extremes, Tape, figures_of

_TICK = Decimal("0.25")
_SECOND = 1_000_000
_ALWAYS = Coverage.of([(0, 10**12)])


def _ticks(*trades: tuple[int, str], resolution_us: int = 1) -> Ticks:
    times = np.array([at for at, _ in trades], np.int64)
    return Ticks(times, np.array([float(price) for _, price in trades]), resolution_us)


@dataclass(frozen=True)
class _Fill:
    at_us: int
    resolution_us: int
    qty: int
    price: Decimal


def _stops(fills: Sequence[_Fill]) -> list[Stop]:
    """The fold, in a few lines: cash, quantity and the average of what is open."""
    stops = []
    qty, cash, average = Decimal(0), Decimal(0), Decimal(0)
    for fill in fills:
        if qty * fill.qty >= 0:
            average = round_average((average * abs(qty) + fill.price * abs(fill.qty)) / (abs(qty) + abs(fill.qty)))
        qty, cash = qty + fill.qty, cash - fill.qty * fill.price
        after = Holding(qty, cash, average) if qty else None
        stops.append(Stop(fill.at_us, fill.resolution_us, fill.price, after))
    return stops


def _money(excursion: Excursion) -> tuple[float, float]:
    return float(excursion.worst), float(excursion.best)


def test_a_price_before_the_entry_or_behind_the_exit_counts_for_nothing() -> None:
    ticks = _ticks((1, "90"), (10, "100"), (20, "98"), (30, "104"), (40, "103"), (50, "300"))
    course = course_of(_stops([_Fill(10, 1, 1, Decimal(100)), _Fill(40, 1, -1, Decimal(103))]), ticks, _ALWAYS)
    assert _money(course.sure) == (-2, 4)
    assert course.possible == course.sure
    assert course.pullback == 2


def test_a_price_in_the_entrys_second_is_possible_but_not_sure() -> None:
    ticks = _ticks((10 * _SECOND + 1, "95"), (11 * _SECOND, "101"), (20 * _SECOND + 5, "120"))
    fills = [_Fill(10 * _SECOND, _SECOND, 1, Decimal(100)), _Fill(20 * _SECOND, _SECOND, -1, Decimal(102))]
    course = course_of(_stops(fills), ticks, _ALWAYS)
    assert _money(course.sure) == (0, 2)
    assert _money(course.possible) == (-5, 20)


def test_a_trade_at_the_fills_price_in_its_second_is_the_boundary() -> None:
    ticks = _ticks((10 * _SECOND + 1, "95"), (10 * _SECOND + 2, "100"), (10 * _SECOND + 3, "97"), (15 * _SECOND, "99"))
    fills = [_Fill(10 * _SECOND, _SECOND, 1, Decimal(100)), _Fill(20 * _SECOND, _SECOND, -1, Decimal(102))]
    course = course_of(_stops(fills), ticks, _ALWAYS)
    assert course.sure.worst == course.possible.worst == -3


def test_a_fill_is_never_placed_before_the_one_that_came_before_it() -> None:
    ticks = _ticks((100, "100"), (100, "100.25"), (100, "99.75"))
    fills = [_Fill(100, 1, 1, Decimal("100.25")), _Fill(100, 1, -1, Decimal(100))]
    course = course_of(_stops(fills), ticks, _ALWAYS)
    assert _money(course.sure) == (-0.25, 0)
    assert _money(course.possible) == (-0.5, 0)


def test_what_surely_followed_an_add_counts_though_the_entrys_second_is_not_over() -> None:
    ticks = _ticks((10 * _SECOND + 5, "100"), (10 * _SECOND + 7, "104"), (10 * _SECOND + 8, "101"))
    fills = [_Fill(10 * _SECOND, _SECOND, 1, Decimal(99)), _Fill(10 * _SECOND + 6, 1, 1, Decimal(100))]
    course = course_of(_stops([*fills, _Fill(12 * _SECOND, 1, -2, Decimal(102))]), ticks, _ALWAYS)
    assert _money(course.sure) == (0, 9)
    assert course.pullback == 6


def test_a_pull_back_is_of_prices_that_surely_lay_inside() -> None:
    second = 10 * _SECOND
    ticks = _ticks((second + 1, "100"), (second + 2, "104"), (second + 3, "100"), (second + 4, "101"))
    fills = [_Fill(second, _SECOND, 1, Decimal(99)), _Fill(second, _SECOND, 1, Decimal(100))]
    course = course_of(_stops([*fills, _Fill(12 * _SECOND, 1, -2, Decimal(102))]), ticks, _ALWAYS)
    assert course.pullback == 0
    assert _money(course.possible) == (0, 9)


def test_coarse_times_of_the_tape_widen_what_is_possible() -> None:
    ticks = _ticks((10 * _SECOND, "95"), (11 * _SECOND, "99"), resolution_us=_SECOND)
    fills = [_Fill(10 * _SECOND + 500, 1, 1, Decimal(100)), _Fill(20 * _SECOND, 1, -1, Decimal(102))]
    course = course_of(_stops(fills), ticks, _ALWAYS)
    assert course.sure.worst == -1
    assert course.possible.worst == -5


def test_adds_at_a_worse_price_lead_to_the_money_that_was_really_at_stake() -> None:
    ticks = _ticks((10, "100"), (20, "110"), (30, "108"))
    fills = [_Fill(10, 1, 1, Decimal(100)), _Fill(20, 1, 3, Decimal(110)), _Fill(30, 1, -4, Decimal(108))]
    course = course_of(_stops(fills), ticks, _ALWAYS)
    assert _money(course.sure) == (0, 10)
    assert course.pullback == 8
    assert course.sure.best_points == 10


def test_nothing_is_counted_while_nobody_vouches_for_the_prices() -> None:
    ticks = _ticks((10, "100"), (20, "99"), (60, "99"), (70, "101"))
    fills = [_Fill(10, 1, 1, Decimal(100)), _Fill(110, 1, -1, Decimal(101))]
    course = course_of(_stops(fills), ticks, Coverage.of([(0, 30), (50, 110)]))
    assert course.heat_us == 10 + 10
    assert course.coverage == 0.8


def test_without_any_tick_the_fills_alone_are_the_course() -> None:
    fills = [_Fill(10, 1, -2, Decimal(100)), _Fill(110, 1, 2, Decimal(97))]
    course = course_of(_stops(fills), NO_TICKS, Coverage())
    assert _money(course.sure) == (0, 6)
    assert course.pullback == 0
    assert (course.heat_us, course.coverage) == (0, 0.0)


def test_an_open_trade_is_followed_up_to_the_last_tick() -> None:
    ticks = _ticks((10, "100"), (20, "97"), (35, "98"))
    course = course_of(_stops([_Fill(10, 1, 1, Decimal(100))]), ticks, _ALWAYS)
    assert course.sure.worst == -3
    assert course.heat_us == 15


def test_bars_give_an_interval_and_nothing_that_needs_an_order() -> None:
    bars = Ticks(
        np.array([0, 60, 120, 180], np.int64),
        np.array([100.0, 101.0, 99.0, 103.0]),
        resolution_us=60,
        lows=np.array([90.0, 97.0, 98.0, 102.0]),
        highs=np.array([120.0, 102.0, 104.0, 140.0]),
    )
    fills = [_Fill(30, 1, 1, Decimal(100)), _Fill(200, 1, -1, Decimal(103))]
    course = course_of(_stops(fills), bars, _ALWAYS)
    assert _money(course.sure) == (-3, 4)
    assert _money(course.possible) == (-10, 40)
    assert (course.pullback, course.heat_us) == (None, None)


def test_a_bar_that_ends_at_the_fills_price_bounds_nothing() -> None:
    lows, highs = np.array([90.0, 99.0, 98.0]), np.array([101.0, 102.0, 103.0])
    bars = Ticks(np.array([0, 60, 120], np.int64), np.array([95.0, 100.0, 99.0]), 60, lows, highs)
    fills = [_Fill(30, 60, 1, Decimal(100)), _Fill(240, 1, -1, Decimal(100))]
    course = course_of(_stops(fills), bars, Coverage.of([(60, 240)]))
    assert _money(course.possible) == (-10, 3)
    assert _money(course.sure) == (-2, 3)
    assert course.coverage == 180 / 210


def test_lots_in_parts_and_enormous_prices_stay_exact() -> None:
    ticks = _ticks((10, "90000000"), (20, "89999999.5"))
    fills = [_Fill(10, 1, 1, Decimal(90000000))]
    stop = Stop(10, 1, Decimal(90000000), Holding(Decimal("5000.125"), Decimal("-450011250000.000"), Decimal(90000000)))
    assert course_of([stop], ticks, _ALWAYS).pullback == Decimal("2500.0625")
    assert course_of(_stops(fills), ticks, _ALWAYS).pullback == Decimal("0.5")


@st.composite
def _trades(draw: st.DrawFn) -> tuple[list[_Fill], list[tuple[int, Decimal]]]:
    """A tape, and fills of one flat-to-flat trade that lie on it or beside it."""
    steps = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3)), min_size=2, max_size=40))
    at, price, trades = 100, 400, []
    for pause, step in steps:
        at, price = at + pause, price + step
        trades.append((at, price * _TICK))
    count = draw(st.integers(2, 5))
    places = sorted(draw(st.lists(st.integers(0, len(trades) - 1), min_size=count, max_size=count)))
    fills: list[_Fill] = []
    held, side = 0, draw(st.sampled_from([1, -1]))
    for number, place in enumerate(places):
        qty = side * draw(st.integers(1, 3)) if held == 0 else draw(st.integers(1 - abs(held), 3)) * side
        qty = -held if number == count - 1 else qty or side
        held += qty
        unit = draw(st.sampled_from([1, 4, 16]))
        slip = draw(st.sampled_from([0, 0, 0, 1, -1]))
        fills.append(_Fill(trades[place][0] // unit * unit, unit, qty, trades[place][1] + slip * _TICK))
    return fills, trades


@given(_trades())
def test_every_figure_is_what_one_finds_price_by_price(
    case: tuple[list[_Fill], list[tuple[int, Decimal]]],
) -> None:
    fills, trades = case
    course = course_of(_stops(fills), _ticks(*((at, str(price)) for at, price in trades)), _ALWAYS)
    tape = Tape([at for at, _ in trades], [_on_grid(price) for _, price in trades])
    trip = [brute_course.Fill(fill.at_us, fill.resolution_us, fill.qty, _on_grid(fill.price)) for fill in fills]
    slow = figures_of(trip, tape, _ALWAYS.stretches)
    assert _extremes(course.sure) == slow.sure
    assert _extremes(course.possible) == slow.possible
    assert course.pullback is not None
    assert _on_grid(course.pullback) == slow.pullback
    assert course.heat_us == slow.heat_us
    assert course.possible.worst <= course.sure.worst <= 0 <= course.sure.best <= course.possible.best


def _extremes(excursion: Excursion) -> Extremes:
    points = (round_average(each) for each in (excursion.worst_points, excursion.best_points))
    return Extremes(*map(_on_grid, (excursion.worst, excursion.best, *points)))


def _on_grid(number: Decimal) -> int:
    return int(number * GRID)
