"""Prices that went by, with the times for which somebody vouches that none is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Prices = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """Trades of one symbol, oldest first: times in microseconds UTC, equal times in the order of their arrival.

    `resolution_us` is how coarse the times are: a stamp means that moment or up to so much later. Where only bars are
    known each row is a bar of that length, `lows` and `highs` its extremes and its price the last one in it.
    """

    at_us: Times
    prices: Prices
    resolution_us: int = 1
    lows: Prices | None = None
    highs: Prices | None = None

    @property
    def are_bars(self) -> bool:
        return self.lows is not None

    def extremes(self, first: int, end: int) -> tuple[float, float] | None:
        """The lowest and highest price of rows `first` up to `end`; None where there are none."""
        if end <= first:
            return None
        lows = self.prices if self.lows is None else self.lows
        highs = self.prices if self.highs is None else self.highs
        return float(lows[first:end].min()), float(highs[first:end].max())


NO_TICKS = Ticks(np.empty(0, np.int64), np.empty(0, np.float64))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Stretches of time, in microseconds UTC, for which a source vouches: whole, apart from each other, oldest first.

    A market that rests is covered: nothing was missed.
    """

    stretches: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(stretches: Iterable[tuple[int, int]]) -> "Coverage":
        """The union of stretches in any order; empty ones count for nothing."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(each for each in stretches if each[1] > each[0]):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return Coverage(tuple(merged))

    def joined(self, other: "Coverage") -> "Coverage":
        return Coverage.of((*self.stretches, *other.stretches))

    def without(self, start_us: int, end_us: int) -> "Coverage":
        """What is left when nobody vouches for the time between the two any more."""
        before = ((start, min(end, start_us)) for start, end in self.stretches)
        behind = ((max(start, end_us), end) for start, end in self.stretches)
        return Coverage.of((*before, *behind))

    def holds(self, start_us: int, end_us: int) -> bool:
        """Whether the whole span is covered."""
        return any(start <= start_us and end_us <= end for start, end in self.stretches)

    def within(self, start_us: int, end_us: int) -> int:
        """How many microseconds between the two are covered."""
        return sum(max(0, min(end, end_us) - max(start, start_us)) for start, end in self.stretches)

    def share(self, start_us: int, end_us: int) -> float:
        """The covered part of a span, 0 to 1; of a span without length whether its moment is covered."""
        if end_us <= start_us:
            return float(self.holds(start_us, start_us))
        return self.within(start_us, end_us) / (end_us - start_us)

    def vouched_until(self, moments_us: Times) -> Times:
        """For each moment the end of the stretch that it lies in; the moment itself where it lies in none."""
        if not self.stretches:
            return moments_us
        starts, ends = (np.array(side, np.int64) for side in zip(*self.stretches, strict=True))
        place = np.searchsorted(starts, moments_us, side="right") - 1
        until = np.where(place >= 0, ends[np.maximum(place, 0)], moments_us)
        return np.maximum(until, moments_us)
