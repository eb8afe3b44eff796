"""The newest price of each symbol, handed from the thread that reads to the window that draws."""

from datetime import datetime
from typing import NamedTuple

from core.values import utc_from_micros


class Quote(NamedTuple):
    """The last trade of a symbol; `at_us` is the venue's time in microseconds. One is made for every tick.

    Where it is not confirmed its number may not be on the trader's scale. One that was recorded comes late: its time
    does not tell what time it is at the exchange.
    """

    price: float
    at_us: int
    is_confirmed: bool = True
    is_recorded: bool = False

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

    def observe_recorded(self, symbol: str, price: float, at_us: int, *, is_confirmed: bool) -> None:
        self._newest[symbol] = Quote(price, at_us, is_confirmed, is_recorded=True)
        self.tick_count += 1

    def latest(self) -> dict[str, Quote]:
        """The newest quote of every symbol seen so far, by normalised symbol."""
        return dict(self._newest)
