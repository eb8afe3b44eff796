"""A seeded day of trading: facts of every kind, in an order in which a broker could send them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from random import Random

from core.facts import (
    AccountsListed,
    BalanceReported,
    Fact,
    Fill,
    FillsListed,
    LinkDown,
    PositionReported,
    PositionsListed,
    PricesSeen,
)
from tests.fills import at, fill, prices
from tests.integration.conftest import LINK_UP

ACCOUNTS = ("120005", "Sim1")
SYMBOLS = ("MESZ26", "ESZ26")  # the contract table of the tests knows the first only
_Key = tuple[str, str]


class Trading:
    """Makes facts one after the other; fills open, add, reduce, close and flip, long and short, in several keys."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._number = 0
        self._quantities: dict[_Key, int] = defaultdict(int)
        self.fills: list[Fill] = []

    def facts(self, count: int) -> list[Fact]:
        made: list[Fact] = []
        kinds: dict[Callable[[], list[Fact]], int] = {
            self._fill: 60, self._prices: 16, self._batch: 9, self._report: 5, self._balance: 4, self._positions: 3,
            self._reconnect: 3,
        }  # fmt: skip
        while len(made) < count:
            (make,) = self._random.choices([*kinds], [*kinds.values()])
            made += make()
        return made

    def log_on(self, fills: Iterable[Fill]) -> list[Fact]:
        """A new link whose back-fill tells `fills` again, once for each account."""
        made = list(fills)
        listed = [FillsListed(name, tuple(each for each in made if each.account == name)) for name in ACCOUNTS]
        return [LINK_UP, AccountsListed(ACCOUNTS), *listed]

    def next_fill(self) -> Fill:
        key = (self._random.choice(ACCOUNTS), self._random.choice(SYMBOLS))
        held = self._quantities[key]
        wanted = self._random.choice([held + 1, held - 1, held + 2, held - 2, 0, 0, -held]) - held
        qty = wanted or self._random.choice([1, -1])
        self._quantities[key] += qty
        self._number += 1
        made = fill(qty, self._price(), self._number, account=key[0], symbol=key[1])
        self.fills.append(made)
        return made

    def _price(self) -> str:
        return str(Decimal(20_000 + self._random.randint(-80, 80)) / 4)

    def _fill(self) -> list[Fact]:
        return [self.next_fill()]

    def _prices(self) -> list[Fact]:
        low, high = sorted((self._price(), self._price()))
        return [PricesSeen(self._random.choice(SYMBOLS), prices(low, high))]

    def _batch(self) -> list[Fact]:
        """New fills and some told before, of one account and of the other, in any order."""
        fills = [self.next_fill() for _ in range(self._random.randint(1, 4))]
        fills += self._random.sample(self.fills, min(2, len(self.fills)))
        self._random.shuffle(fills)
        return [FillsListed(self._random.choice(ACCOUNTS), tuple(fills))]

    def _report(self) -> list[Fact]:
        return [self._position(*self._random.choice([(name, symbol) for name in ACCOUNTS for symbol in SYMBOLS]))]

    def _position(self, account: str, symbol: str) -> PositionReported:
        return PositionReported(account, symbol, Decimal(self._quantities[account, symbol]), at(self._number))

    def _positions(self) -> list[Fact]:
        account = self._random.choice(ACCOUNTS)
        return [PositionsListed(account, tuple(self._position(account, each) for each in SYMBOLS), at(self._number))]

    def _balance(self) -> list[Fact]:
        return [BalanceReported(self._random.choice(ACCOUNTS), Decimal(self._price()), "USD", at(self._number))]

    def _reconnect(self) -> list[Fact]:
        """The link is cut; a live fill comes before the back-fill that tells it, too."""
        early = self.next_fill()
        told = [*self.fills[-6:], self.next_fill()]
        return [LinkDown("cut", at(self._number)), *self.log_on(())[:2], early, *self.log_on(told)[2:]]


def fills_of(fact: Fact) -> tuple[Fill, ...]:
    match fact:
        case Fill():
            return (fact,)
        case FillsListed():
            return fact.fills
        case _:
            return ()


def ids_of(facts: Iterable[Fact]) -> set[tuple[str, str]]:
    """What the fills in `facts` are named, by account."""
    return {(each.account, each.execution_id) for fact in facts for each in fills_of(fact)}


def as_if_never_seen(fact: Fact, stamp: int) -> Fact:
    """What a ledger without uniqueness sees in a repetition: a new fill, of a new order."""

    def renamed(each: Fill) -> Fill:
        return replace(each, execution_id=f"{each.execution_id}/{stamp}", order_id=f"{each.order_id}/{stamp}")

    match fact:
        case Fill():
            return renamed(fact)
        case FillsListed():
            return replace(fact, fills=tuple(renamed(each) for each in fact.fills))
        case _:
            return fact
