"""The fold against a second opinion: the same trades in exact fractions, lot by lot, price by price.

The reference below imports nothing of the program: it knows the definitions and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.excursion import Excursion
from core.execution import Execution
from core.position import Position, Trade, apply_execution, entry_type_of, fold, position_after, trade_closed_by
from core.values import PriceRange
from tests.fills import execution, figures

ROUNDING = Fraction(1, 10**8)
Quarters = int  # prices of the test are counted in ticks of 0.25


@dataclass(frozen=True)
class Step:
    """`seen` are the prices that went by before this fill, one by one; `qty` is signed."""

    qty: int
    price: Quarters | None
    order: str
    seen: tuple[Quarters, ...]


@dataclass
class ReferenceTrade:
    """Opening and closing fills of one round trip, and every value it ever had."""

    direction: int
    opening: list[tuple[int, Fraction | None, str]] = field(default_factory=list)
    closing: list[tuple[int, Fraction | None]] = field(default_factory=list)
    held: int = 0
    peak: int = 0
    average: Fraction | None = Fraction(0)
    running: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    points: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    prices: list[Fraction] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        return None not in [each[1] for each in (*self.opening, *self.closing)]

    def see(self, price: Fraction) -> None:
        if self.is_known and self.average is not None:
            self.running.append(self.cash + self.direction * self.held * price)
            self.points.append(self.direction * (price - self.average))
            self.prices.append(price)

    @property
    def cash(self) -> Fraction:
        spent = sum((qty * price for qty, price, _ in self.opening if price is not None), Fraction(0))
        earned = sum((qty * price for qty, price in self.closing if price is not None), Fraction(0))
        return self.direction * (earned - spent)

    def add(self, qty: int, price: Fraction | None, order: str) -> None:
        self.opening.append((qty, price, order))
        if price is None or self.average is None:
            self.average = None
        else:
            self.average = (self.average * self.held + price * qty) / (self.held + qty)
        self.held += qty
        self.peak = max(self.peak, self.held)

    def take_off(self, qty: int, price: Fraction | None) -> None:
        self.closing.append((qty, price))
        self.held -= qty

    @property
    def entry_price(self) -> Fraction | None:
        return mean([(qty, price) for qty, price, _ in self.opening])

    @property
    def exit_price(self) -> Fraction | None:
        return mean(self.closing)

    @property
    def opened_qty(self) -> int:
        return sum(qty for qty, _, _ in self.opening)

    @property
    def reentry_count(self) -> int:
        """Orders that opened or added, one for each fill that names none, less the first."""
        named = {order for _, _, order in self.opening if order}
        return len(named) + sum(not order for _, _, order in self.opening) - 1


@dataclass
class Reference:
    """Walks through the steps; `kinds` says what each fill was."""

    trades: list[ReferenceTrade] = field(default_factory=list)
    current: ReferenceTrade | None = None
    kinds: list[str] = field(default_factory=list)

    def walk(self, steps: Sequence[Step]) -> "Reference":
        for step in steps:
            price = None if step.price is None else Fraction(step.price, 4)
            if self.current is not None:
                for seen in step.seen:
                    self.current.see(Fraction(seen, 4))
                if price is not None:
                    self.current.see(price)
            self.kinds.append(self.take(step, price))
            if self.current is not None and price is not None:
                self.current.see(price)
        return self

    def take(self, step: Step, price: Fraction | None) -> str:
        direction, qty = (1 if step.qty > 0 else -1), abs(step.qty)
        trade = self.current
        if trade is None:
            self.open(direction, qty, price, step.order)
            return "initial"
        if trade.direction == direction:
            is_first_order = step.order != "" and step.order == trade.opening[0][2]
            trade.add(qty, price, step.order)
            return "initial" if is_first_order else "reentry"
        closing = min(qty, trade.held)
        trade.take_off(closing, price)
        if trade.held:
            return "reduce"
        self.trades.append(trade)
        self.current = None
        if qty == closing:
            return "exit"
        self.open(direction, qty - closing, price, step.order)
        return "flip"

    def open(self, direction: int, qty: int, price: Fraction | None, order: str) -> None:
        self.current = ReferenceTrade(direction)
        self.current.add(qty, price, order)


def mean(fills: Sequence[tuple[int, Fraction | None]]) -> Fraction | None:
    total = Fraction(0)
    for qty, price in fills:
        if price is None:
            return None
        total += qty * price
    return total / sum(qty for qty, _ in fills)


quarters = st.integers(360, 440)
steps = st.lists(
    st.builds(
        lambda sign, qty, price, order, seen: Step(sign * qty, price, order and f"{sign}{order}", tuple(seen)),
        sign=st.sampled_from([1, -1]),
        qty=st.integers(1, 5),
        price=st.one_of(quarters, quarters, quarters, quarters, quarters, quarters, quarters, st.none()),
        order=st.sampled_from(["", "A", "B", "C"]),
        seen=st.lists(quarters, max_size=3),
    ),
    min_size=1,
    max_size=14,
)


def text(price: Quarters) -> str:
    return str(Decimal(price) / 4)


def range_of(seen: Sequence[Quarters]) -> PriceRange | None:
    return PriceRange(Decimal(text(min(seen))), Decimal(text(max(seen)))) if seen else None


def executions_of(script: Sequence[Step]) -> list[Execution]:
    return [
        execution(
            step.qty,
            None if step.price is None else text(step.price),
            number,
            order=step.order,
            seen=range_of(step.seen),
        )
        for number, step in enumerate(script, start=1)
    ]


def close_to(ours: Decimal | None, theirs: Fraction | None, fills: int) -> bool:
    """Averages are kept to eight decimals, and each fill may round once."""
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(Fraction(ours) - theirs) <= ROUNDING * fills


def assert_same_extremes(excursion: Excursion | None, trade: ReferenceTrade, fills: int) -> None:
    assert (excursion is not None) == trade.is_known
    if excursion is not None:
        assert Fraction(excursion.worst) == min(trade.running)
        assert Fraction(excursion.best) == max(trade.running)
        assert close_to(excursion.worst_points, min(trade.points), fills)
        assert close_to(excursion.best_points, max(trade.points), fills)
        assert Fraction(excursion.prices.low) == min(trade.prices)
        assert Fraction(excursion.prices.high) == max(trade.prices)


def assert_same_trade(ours: Trade, theirs: ReferenceTrade, fills: int) -> None:
    assert figures(ours.side.sign, ours.qty, ours.opened_qty) == (theirs.direction, theirs.peak, theirs.opened_qty)
    assert ours.reentry_count == theirs.reentry_count
    assert close_to(ours.entry_price, theirs.entry_price, fills=1)
    assert close_to(ours.exit_price, theirs.exit_price, fills=1)
    assert (ours.points is None) == (not theirs.is_known)
    if ours.points is not None:
        assert Fraction(ours.points) == theirs.cash
    assert_same_extremes(ours.excursion, theirs, fills)


def assert_same_position(ours: Position | None, theirs: ReferenceTrade | None, fills: int) -> None:
    assert (ours is None) == (theirs is None)
    if ours is None or theirs is None:
        return
    assert figures(ours.qty, ours.peak_qty, ours.opened_qty) == (
        theirs.direction * theirs.held,
        theirs.peak,
        theirs.opened_qty,
    )
    assert ours.reentry_count == theirs.reentry_count
    assert close_to(ours.entry_price, theirs.average, fills)
    realised = None
    if theirs.is_known and theirs.average is not None:
        realised = theirs.cash + theirs.direction * theirs.held * theirs.average
    assert close_to(ours.realized_points, realised, fills * theirs.held)
    assert_same_extremes(ours.excursion_now, theirs, fills)


@settings(deadline=None, max_examples=400)
@given(steps)
def test_every_trade_and_the_open_position_are_what_exact_fractions_give(script: Sequence[Step]) -> None:
    position, changes = fold(executions_of(script))
    reference = Reference().walk(script)
    trades = [trade for _, change in changes if (trade := trade_closed_by(change)) is not None]
    assert [entry_type_of(change, each).value for each, change in changes] == reference.kinds
    assert len(trades) == len(reference.trades)
    for ours, theirs in zip(trades, reference.trades, strict=True):
        assert_same_trade(ours, theirs, len(script))
    assert_same_position(position, reference.current, len(script))


@settings(deadline=None, max_examples=150)
@given(steps, st.lists(quarters, max_size=4))
def test_prices_seen_one_by_one_give_what_the_kept_stretches_give(
    script: Sequence[Step], after: Sequence[Quarters]
) -> None:
    """The ledger widens the running stretch as prices come and keeps it with the next execution."""
    position: Position | None = None
    kept: list[Execution] = []
    for step, bare in zip(script, executions_of([replace(each, seen=()) for each in script]), strict=True):
        if position is not None:
            for seen in step.seen:
                position = position.having_seen(PriceRange.at(Decimal(text(seen))))
        kept.append(replace(bare, stretch=position.stretch if position else None))
        position = position_after(apply_execution(position, kept[-1]))
    folded, _ = fold(kept)
    assert folded == position
    if position is not None:
        for price in after:
            position = position.having_seen(PriceRange.at(Decimal(text(price))))
        reference = Reference().walk(script)
        assert reference.current is not None
        for price in after:
            reference.current.see(Fraction(price, 4))
        assert_same_position(position, reference.current, len(script))
