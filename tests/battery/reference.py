"""A second opinion on positions and trades, in exact fractions. It imports nothing of the program."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Deal:
    """One fill: `qty` is signed; `number` counts arrivals; `seen` are the prices since the deal before it."""

    number: int
    order: str
    qty: int
    price: Fraction | None
    at: int
    seen: Range | None = None


@dataclass
class Round:
    """From flat to flat: every figure from its definition. Unknown prices make money unknown from there on."""

    first: Deal
    direction: int
    held: int = 0
    peak: int = 0
    opened: list[tuple[int, Fraction | None, str]] = field(default_factory=list)
    closed: list[tuple[int, Fraction | None]] = field(default_factory=list)
    average: Fraction = Fraction(0)
    is_known: bool = True
    cash: Fraction = Fraction(0)
    worst: Fraction = Fraction(0)
    best: Fraction = Fraction(0)
    worst_points: Fraction = Fraction(0)
    best_points: Fraction = Fraction(0)
    low: Fraction | None = None
    high: Fraction | None = None
    last: Deal | None = None

    def add(self, qty: int, price: Fraction | None, order: str) -> None:
        self.opened.append((qty, price, order))
        if price is None:
            self.is_known = False
        else:
            self.average = (self.average * self.held + price * qty) / (self.held + qty)
            self.cash -= self.direction * qty * price
        self.held += qty
        self.peak = max(self.peak, self.held)

    def take_off(self, qty: int, price: Fraction | None) -> None:
        self.closed.append((qty, price))
        if price is None:
            self.is_known = False
        else:
            self.cash += self.direction * qty * price
        self.held -= qty

    def see(self, *prices: Fraction) -> None:
        """What the holding is worth at each price. Between two deals it is monotone, so the ends say all."""
        for price in prices if self.is_known else ():
            running = self.cash + self.direction * self.held * price
            points = self.direction * (price - self.average)
            self.worst, self.best = min(self.worst, running), max(self.best, running)
            self.worst_points, self.best_points = min(self.worst_points, points), max(self.best_points, points)
            self.low = price if self.low is None else min(self.low, price)
            self.high = price if self.high is None else max(self.high, price)

    @property
    def opened_qty(self) -> int:
        return sum(qty for qty, _, _ in self.opened)

    @property
    def reentries(self) -> int:
        """Orders that opened or added, one for each fill that names none, less the first."""
        return len({order for _, _, order in self.opened if order}) + sum(not each[2] for each in self.opened) - 1

    @property
    def entry(self) -> Fraction | None:
        return mean([(qty, price) for qty, price, _ in self.opened])

    @property
    def exit(self) -> Fraction | None:
        return mean(self.closed)

    @property
    def realised(self) -> Fraction:
        """Points times quantity realised while some are still held."""
        return self.cash + self.direction * self.held * self.average


@dataclass
class Walk:
    """All rounds of one key, the open one last if there is one, and what each deal was."""

    closed: list[Round] = field(default_factory=list)
    open: Round | None = None
    kinds: list[str] = field(default_factory=list)

    def take(self, deal: Deal) -> None:
        if self.open is not None:
            self.open.see(*(deal.seen or ()))
            if deal.price is not None:
                self.open.see(deal.price)
        self.kinds.append(self._kind_of(deal))
        if self.open is not None:
            self.open.last = deal
            if deal.price is not None:
                self.open.see(deal.price)

    def _kind_of(self, deal: Deal) -> str:
        direction, qty = (1 if deal.qty > 0 else -1), abs(deal.qty)
        current = self.open
        if current is None:
            self._begin(deal, direction, qty)
            return "initial"
        if current.direction == direction:
            is_first_order = deal.order != "" and deal.order == current.opened[0][2]
            current.add(qty, deal.price, deal.order)
            return "initial" if is_first_order else "reentry"
        closing = min(qty, current.held)
        current.take_off(closing, deal.price)
        if current.held:
            return "reduce"
        current.last = deal
        self.closed.append(current)
        self.open = None
        if qty == closing:
            return "exit"
        self._begin(deal, direction, qty - closing)
        return "flip"

    def _begin(self, deal: Deal, direction: int, qty: int) -> None:
        self.open = Round(deal, direction)
        self.open.add(qty, deal.price, deal.order)


def mean(fills: Sequence[tuple[int, Fraction | None]]) -> Fraction | None:
    total = Fraction(0)
    for qty, price in fills:
        if price is None:
            return None
        total += qty * price
    return total / sum(qty for qty, _ in fills)


def walk(deals: Sequence[Deal]) -> Walk:
    """Folds deals that stand in their order, from flat."""
    walked = Walk()
    for deal in deals:
        walked.take(deal)
    return walked
