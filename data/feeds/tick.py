"""One trade that went by, and many of them as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.values import Side

_AGGRESSORS = {1: Side.BUY, -1: Side.SELL, 0: None}


class Tick(NamedTuple):
    """A trade with the quote it met: `at_us` microseconds UTC, prices as recorded, `aggressor` None where unknown."""

    at_us: int
    price: float
    size: int
    aggressor: Side | None
    bid: float
    ask: float


@dataclass(frozen=True, slots=True)
class TickBlock:
    """Ticks in recorded order, one array per field; `aggressor` is +1 bought at the ask, -1 sold at the bid, else 0."""

    at_us: npt.NDArray[np.int64]
    price: npt.NDArray[np.float64]
    size: npt.NDArray[np.int64]
    aggressor: npt.NDArray[np.int8]
    bid: npt.NDArray[np.float64]
    ask: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.at_us)

    def ticks(self) -> Iterator[Tick]:
        aggressors = (_AGGRESSORS[code] for code in self.aggressor.tolist())
        columns = (self.price.tolist(), self.size.tolist(), aggressors, self.bid.tolist(), self.ask.tolist())
        return map(Tick, self.at_us.tolist(), *columns)
