"""Where the prices of an open position lie along the heat bar."""

from dataclasses import dataclass
from decimal import Decimal

from core.values import PositionSide
from core.views import OpenView

_MARGIN = 0.06  # of the bar, kept free beyond either extreme
_LEAST_TICKS = 8  # the scale is never narrower: a trade just opened would fill the bar with one tick
_LEAST_SHARE = Decimal("0.0002")  # of the price, where the tick is unknown


@dataclass(frozen=True, slots=True)
class HeatMarks:
    """Places on one linear price scale, adverse end at 0, favourable end at 1, whichever side is held.

    `last` is None while no price is known.
    """

    worst: float
    entry: float
    best: float
    last: float | None


def heat_marks(view: OpenView) -> HeatMarks | None:
    """The marks of an open position, or None while its prices are unknown."""
    entry, prices = view.entry_price, view.prices
    if entry is None or prices is None:
        return None
    is_long = view.side is PositionSide.LONG
    worst, best = (prices.low, prices.high) if is_long else (prices.high, prices.low)
    tick = view.contract.tick_size if view.contract else None
    least = tick * _LEAST_TICKS if tick else abs(entry) * _LEAST_SHARE
    span = max(prices.high - prices.low, least) or Decimal(1)
    middle = (prices.low + prices.high) / 2

    def place(price: Decimal) -> float:
        share = float((price - middle) * view.side.sign / span)
        return 0.5 + share * (1.0 - 2.0 * _MARGIN)

    last = None if view.last_price is None else place(view.last_price)
    return HeatMarks(place(worst), place(entry), place(best), last)
