"""The lowest and highest trade of each symbol since last handed on: ticks conflated, extremes kept."""

from collections.abc import Iterator
from decimal import Decimal

from core.facts import PricesSeen
from core.values import PriceRange


class PriceRanges:
    """Collects on the dtc thread, one dict operation a tick."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[float]] = {}

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def note(self, symbol: str, price: float) -> None:
        seen = self._ranges.get(symbol)
        if seen is None:
            self._ranges[symbol] = [price, price]
        elif price < seen[0]:
            seen[0] = price
        elif price > seen[1]:
            seen[1] = price

    def drain(self) -> Iterator[PricesSeen]:
        """What was seen since the last drain, by symbol."""
        ranges, self._ranges = self._ranges, {}
        for symbol, (low, high) in ranges.items():
            yield PricesSeen(symbol, PriceRange(Decimal(repr(low)), Decimal(repr(high))))
