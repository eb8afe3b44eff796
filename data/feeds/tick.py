"""One trade that went by, and many of them as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from core.values import Side

Rows = npt.NDArray[Any]  # a structured array, one row per trade or bar
Micros = npt.NDArray[np.int64]
Prices = npt.NDArray[np.float64]
Lots = npt.NDArray[np.int64]

_AGGRESSORS = {1: Side.BUY, -1: Side.SELL, 0: None}
_PART_OF_A_BUNDLE = -1e37  # below it, open marks the first or last part of an unbundled trade


class Tick(NamedTuple):
    """A trade with the quote it met: `at_us` microseconds UTC, prices as recorded, `aggressor` None where unknown."""

    at_us: int
    price: float
    size: int
    aggressor: Side | None
    bid: float
    ask: float


@dataclass(frozen=True, eq=False)
class TickBlock:
    """Ticks in recorded order, prices as recorded; a column is taken out of the rows when it is first asked for.

    `at_us` is microseconds UTC. `rows` have the fields open, high, low, close, volume, bid_volume, ask_volume: a single
    trade has an open of 0 or of a bundle's mark, and its high and low are ask and bid; any other row is a bar.
    """

    at_us: Micros
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, chosen: npt.NDArray[np.bool_] | slice) -> "TickBlock":
        """The chosen rows, in the same order."""
        return TickBlock(self.at_us[chosen], self.rows[chosen])

    def between(self, start_us: int, end_us: int) -> "TickBlock":
        """What happened from `start_us` up to, not at, `end_us`, in the same order."""
        if self.is_in_order:
            first, end = np.searchsorted(self.at_us, (start_us, end_us)).tolist()
            return self.where(slice(first, max(first, end)))
        return self.where((self.at_us >= start_us) & (self.at_us < end_us))

    @cached_property
    def is_in_order(self) -> bool:
        """Whether no stamp steps back: then what is asked by time need not look at all of them."""
        return bool((self.at_us[1:] >= self.at_us[:-1]).all())

    @property
    def earliest_us(self) -> int:
        """The lowest stamp; there must be a row."""
        return int(self.at_us[0] if self.is_in_order else self.at_us.min())

    @property
    def latest_us(self) -> int:
        """The highest stamp; there must be a row."""
        return int(self.at_us[-1] if self.is_in_order else self.at_us.max())

    @cached_property
    def is_bar(self) -> npt.NDArray[np.bool_]:
        """Which rows hold all trades from their stamp up to the next row's, and not a single one."""
        opened = self.rows["open"]
        is_bar: npt.NDArray[np.bool_] = (opened != 0) & (opened >= _PART_OF_A_BUNDLE)
        return is_bar

    @cached_property
    def price(self) -> Prices:
        """The trade; the last one of a bar."""
        return self._floats("close")

    @cached_property
    def low(self) -> Prices:
        """The lowest trade of a row: of a single trade its own price, for there the field low is the bid."""
        return np.where(self.is_bar, self._floats("low"), self.price)

    @cached_property
    def high(self) -> Prices:
        """The highest trade of a row."""
        return np.where(self.is_bar, self._floats("high"), self.price)

    @cached_property
    def bid(self) -> Prices:
        """The bid that a trade met; a bar knows none, its price stands for it."""
        return np.where(self.is_bar, self.price, self._floats("low"))

    @cached_property
    def ask(self) -> Prices:
        """The ask that a trade met; a bar knows none, its price stands for it."""
        return np.where(self.is_bar, self.price, self._floats("high"))

    @cached_property
    def volume(self) -> Lots:
        return self._lots("volume")

    @cached_property
    def bid_volume(self) -> Lots:
        return self._lots("bid_volume")

    @cached_property
    def ask_volume(self) -> Lots:
        return self._lots("ask_volume")

    def ticks(self) -> Iterator[Tick]:
        bought, sold = self.ask_volume > 0, self.bid_volume > 0
        codes = bought.astype(np.int8) - sold.astype(np.int8)
        aggressors = (_AGGRESSORS[code] for code in codes.tolist())
        columns = (self.price.tolist(), self.volume.tolist(), aggressors, self.bid.tolist(), self.ask.tolist())
        return map(Tick, self.at_us.tolist(), *columns)

    def _floats(self, field: str) -> Prices:
        return self.rows[field].astype(np.float64)

    def _lots(self, field: str) -> Lots:
        return self.rows[field].astype(np.int64)
