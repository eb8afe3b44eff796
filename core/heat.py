"""How long a trade ran below nothing, and how far it fell back from its best: what only the course of prices tells.

Between two executions running P&L is a straight line of price, so each tick is one addition and two comparisons.
Figures are in points times quantity, as in `core.excursion`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.excursion import Holding

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TickRun:
    """Trades of one symbol in stream order, with the venue's times in microseconds.

    A trade at the price of the one before it is left out, unless it is the last: it moves no figure but the clock.
    """

    prices: tuple[float, ...] = ()
    times_us: tuple[int, ...] = ()

    def followed_by(self, later: "TickRun") -> "TickRun":
        return TickRun(self.prices + later.prices, self.times_us + later.times_us)


NO_TICKS = TickRun()


@dataclass(frozen=True, slots=True)
class Heat:
    """Time in the red and falls from the best of one trade so far.

    `total_us` counts up to `counted_until_us`, the last tick of a spell in the red; it is None outside a spell, and
    after a gap in the ticks, over which no time is counted. `peak` is the best running P&L, `pullback` the deepest fall
    from it, None where part of the course is unknown.
    """

    peak: Decimal | None = _ZERO
    pullback: Decimal | None = _ZERO
    total_us: int = 0
    spell_began_us: int | None = None
    counted_until_us: int | None = None

    def over(self, holding: Holding, ticks: TickRun) -> "Heat":
        """The heat after `holding` lived through `ticks`."""
        known: dict[float, Decimal] = {}
        course = []
        for price, at_us in zip(ticks.prices, ticks.times_us, strict=True):
            running = known.get(price)
            if running is None:
                running = known[price] = holding.running(Decimal(repr(price)))
            course.append((running, at_us))
        return self._after(course)

    def at(self, holding: Holding, price: Decimal, at_us: int) -> "Heat":
        """The heat after one execution at `price`, which is a trade like any other."""
        return self._after([(holding.running(price), at_us)])

    def cut(self) -> "Heat":
        """Ticks stop coming: what happens until the next one is not counted."""
        return Heat(self.peak, self.pullback, self.total_us, self.spell_began_us)

    def closed(self) -> "Heat":
        """The trade is over, and any spell with it."""
        return Heat(self.peak, self.pullback, self.total_us)

    def total_at(self, now_us: int) -> int:
        """The total with the spell that is running, up to a moment."""
        return self.total_us + (0 if self.counted_until_us is None else max(0, now_us - self.counted_until_us))

    def _after(self, course: Sequence[tuple[Decimal, int]]) -> "Heat":
        if not course:
            return self
        peak, deepest, total, until = self.peak, self.pullback, self.total_us, self.counted_until_us
        # A spell that reaches over a gap begins anew behind it.
        began = None if until is None else self.spell_began_us
        for running, at_us in course:
            if until is not None and at_us > until:
                total += at_us - until
            if running >= 0:
                began = until = None
            else:
                began = at_us if began is None else began
                # The venue's clock may step back; the count does not.
                until = at_us if until is None or at_us > until else until
            if peak is not None and deepest is not None:
                if running > peak:
                    peak = running
                elif peak - running > deepest:
                    deepest = peak - running
        return Heat(peak, deepest, total, began, until)
