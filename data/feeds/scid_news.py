"""What the ledger is told of recorded prices: only what is news, and by its time."""

from collections.abc import Callable

from core.facts import Fact, prices_seen
from data.feeds.tape_chunk import TapeRows

_MOST_AT_ONCE = 10_000  # each fact is one transaction, and no fill shall wait long behind it


class LateNews:
    """Gathers what one poll reads and hands it on at its end. While a file is read up, what was told is left out."""

    def __init__(self, symbol: str, post: Callable[[Fact], None], told_until_us: int) -> None:
        self.told_until_us = told_until_us
        self._symbol = symbol
        self._post = post
        self.is_reading_up = True
        self._gathered: list[TapeRows] = []

    def begin_anew(self) -> None:
        """What was read before is read once more."""
        self.is_reading_up = True
        self._gathered.clear()

    def gather(self, rows: TapeRows) -> None:
        """Of a bar only its last price is told: in which order it had the others nobody knows."""
        news = rows.where(rows.at_us > self.told_until_us) if self.is_reading_up else rows
        if len(news):
            self._gathered.append(news)

    def hand_on(self, *, is_caught_up: bool) -> None:
        gathered, self._gathered = self._gathered, []
        self.is_reading_up = self.is_reading_up and not is_caught_up
        for rows in gathered:
            self.told_until_us = max(self.told_until_us, int(rows.at_us.max()))
            prices, times_us = rows.price.tolist(), rows.at_us.tolist()
            for first in range(0, len(prices), _MOST_AT_ONCE):
                piece = slice(first, first + _MOST_AT_ONCE)
                self._post(prices_seen(self._symbol, prices[piece], times_us[piece]))
