"""Who trades at the exchange by himself: a seeded trader, or a script that a test wrote."""

from collections.abc import Callable, Iterable, Iterator
from random import Random

from core.order import OrderKind
from core.values import Side
from data.feeds.tick import Tick
from data.practice.exchange import Exchange, Outcome
from data.practice.listing import SIM_ACCOUNT
from data.practice.orders import Ticket

# What somebody does at the exchange right after tick `number` (from 0, since it started), step by step.
Trader = Callable[[int, Tick, Exchange], Iterable[Outcome]]

DEMO_PACE = 2.8  # orders a second; with partial fills and waiting for ticks, well over two fills a second

_MOST_HELD = 4
_FIRST_ORDER_US = (100_000, 300_000)
_UNEVEN = (0.5, 1.5)
_OPENINGS = (1, 1, 1, 2, 2, 3)
_MOVES = ("add", "reduce", "reverse", "close")
_WEIGHTS = (0.46, 0.38, 0.06, 0.10)  # a position lives for several seconds, long enough to be looked at
# In ticks from the average price: near enough to be seen, far enough that most positions end by a decision.
_STOP_TICKS = (10, 14)
_TARGET_TICKS = (16, 24)
_EXITS = _STOP, _TARGET = "trader-stop", "trader-target"  # so that he leaves the orders of others alone


def nobody(_number: int, _tick: Tick, _exchange: Exchange) -> Iterable[Outcome]:
    """Trades nothing."""
    return ()


def follow_script(symbol: str, steps: Iterable[tuple[int, str, Side, int]]) -> Trader:
    """A trader who does just what is written: (tick number from 0, account, side, lots), in the order given."""
    by_tick: dict[int, list[Ticket]] = {}
    for number, account, side, qty in steps:
        by_tick.setdefault(number, []).append(Ticket(account, symbol, side, qty))
    return lambda number, _tick, exchange: (exchange.execute(ticket) for ticket in by_tick.get(number, ()))


class ScriptedTrader:
    """Opens either way, adds, reduces, reverses and closes on `Sim1`, always behind a stop and a target.

    Seeded, and timed by the stamps of the ticks: the same seed on the same recording gives the same orders at any
    speed. He goes on from the position he finds. Used on the practice thread only.
    """

    def __init__(self, seed: int, symbol: str, pace: float = DEMO_PACE) -> None:
        self._random = Random(seed)
        self._symbol = symbol
        self._mean_wait_us = 1_000_000 / pace
        self._due_us: float | None = None

    def trade(self, _number: int, tick: Tick, exchange: Exchange) -> Iterator[Outcome]:
        """One order when it is time for one, then whatever his stop and target need to fit the position."""
        if self._is_due(tick):
            change = self._change(self._held(exchange))
            yield exchange.execute(Ticket(SIM_ACCOUNT, self._symbol, _side_of(change), abs(change)))
        yield from self._fit_exits(exchange)

    def _is_due(self, tick: Tick) -> bool:
        if self._due_us is None:
            self._due_us = tick.at_us + self._random.uniform(*_FIRST_ORDER_US)
        if tick.at_us < self._due_us:
            return False
        wait = self._random.uniform(*_UNEVEN) * self._mean_wait_us
        self._due_us = max(self._due_us + wait, tick.at_us)
        return True

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

    def _fit_exits(self, exchange: Exchange) -> Iterator[Outcome]:
        held = self._held(exchange)
        exits = [order for order in exchange.orders if order.client_order_id in _EXITS]
        wrong = [order for order in exits if order.side.sign * held >= 0]
        for order in wrong:
            if order.order_id in exchange.orders:  # its twin may have taken it along
                yield exchange.cancel(order.order_id)
        for order in exits:
            if order not in wrong and order.remaining != abs(held):
                yield exchange.replace(order.order_id, order.filled + abs(held), None, None)
        if held and len(wrong) == len(exits):
            yield exchange.link(*self._exits(held, exchange))

    def _exits(self, held: int, exchange: Exchange) -> tuple[Ticket, Ticket]:
        """A stop and a target for a position without any, on the tick grid around its average price."""
        contract = exchange.listing.contract
        average = contract.snap(exchange.books.position(SIM_ACCOUNT, self._symbol).average_price)
        onward = (1 if held > 0 else -1) * contract.tick_size
        side = _side_of(-held)

        def exit_order(name: str, kind: OrderKind, ticks: int) -> Ticket:
            return Ticket(SIM_ACCOUNT, self._symbol, side, abs(held), name, kind, average + ticks * onward)

        stop, target = self._random.randint(*_STOP_TICKS), self._random.randint(*_TARGET_TICKS)
        return exit_order(_STOP, OrderKind.STOP, -stop), exit_order(_TARGET, OrderKind.LIMIT, target)

    def _held(self, exchange: Exchange) -> int:
        return exchange.books.position(SIM_ACCOUNT, self._symbol).qty


def _side_of(signed_qty: int) -> Side:
    return Side.BUY if signed_qty > 0 else Side.SELL
