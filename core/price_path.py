"""The way prices went from some time before a trade to some time behind it, in as few points as show it truly."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core.tape import Coverage, Prices, Ticks, Times
from core.trade_course import Stop, cuts_of


@dataclass(frozen=True, slots=True, eq=False)
class PricePath:
    """Points of a path, oldest first: times in microseconds UTC, equal ones in the order of their arrival.

    It tells of the time from `start_us` up to, not at, `end_us`; `turns_us` are the moments in between at which the
    position changed.
    """

    start_us: int
    end_us: int
    turns_us: tuple[int, ...]
    at_us: Times
    prices: Prices

    def thinned(self, most: int) -> "PricePath":
        """The path in at most `most` points, or in two for each stretch between turns where those are more.

        A path that is short enough stays as it is. Else the time is cut into slices of one length, and at each turn: of
        each piece the lowest and the highest price stay, in their order.
        """
        if len(self.at_us) <= most:
            return self
        slices = max(1, most // 2 - len(self.turns_us))
        inner = (self.start_us + (self.end_us - self.start_us) * number // slices for number in range(1, slices))
        edges = np.unique(np.array([*inner, *self.turns_us], np.int64))
        kept = _extremes(self.prices, np.searchsorted(self.at_us, edges))
        return PricePath(self.start_us, self.end_us, self.turns_us, self.at_us[kept], self.prices[kept])


def path_of(stops: Sequence[Stop], ticks: Ticks, before_us: int, after_us: int) -> PricePath:
    """The whole path of a closed trade with what came before its first fill and behind its last.

    A bar is its low and its high, at one moment: which of them came first it does not tell.
    """
    start_us, end_us = stops[0].at_us - before_us, stops[-1].at_us + stops[-1].resolution_us + after_us
    first, end = np.searchsorted(ticks.at_us, (start_us, end_us))
    at_us, prices = ticks.at_us[first:end], ticks.prices[first:end]
    if ticks.lows is not None and ticks.highs is not None:
        at_us = np.repeat(at_us, 2)
        prices = np.column_stack([ticks.lows[first:end], ticks.highs[first:end]]).ravel()
    return PricePath(start_us, end_us, tuple(sorted({stop.at_us for stop in stops})), at_us, prices)


def mfe_after_exit(stops: Sequence[Stop], ticks: Ticks, coverage: Coverage, span_us: int) -> Decimal | None:
    """How many points per lot the price still ran in the holder's favour within `span_us` behind the last fill.

    Counted from the price of that fill, never below 0; only prices that surely came behind it count. None where the
    span is not covered throughout, which an open trade's never is.
    """
    held, last = stops[-2].after if len(stops) > 1 else None, stops[-1]
    until_us = last.at_us + span_us
    if held is None or last.after is not None or not coverage.holds(last.at_us, until_us):
        return None
    first, end = cuts_of(stops, ticks)[-1].end, int(np.searchsorted(ticks.at_us, until_us - ticks.resolution_us + 1))
    seen = ticks.extremes(first, end)
    if seen is None:
        return Decimal(0)
    low, high = (Decimal(repr(price)) for price in seen)
    return max(Decimal(0), high - last.price if held.qty > 0 else last.price - low)


def _extremes(prices: Prices, edges: NDArray[np.intp]) -> NDArray[np.intp]:
    """The places of the lowest and the highest price of each piece, the first of equals."""
    bounds = np.unique(np.concatenate([[0], edges, [len(prices)]]))
    starts = bounds[:-1]
    number = np.repeat(np.arange(len(starts)), np.diff(bounds))
    kept = np.zeros(len(prices), bool)
    for extreme in (np.minimum, np.maximum):
        places = np.flatnonzero(prices == extreme.reduceat(prices, starts)[number])
        kept[places[np.unique(number[places], return_index=True)[1]]] = True
    return np.flatnonzero(kept)
