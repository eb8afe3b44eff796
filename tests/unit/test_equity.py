"""What depends on the order of results, against figures worked out by hand."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.equity import Streaks, Swings, daily_ratios, streaks, swings


@pytest.mark.parametrize(
    ("results", "drawdown", "run_up"),
    [
        ([], 0, 0),
        ([-10], 10, 0),  # a losing first trade counts
        ([10], 0, 10),
        ([10, -4, 2, -9, 20], 11, 20),  # 10 6 8 -1 19
        ([-5, -5, 30, -12], 12, 30),
    ],
)
def test_drawdown_and_run_up_start_at_zero(results: list[float], drawdown: float, run_up: float) -> None:
    assert swings(np.array(results, np.float64)) == Swings(drawdown, run_up)


@given(st.lists(st.integers(-50, 50), max_size=30))
def test_a_run_up_is_the_drawdown_of_the_mirror_image(results: list[int]) -> None:
    straight, mirrored = swings(np.array(results, np.float64)), swings(-np.array(results, np.float64))
    assert (straight.drawdown, straight.run_up) == (mirrored.run_up, mirrored.drawdown)


@pytest.mark.parametrize(
    ("outcomes", "longest_win", "longest_loss", "current"),
    [
        ([], 0, 0, 0),
        ([0, 0], 0, 0, 0),
        ([1, 0, 1, -1], 2, 1, -1),  # the scratch breaks no streak
        ([-1, -1, -1, 1, 1, 0], 2, 3, 2),
        ([1], 1, 0, 1),
    ],
)
def test_a_streak_ends_with_the_opposite_and_with_nothing_else(
    outcomes: list[int], longest_win: int, longest_loss: int, current: int
) -> None:
    assert streaks(np.array(outcomes, np.int8)) == Streaks(longest_win, longest_loss, current)


def test_sharpe_divides_by_n_minus_1_and_sortino_by_the_losses_of_all_days() -> None:
    ratios = daily_ratios(np.array([100.0, -50.0, 25.0, -25.0]))
    mean = 12.5
    deviation = sqrt((87.5**2 + 62.5**2 + 12.5**2 + 37.5**2) / 3)
    downside = sqrt((50**2 + 25**2) / 4)
    assert ratios.sharpe == pytest.approx(mean / deviation * sqrt(252))
    assert ratios.sortino == pytest.approx(mean / downside * sqrt(252))


@pytest.mark.parametrize("daily", [[], [10.0], [7.0, 7.0, 7.0]])
def test_one_day_or_no_swing_gives_no_ratio(daily: list[float]) -> None:
    ratios = daily_ratios(np.array(daily))
    assert (ratios.sharpe, ratios.sortino) == (None, None)


def test_days_without_a_loss_have_a_sharpe_but_no_sortino() -> None:
    ratios = daily_ratios(np.array([10.0, 20.0]))
    assert ratios.sharpe is not None
    assert ratios.sortino is None
