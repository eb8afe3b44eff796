"""Prices of one symbol as the DTC server tells them."""

from collections.abc import Sequence

import numpy as np

from core.feed import FeedSource, FeedState, FeedStatus, rounded_lag
from core.values import micros_from_utc, utc_from_micros
from data.dtc.market import Traded
from data.feeds import feed_words
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.tape_chunk import TapeRows

_SECOND_US = 1_000_000
# Beyond this the server's time is another altogether, as in a replay: then nobody can say how far behind it is.
_SAME_TIME_US = 300 * _SECOND_US
_MOST_LOTS = 2.0**53


class DtcSource:
    """Writes on the tape what was heard, and vouches from the subscription to the end of the link.

    Quotes and prices for the ledger take the shorter way, from the dtc thread itself. Lives on the feed thread.
    """

    def __init__(self, symbol: str, outlets: FeedOutlets) -> None:
        """The server has just taken the subscription."""
        self._symbol = symbol
        self._outlets = outlets
        self._began_us = micros_from_utc(outlets.now())
        self._is_over = False
        self._newest_us: int | None = None
        self._ahead_us = 0  # the server's time less ours, where it is another time altogether
        self._lag_us: int | None = None
        outlets.tape.begin_stretch(symbol, FeedSource.DTC, self._began_us)

    def hear(self, trades: Sequence[Traded]) -> None:
        rows = _to_rows(trades)
        newest_us = int(rows.at_us.max())
        self._tell_the_time(int(rows.at_us[0]), newest_us)
        self._outlets.tape.append(self._symbol, rows)
        self._newest_us = max(newest_us, self._newest_us or newest_us)
        self._outlets.tape.cover(self._symbol, self._newest_us)

    def note_alive(self, at_us: int) -> None:
        """All that was traded up to then, by our clock, has been heard."""
        self._outlets.tape.cover(self._symbol, at_us + self._ahead_us)

    def end(self) -> None:
        """The link is lost: from here on nobody vouches."""
        self._is_over = True

    def status(self) -> FeedStatus:
        newest_at = None if self._newest_us is None else utc_from_micros(self._newest_us)
        if self._is_over:
            words = feed_words.link_lost(self._symbol)
            return FeedStatus(self._symbol, FeedSource.DTC, FeedState.STALE, words, newest_at=newest_at)
        if newest_at is None:
            words = feed_words.nothing_yet(self._symbol)
            return FeedStatus(self._symbol, FeedSource.DTC, FeedState.WAITING, words)
        return FeedStatus(self._symbol, FeedSource.DTC, FeedState.LIVE, "", self._lag_us, newest_at)

    def _tell_the_time(self, first_us: int, newest_us: int) -> None:
        ahead_us = newest_us - micros_from_utc(self._outlets.now())
        is_same = abs(ahead_us) <= _SAME_TIME_US
        self._lag_us = rounded_lag(-ahead_us) if is_same else None
        if self._newest_us is None and not is_same:
            # The time that passed since the subscription was not this market's.
            self._outlets.tape.take_back(self._symbol, self._began_us)
            self._outlets.tape.begin_stretch(self._symbol, FeedSource.DTC, first_us)
        self._ahead_us = 0 if is_same else ahead_us


def _to_rows(trades: Sequence[Traded]) -> TapeRows:
    _, prices, times_us, lots, hits = zip(*trades, strict=True)
    at_us, price, hit = np.array(times_us, np.int64), np.array(prices, np.float64), np.array(hits, np.int8)
    volume = np.clip(np.array(lots, np.float64), 0, _MOST_LOTS).astype(np.int64)
    is_coarse = not (at_us % _SECOND_US).any()
    resolution_us = _SECOND_US if is_coarse else 1
    volumes = (volume, volume * (hit < 0), volume * (hit > 0))
    return TapeRows.of(at_us, (price, price, price), volumes, resolution_us)
