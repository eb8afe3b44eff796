"""A piece of the tape: rows that are filled one after the other while others read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.tape import Ticks
from data.feeds.tick import Lots, Micros, Prices, Rows

CHUNK_ROWS = 16_384

_ROW = np.dtype(
    [
        ("at_us", "i8"), ("price", "f8"), ("low", "f8"), ("high", "f8"),
        ("volume", "i8"), ("bid_volume", "i8"), ("ask_volume", "i8"),
    ]
)  # fmt: skip
_TIMES = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class TapeRows:
    """Trades in the order in which they came: times in microseconds UTC, prices on the trader's scale.

    A single trade is its own low and high; a bar has the time of its first trade and the price of its last. Volumes are
    0 where the source does not tell them. `resolution_us` is how coarse the times are.
    """

    rows: Rows
    resolution_us: int = 1

    @staticmethod
    def of(
        at_us: Micros,
        prices: tuple[Prices, Prices, Prices],
        volumes: tuple[Lots, Lots, Lots],
        resolution_us: int = 1,
    ) -> "TapeRows":
        """From columns of one length: prices are last, low and high, volumes all, at the bid and at the ask."""
        rows = np.empty(len(at_us), _ROW)
        for name, column in zip(_ROW.names or (), (at_us, *prices, *volumes), strict=True):
            rows[name] = column
        return TapeRows(rows, resolution_us)

    @staticmethod
    def joined(pieces: Sequence["TapeRows"]) -> "TapeRows | None":
        """One after the other; None where there are none."""
        if not pieces:
            return None
        return TapeRows(np.concatenate([each.rows for each in pieces]), max(each.resolution_us for each in pieces))

    def __len__(self) -> int:
        return len(self.rows)

    def in_order(self) -> "TapeRows":
        """By time, equal times in the order in which they came."""
        if (self.at_us[1:] >= self.at_us[:-1]).all():
            return self
        return self.where(np.argsort(self.at_us, kind="stable"))

    def ticks(self) -> Ticks:
        """As columns of their own; there must be an order."""
        at_us, prices = self.at_us.copy(), self.price.copy()
        if (self.low == self.high).all():
            return Ticks(at_us, prices, self.resolution_us)
        return Ticks(at_us, prices, self.resolution_us, self.low.copy(), self.high.copy())

    def where(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "TapeRows":
        """The chosen rows."""
        return TapeRows(self.rows[chosen], self.resolution_us)

    @property
    def at_us(self) -> Micros:
        return self._times("at_us")

    @property
    def price(self) -> Prices:
        return self._prices("price")

    @property
    def low(self) -> Prices:
        return self._prices("low")

    @property
    def high(self) -> Prices:
        return self._prices("high")

    @property
    def volume(self) -> Lots:
        return self._times("volume")

    @property
    def bid_volume(self) -> Lots:
        return self._times("bid_volume")

    @property
    def ask_volume(self) -> Lots:
        return self._times("ask_volume")

    def _times(self, name: str) -> npt.NDArray[np.int64]:
        column: npt.NDArray[np.int64] = self.rows[name]
        return column

    def _prices(self, name: str) -> Prices:
        column: Prices = self.rows[name]
        return column


class TapeChunk:
    """Up to `CHUNK_ROWS` rows. One thread appends; any other may read at the same time, without a lock.

    Rows are written before `count` says that they are there, and are never touched again: a reader looks at `count`
    first and at nothing behind it. The span may already be that of rows still to come.
    """

    def __init__(self) -> None:
        self._rows: Rows = np.empty(CHUNK_ROWS, _ROW)
        self.count = 0
        self.earliest_us: int = _TIMES.max
        self.latest_us: int = _TIMES.min
        self._resolution_us = 1

    @property
    def room(self) -> int:
        return CHUNK_ROWS - self.count

    def append(self, rows: TapeRows) -> None:
        """Takes rows for which there is room; one at least."""
        end = self.count + len(rows)
        self._rows[self.count : end] = rows.rows
        self.earliest_us = min(self.earliest_us, int(rows.at_us.min()))
        self.latest_us = max(self.latest_us, int(rows.at_us.max()))
        self._resolution_us = max(self._resolution_us, rows.resolution_us)
        self.count = end

    def between(self, start_us: int, end_us: int) -> TapeRows | None:
        """The rows from `start_us` up to, not at, `end_us`; None where there are none."""
        count = self.count
        if not count or self.latest_us < start_us or self.earliest_us >= end_us:
            return None
        rows = TapeRows(self._rows[:count], self._resolution_us)
        if start_us <= self.earliest_us and self.latest_us < end_us:
            return rows
        chosen = (rows.at_us >= start_us) & (rows.at_us < end_us)
        return rows.where(chosen) if chosen.any() else None
