"""How far a mean can be trusted: resampled again and again, the same way every time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RESAMPLES = 2_000
_SEED = 0
_TAILS = (0.05, 0.95)
_MOST_DRAWS = 2_000_000  # at a time: many trades must not need much memory


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 90 % of what the mean could have been."""

    low: float
    high: float


def mean_interval(values: Floats) -> Interval | None:
    """The 90 % bootstrap interval of the mean of `values`; None where there are none."""
    if not len(values):
        return None
    low, high = np.quantile(np.concatenate(list(_resampled_means(values))), _TAILS)
    return Interval(float(low), float(high))


def _resampled_means(values: Floats) -> Iterator[Floats]:
    generator = np.random.default_rng(_SEED)
    size = len(values)
    at_once = max(1, _MOST_DRAWS // size)
    for start in range(0, _RESAMPLES, at_once):
        rows = min(at_once, _RESAMPLES - start)
        yield values[generator.integers(0, size, (rows, size))].mean(axis=1)
