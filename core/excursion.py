"""How far a trade ran against and for its holder.

Between two executions the running P&L is monotone in price, so the lowest and highest price of each stretch give MAE
and MFE exactly. Everything here is in points times quantity; times the point value it is money.
"""

from dataclasses import dataclass
from decimal import Decimal

from core.values import PriceRange


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held over one stretch: running P&L at price P is `cash + qty * P`."""

    qty: Decimal  # signed
    cash: Decimal  # minus the sum of signed quantity times price over the trade's executions
    average: Decimal  # average price of what is open

    def running(self, price: Decimal) -> Decimal:
        """Realised so far plus open, in points times quantity."""
        return self.cash + self.qty * price

    def open_points(self, price: Decimal) -> Decimal:
        """Points per lot between the average price and `price`, positive when in favour."""
        return price - self.average if self.qty > 0 else self.average - price


@dataclass(frozen=True, slots=True)
class Excursion:
    """The extremes of a trade so far; `worst` and its kin never exceed 0, `best` and its kin never fall below."""

    worst: Decimal
    best: Decimal
    worst_points: Decimal
    best_points: Decimal
    prices: PriceRange

    @staticmethod
    def start(price: Decimal) -> "Excursion":
        zero = Decimal(0)
        return Excursion(zero, zero, zero, zero, PriceRange.at(price))

    def over(self, holding: Holding, seen: PriceRange) -> "Excursion":
        """The extremes after `holding` lived through the prices `seen`."""
        ends = (seen.low, seen.high)
        running = [holding.running(price) for price in ends]
        points = [holding.open_points(price) for price in ends]
        return Excursion(
            worst=min(self.worst, *running),
            best=max(self.best, *running),
            worst_points=min(self.worst_points, *points),
            best_points=max(self.best_points, *points),
            prices=self.prices.including(seen),
        )
