"""Where the prices of an open position lie along the heat bar."""

from dataclasses import dataclass
from decimal import Decimal

from core.views import OpenView

_MARGIN = 0.06  # of the bar, kept free beyond either extreme
_LEAST_TICKS = 8  # the scale is never narrower: a trade just opened would fill the bar with one tick
_LEAST_SHARE = Decimal("0.0002")  # of the price, where the tick is unknown


@dataclass(frozen=True, slots=True)
class HeatMarks:
    """Places on one linear price scale, adverse end at 0, favourable end at 1, whichever side is held.

    `last` is None while no price is known, `stop` and `target` where no order works there.
    """

    worst: float
    entry: float
    best: float
    last: float | None
    stop: float | None = None
    target: float | None = None


def heat_marks(view: OpenView) -> HeatMarks | None:
    """The marks of an open position, or None while its prices are unknown."""
    entry, against, in_favour = view.entry_price, view.excursion.mae_points, view.excursion.mfe_points
    if entry is None or against is None or in_favour is None:
        return None
    # Measured from the average of their time: an add moves the entry, not how far it ran.
    worst, best = entry + view.side.sign * against, entry + view.side.sign * in_favour
    tick = view.contract.tick_size if view.contract else None
    least = tick * _LEAST_TICKS if tick else abs(entry) * _LEAST_SHARE
    ends = [worst, best, *(price for price in (view.stop, view.target) if price is not None)]
    span = max(max(ends) - min(ends), least) or Decimal(1)
    middle = (min(ends) + max(ends)) / 2

    def place(price: Decimal) -> float:
        share = float((price - middle) * view.side.sign / span)
        return 0.5 + share * (1.0 - 2.0 * _MARGIN)

    def place_if_known(price: Decimal | None) -> float | None:
        return None if price is None else place(price)

    last, stop, target = (place_if_known(price) for price in (view.known_price, view.stop, view.target))
    return HeatMarks(place(worst), place(entry), place(best), last, stop, target)
