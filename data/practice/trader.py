"""Who trades at the exchange by himself: a seeded trader, or a script that a test wrote."""

from collections.abc import Callable, Iterable
from random import Random

from core.values import Side
from data.feeds.tick import Tick
from data.practice.books import Books
from data.practice.exchange import MarketOrder
from data.practice.listing import SIM_ACCOUNT

# What to do right after tick `number` (from 0, since the exchange started), given the books.
Trader = Callable[[int, Tick, Books], Iterable[MarketOrder]]

DEMO_PACE = 2.8  # orders a second; with partial fills and waiting for ticks, well over two fills a second

_MOST_HELD = 4
_FIRST_ORDER_US = (100_000, 300_000)
_UNEVEN = (0.5, 1.5)
_OPENINGS = (1, 1, 1, 2, 2, 3)
_MOVES = ("add", "reduce", "reverse", "close")
_WEIGHTS = (0.46, 0.38, 0.06, 0.10)  # a position lives for several seconds, long enough to be looked at


def nobody(_number: int, _tick: Tick, _books: Books) -> Iterable[MarketOrder]:
    """Trades nothing."""
    return ()


def follow_script(symbol: str, steps: Iterable[tuple[int, str, Side, int]]) -> Trader:
    """A trader who does just what is written: (tick number from 0, account, side, lots), in the order given."""
    by_tick: dict[int, list[MarketOrder]] = {}
    for number, account, side, qty in steps:
        by_tick.setdefault(number, []).append(MarketOrder(account, symbol, side, qty))
    return lambda number, _tick, _books: by_tick.get(number, ())


class ScriptedTrader:
    """Opens either way, adds, reduces, reverses and closes on `Sim1`; seeded, and timed by the stamps of the ticks.

    So the same seed on the same recording gives the same orders at any speed. He goes on from the position he finds.
    Used on the practice thread only.
    """

    def __init__(self, seed: int, symbol: str, pace: float = DEMO_PACE) -> None:
        self._random = Random(seed)
        self._symbol = symbol
        self._mean_wait_us = 1_000_000 / pace
        self._due_us: float | None = None

    def decide(self, _number: int, tick: Tick, books: Books) -> Iterable[MarketOrder]:
        """One order when it is time for one, else none."""
        if self._due_us is None:
            self._due_us = tick.at_us + self._random.uniform(*_FIRST_ORDER_US)
        if tick.at_us < self._due_us:
            return ()
        wait = self._random.uniform(*_UNEVEN) * self._mean_wait_us
        self._due_us = max(self._due_us + wait, tick.at_us)
        change = self._change(books.position(SIM_ACCOUNT, self._symbol).qty)
        return (MarketOrder(SIM_ACCOUNT, self._symbol, Side.BUY if change > 0 else Side.SELL, abs(change)),)

    def _change(self, held: int) -> int:
        """Signed lots to trade from a position of `held` signed lots."""
        if held == 0:
            return self._random.choice((1, -1)) * self._random.choice(_OPENINGS)
        side = 1 if held > 0 else -1
        room = _MOST_HELD - abs(held)
        match self._random.choices(_MOVES, _WEIGHTS)[0]:
            case "add" | "reduce" as move if room > 0 and (move == "add" or abs(held) == 1):
                return side * self._random.randint(1, min(room, 2))
            case "add" | "reduce" if abs(held) > 1:
                return -side * self._random.randint(1, abs(held) - 1)
            case "reverse":
                return -held - side * self._random.choice(_OPENINGS)
            case _:
                return -held
