"""The newest price of each symbol, handed from the thread that reads to the window that draws."""

from datetime import datetime
from typing import NamedTuple

from core.values import utc_from_micros


class Quote(NamedTuple):
    """The last trade of a symbol; `at_us` is the venue's time in microseconds. One is made for every tick."""

    price: float
    at_us: int

    @property
    def at(self) -> datetime:
        return utc_from_micros(self.at_us)


class QuoteBox:
    """Keeps only the newest quote of each symbol.

    One thread observes, another looks. Each touches the dict in one operation that the interpreter does not interrupt,
    so no lock is needed. The display may skip prices; the excursion never does: it has a path of its own.
    """

    def __init__(self) -> None:
        self._newest: dict[str, Quote] = {}
        self.tick_count = 0

    def observe(self, symbol: str, price: float, at_us: int) -> None:
        self._newest[symbol] = Quote(price, at_us)
        self.tick_count += 1

    def latest(self) -> dict[str, Quote]:
        """The newest quote of every symbol seen so far, by normalised symbol."""
        return dict(self._newest)
