"""What a session's trades add up to: volume-weighted average, the price with the most volume, cumulative delta."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core.values import round_average

# Prices are counted in steps far below any tick: sums of them are whole numbers, and exact.
_STEPS = 10**8
_MOST_PLACES = 10**6  # between the lowest and the highest price; numbers on no grid would need more

Lots = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EntryContext:
    """The session up to one moment; `delta` is volume at the ask minus volume at the bid.

    It is None where of no trade it is known on which side it was.
    """

    vwap: Decimal
    poc: Decimal
    delta: int | None


@dataclass(slots=True)
class SessionProfile:
    """Adds up the trades of one session as they go by. One thread owns it."""

    _volume_at: dict[int, int] = field(default_factory=dict)
    _traded: int = 0
    _volume: int = 0
    _bought: int = 0
    _sold: int = 0

    def add(self, prices: NDArray[np.float64], volumes: Lots, bid_volumes: Lots, ask_volumes: Lots) -> None:
        """The trades that came next; all four columns are of one length."""
        for step, volume in _volume_by_step(prices, volumes):
            self._volume_at[step] = self._volume_at.get(step, 0) + volume
            self._traded += step * volume
            self._volume += volume
        self._bought += int(ask_volumes.sum())
        self._sold += int(bid_volumes.sum())

    def context(self) -> EntryContext | None:
        """What they come to so far; None before the first trade. Of several prices with the most volume the lowest."""
        if not self._volume:
            return None
        most = max(self._volume_at.values())
        poc = min(step for step, volume in self._volume_at.items() if volume == most)
        vwap = round_average(Decimal(self._traded) / self._volume / _STEPS)
        delta = self._bought - self._sold if self._bought or self._sold else None
        return EntryContext(vwap, (Decimal(poc) / _STEPS).normalize() + 0, delta)


def _volume_by_step(prices: NDArray[np.float64], volumes: Lots) -> Iterator[tuple[int, int]]:
    """The volume at each price; prices lie on a grid of ticks, so they are counted by their place on it."""
    if not len(prices):
        return
    steps = np.rint(prices * _STEPS)
    lowest = steps.min()
    above = (steps - lowest).astype(np.int64)
    grid = max(1, int(np.gcd.reduce(above)))
    if int(above.max()) // grid > _MOST_PLACES:
        found, place = np.unique(above, return_inverse=True)
    else:
        place = np.rint((steps - lowest) / grid).astype(np.intp)
        found = np.arange(int(place.max()) + 1) * grid
    # Lots are whole, and their sum is far below what a float counts exactly.
    added = np.bincount(place, weights=volumes, minlength=len(found)).astype(np.int64)
    for index in np.flatnonzero(added).tolist():
        yield int(lowest) + int(found[index]), int(added[index])


def context_of(prices: NDArray[np.float64], volumes: Lots, bid_volumes: Lots, ask_volumes: Lots) -> EntryContext | None:
    """The context after all of these trades, at once."""
    profile = SessionProfile()
    profile.add(prices, volumes, bid_volumes, ask_volumes)
    return profile.context()
