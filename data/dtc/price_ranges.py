"""The trades of each symbol since last handed on, as a range and in their course."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.facts import PricesSeen
from core.heat import TickRun
from core.values import PriceRange


@dataclass(slots=True)
class _Run:
    """`last_us` is the time of the last trade, which may only repeat the last price."""

    prices: list[float]
    times_us: list[int]
    last_us: int


class PriceRanges:
    """Collects on the dtc thread, a few operations a tick."""

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def note(self, symbol: str, price: float, at_us: int) -> None:
        run = self._runs.get(symbol)
        if run is None:
            self._runs[symbol] = _Run([price], [at_us], at_us)
            return
        if price != run.prices[-1]:
            run.prices.append(price)
            run.times_us.append(at_us)
        run.last_us = at_us

    def drain(self) -> Iterator[PricesSeen]:
        """What was seen since the last drain, by symbol."""
        runs, self._runs = self._runs, {}
        for symbol, run in runs.items():
            if run.last_us != run.times_us[-1]:
                run.prices.append(run.prices[-1])
                run.times_us.append(run.last_us)
            low, high = Decimal(repr(min(run.prices))), Decimal(repr(max(run.prices)))
            yield PricesSeen(symbol, PriceRange(low, high), TickRun(tuple(run.prices), tuple(run.times_us)))
