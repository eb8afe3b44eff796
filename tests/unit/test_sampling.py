"""The bootstrap interval: the same numbers every time, and narrow where there is nothing to doubt."""

import numpy as np
import pytest

from core import sampling
from core.sampling import mean_interval


def test_the_interval_is_the_middle_90_percent_of_2000_resampled_means() -> None:
    values = np.array([12.5, -7.0, 3.25, 40.0, -20.0])
    draws = np.random.default_rng(0).integers(0, 5, (2000, 5))
    means = sorted(float(np.mean(values[row])) for row in draws)
    interval = mean_interval(values)
    assert interval is not None
    assert interval.low == pytest.approx(np.quantile(means, 0.05))
    assert interval.high == pytest.approx(np.quantile(means, 0.95))
    assert interval.low < values.mean() < interval.high


def test_drawing_in_parts_gives_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(37, dtype=np.float64)
    whole = mean_interval(values)
    monkeypatch.setattr(sampling, "_MOST_DRAWS", 37 * 7)
    assert mean_interval(values) == whole


def test_equal_values_leave_no_doubt_and_no_values_no_interval() -> None:
    interval = mean_interval(np.array([5.0, 5.0, 5.0]))
    assert interval is not None
    assert (interval.low, interval.high) == (5, 5)
    assert mean_interval(np.array([])) is None
