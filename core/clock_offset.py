"""How far an account's clock is from the tape's: fills are trades, so the tape must show each at its price and time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.tape import Coverage, Ticks
from core.trade_course import Stop

# What a clock may be wrong by before a trade's figures are doubtful.
DOUBTFUL_US = 2_000_000

_WIDEST_US = 60_000_000
_FEWEST = 5
_SHARE = 0.8
# Reports are stamped a moment before or behind the trade that they tell of.
_DELAY_US = 100_000

_Spans = NDArray[np.int64]


def clock_offset(fills: Sequence[Stop], ticks: Ticks) -> int | None:
    """What has to be added to the times of an account's fills so that they meet the tape, in microseconds.

    Each fill votes for every offset, up to a minute either way, that brings a trade at its price into its unit of time;
    the offset with the most votes is the account's. Were each to look for its nearest trade alone, a price that is
    traded all the time would always tell of no offset. None where fewer than five fills vote, where less than four in
    five of the voters agree, or where their best offsets are further apart than would tell a good clock from a doubtful
    one. Where no offset has more votes than none at all, the clock is right: 0.
    """
    votes = [spans for spans in (_offsets(fill, ticks) for fill in fills) if len(spans)]
    if len(votes) < _FEWEST:
        return None
    best, count = _most_voted(np.concatenate(votes))
    if count < _SHARE * len(votes):
        return None
    if ((best[:, 0] <= 0) & (best[:, 1] >= 0)).any():
        return 0
    if best[:, 1].max() - best[:, 0].min() > DOUBTFUL_US:
        return None
    nearest = best[np.abs(best).min(axis=1).argmin()]
    return int(nearest.sum()) // 2


def is_doubtful(offset_us: int | None) -> bool:
    """Whether a clock is so far off that it shows; of an unknown one nothing can be said."""
    return offset_us is not None and abs(offset_us) > DOUBTFUL_US


def doubted(coverage: Coverage, stops: Sequence[Stop], offset_us: int | None) -> Coverage:
    """What remains covered of a trade by a doubtful clock: as much time as it is off by is lost at either end."""
    if offset_us is None or not is_doubtful(offset_us):
        return coverage
    margin, begins, ends = abs(offset_us), stops[0].at_us, stops[-1].at_us + stops[-1].resolution_us
    return coverage.without(begins, begins + margin).without(ends - margin, ends)


def _offsets(fill: Stop, ticks: Ticks) -> _Spans:
    """From where to where the offsets lie that bring a trade at the fill's price into its unit: apart, in order."""
    stamps = (fill.at_us - _WIDEST_US, fill.at_us + fill.resolution_us + _WIDEST_US)
    first, end = np.searchsorted(ticks.at_us, stamps)
    same = np.isclose(ticks.prices[first:end], float(fill.price), rtol=1e-9, atol=0.0)
    meant = ticks.at_us[first:end][same] - fill.at_us
    starts, ends = meant - fill.resolution_us - _DELAY_US, meant + ticks.resolution_us + _DELAY_US
    apart = np.flatnonzero(starts[1:] > ends[:-1])
    if not len(meant):
        return np.empty((0, 2), np.int64)
    return np.column_stack([starts[np.append(0, apart + 1)], ends[np.append(apart, len(ends) - 1)]])


def _most_voted(spans: _Spans) -> tuple[_Spans, int]:
    """The offsets that the most fills vote for, as spans, and how many fills those are."""
    edges = np.concatenate([spans[:, 0], spans[:, 1]])
    steps = np.repeat([1, -1], len(spans))
    order = np.lexsort((-steps, edges))
    edges, votes = edges[order], np.cumsum(steps[order])
    best = np.flatnonzero(votes == votes.max())
    return np.column_stack([edges[best], edges[best + 1]]), int(votes.max())
