"""The trades of each symbol since last handed on: as they came, and as what they mean for who held it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.facts import PricesSeen
from core.heat import TickRun
from core.values import PriceRange
from data.dtc.market import Traded


class PriceRanges:
    """Collects on the dtc thread, a few operations a tick."""

    def __init__(self) -> None:
        self._runs: dict[str, list[Traded]] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def note(self, traded: Traded) -> None:
        run = self._runs.get(traded.symbol)
        if run is None:
            self._runs[traded.symbol] = [traded]
        else:
            run.append(traded)

    def drain(self) -> Iterator[tuple[PricesSeen, Sequence[Traded]]]:
        """What was seen since the last drain, by symbol."""
        runs, self._runs = self._runs, {}
        for symbol, run in runs.items():
            yield _as_seen(symbol, run), run


def _as_seen(symbol: str, run: Sequence[Traded]) -> PricesSeen:
    """A trade at the price of the one before it says nothing new, unless it is the last: it moves the clock."""
    prices, times_us, last = [], [], None
    for _, price, at_us, _, _ in run:
        if price != last:
            prices.append(price)
            times_us.append(at_us)
            last = price
    if times_us[-1] != run[-1].at_us:
        prices.append(run[-1].price)
        times_us.append(run[-1].at_us)
    low, high = Decimal(repr(min(prices))), Decimal(repr(max(prices)))
    return PricesSeen(symbol, PriceRange(low, high), TickRun(tuple(prices), tuple(times_us)))
