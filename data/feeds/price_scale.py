"""From the numbers a data service records to the prices a trader knows.

One service writes 7312.25 for a price of 7312.25, another 731225. Digits cannot tell which, so nothing here looks at
them: a price known from elsewhere, a fill or another feed, decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from data.feeds.tick import Prices

_AS_RECORDED = Decimal(1)
# Multipliers differ tenfold at least, and no market moves this much within the minutes a known price may be away.
_NEAR = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Price = recorded number times `multiplier`, on the grid of `tick_size` where that is known.

    Prices of a scale that is not confirmed may be shown as unconfirmed, and must not be reckoned with.
    """

    multiplier: Decimal
    tick_size: Decimal | None
    is_confirmed: bool

    def price(self, recorded: float) -> Decimal:
        """The price of one recorded number."""
        if self.tick_size is None:
            return (_shortest(recorded) * self.multiplier).normalize() + 0
        steps = Decimal(recorded) * self.multiplier / self.tick_size
        return steps.to_integral_value(rounding=ROUND_HALF_EVEN) * self.tick_size

    def prices(self, recorded: Prices) -> Prices:
        """As `price`, for a whole column: each the float nearest to the exact price."""
        if self.tick_size is None:
            return np.fromiter((float(self.price(number)) for number in recorded.tolist()), np.float64, len(recorded))
        per_step, (numerator, denominator) = float(self.multiplier / self.tick_size), self.tick_size.as_integer_ratio()
        prices: Prices = np.rint(recorded * per_step) * numerator / denominator
        return prices


def unconfirmed_scale(tick_size: Decimal | None) -> PriceScale:
    """The scale while no price is known to hold it against: numbers as recorded, marked so."""
    return PriceScale(_AS_RECORDED, tick_size, is_confirmed=False)


def decide_scale(
    multipliers: Iterable[Decimal], tick_size: Decimal | None, recorded: float, known: Decimal
) -> PriceScale:
    """The scale on which `recorded` is near the `known` price of the same moment.

    `multipliers` are those in use for the contract; numbers that are prices as they stand are always possible.
    Unconfirmed where none fits, or more than one does.
    """
    candidates = {_AS_RECORDED, *multipliers} if np.isfinite(recorded) else ()
    fitting = [each for each in candidates if abs(Decimal(recorded) * each - known) <= _NEAR * abs(known)]
    if len(fitting) != 1:
        return unconfirmed_scale(tick_size)
    return PriceScale(fitting[0], tick_size, is_confirmed=True)


def _shortest(recorded: float) -> Decimal:
    """The decimal that a float32 stands for."""
    return Decimal(str(np.float32(recorded)))
