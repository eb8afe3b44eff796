"""The seeded walk and the seeded trader: what a viewer of the demo will see."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from core.order import OrderKind
from core.values import Side
from data.feeds.tick import Tick
from data.practice.exchange import Exchange, Outcome
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT, list_contract
from data.practice.orders import Ticket
from data.practice.state_file import Unsaved
from data.practice.trader import ScriptedTrader, follow_script
from data.practice.walk import PriceWalk

_MINUTE = 60.0
_START_US = 1_795_000_000_000_000


class _Day:
    """A market that runs by a clock of its own, so that a minute takes no time."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.walk = PriceWalk(seed, Decimal("0.25"), clock_us=lambda: _START_US + round(self.now * 1e6))
        self.exchange = Exchange(list_contract(DEFAULT_SYMBOL), self.walk, Unsaved(), seed)

    def ticks(self, seconds: float) -> Iterator[Tick]:
        while self.now < seconds:
            tick = self.walk.next_tick(self.now)
            self.exchange.observe(tick)
            yield tick
            self.now = self.walk.due_at()


def _held_after(_outcome: Outcome, exchange: Exchange) -> int:
    return exchange.books.position(SIM_ACCOUNT, DEFAULT_SYMBOL).qty


def _trade_a_minute(seed: int) -> tuple[Exchange, list[int]]:
    day = _Day(seed)
    trader = ScriptedTrader(seed, DEFAULT_SYMBOL)
    held = []
    for number, tick in enumerate(day.ticks(_MINUTE)):
        held += [_held_after(outcome, day.exchange) for outcome in trader.trade(number, tick, day.exchange)]
    return day.exchange, held


def test_the_walk_trades_several_times_a_second_on_the_grid_with_unique_times() -> None:
    ticks = list(_Day(7).ticks(_MINUTE))
    assert 5 * _MINUTE < len(ticks) < 20 * _MINUTE
    assert all(tick.price % 0.25 == 0 and tick.ask - tick.bid == 0.25 for tick in ticks)
    assert all(tick.price == (tick.ask if tick.aggressor is Side.BUY else tick.bid) for tick in ticks)
    assert all(earlier.at_us < later.at_us for earlier, later in pairwise(ticks))
    assert len({tick.price for tick in ticks}) > 8


def test_the_walk_never_pauses_long_and_sometimes_bursts() -> None:
    waits = [later.at_us - earlier.at_us for earlier, later in pairwise(_Day(7).ticks(_MINUTE))]
    assert max(waits) <= 300_000
    assert sum(wait <= 20_000 for wait in waits) > 50


def test_the_same_seed_walks_the_same_way() -> None:
    first, second, other = (list(_Day(seed).ticks(5.0)) for seed in (3, 3, 4))
    assert first == second != other


@pytest.mark.parametrize("seed", range(5))
def test_the_trader_fills_at_least_twice_a_second_and_holds_four_at_most(seed: int) -> None:
    exchange, held = _trade_a_minute(seed)
    fills = exchange.books.accounts[SIM_ACCOUNT].fills
    assert len(fills) >= 2 * _MINUTE
    assert fills[0].at_us - _START_US < 600_000
    assert max(map(abs, held)) <= 4


@pytest.mark.parametrize("seed", range(5))
def test_the_trader_opens_adds_reduces_reverses_and_closes_both_ways(seed: int) -> None:
    _exchange, held = _trade_a_minute(seed)
    steps = list(pairwise([0, *held]))
    assert {1, -1} <= {(after > 0) - (after < 0) for before, after in steps if before == 0}
    assert sum(abs(after) > abs(before) > 0 and after * before > 0 for before, after in steps) > 15, "adds"
    assert sum(0 < abs(after) < abs(before) and after * before > 0 for before, after in steps) > 3, "reductions"
    assert sum(after * before < 0 for before, after in steps) > 1, "reversals"
    assert sum(after == 0 for _before, after in steps) > 6, "closes"


def test_the_trader_goes_on_from_the_position_he_finds() -> None:
    day = _Day(1)
    day.exchange.execute(Ticket(SIM_ACCOUNT, DEFAULT_SYMBOL, Side.SELL, 7))
    trader = ScriptedTrader(1, DEFAULT_SYMBOL)
    for number, tick in enumerate(day.ticks(_MINUTE)):
        for _outcome in trader.trade(number, tick, day.exchange):
            held = day.exchange.books.position(SIM_ACCOUNT, DEFAULT_SYMBOL).qty
            assert abs(held) <= 7
    assert abs(day.exchange.books.position(SIM_ACCOUNT, DEFAULT_SYMBOL).qty) <= 4


def test_a_script_is_followed_to_the_tick() -> None:
    day = _Day(1)
    trader = follow_script(DEFAULT_SYMBOL, [(2, SIM_ACCOUNT, Side.BUY, 1), (2, SIM_ACCOUNT, Side.SELL, 3)])
    tick = next(day.ticks(1.0))
    outcomes = [list(trader(number, tick, day.exchange)) for number in range(4)]
    orders = [[outcome.changes[0].order for outcome in after] for after in outcomes]
    assert [[(order.side, order.qty) for order in after] for after in orders] == [
        [],
        [],
        [(Side.BUY, 1), (Side.SELL, 3)],
        [],
    ]


def test_large_orders_are_sometimes_filled_in_parts() -> None:
    exchange, _held = _trade_a_minute(2)
    parts: dict[str, int] = {}
    for fill in exchange.books.accounts[SIM_ACCOUNT].fills:
        parts[fill.order_id] = parts.get(fill.order_id, 0) + 1
    assert {1, 2} == set(parts.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_trader_is_never_without_a_stop_and_a_target_for_all_he_holds(seed: int) -> None:
    day = _Day(seed)
    trader = ScriptedTrader(seed, DEFAULT_SYMBOL)
    checked, reached = 0, 0
    for number, tick in enumerate(day.ticks(_MINUTE)):
        outcomes = list(trader.trade(number, tick, day.exchange))
        reached += sum(len(outcome.fills) for outcome in outcomes)
        held = day.exchange.books.position(SIM_ACCOUNT, DEFAULT_SYMBOL).qty
        exits = {order.kind: order for order in day.exchange.orders}
        if not held:
            assert exits == {}
            continue
        checked += 1
        stop, target = exits.pop(OrderKind.STOP), exits.pop(OrderKind.LIMIT)
        assert exits == {}
        assert stop.remaining == target.remaining == abs(held)
        assert stop.side is target.side is (Side.SELL if held > 0 else Side.BUY)
    assert checked > 100
    assert len(day.exchange.books.accounts[SIM_ACCOUNT].fills) > reached, "no stop or target was ever reached"


def test_the_trader_leaves_the_orders_of_others_alone() -> None:
    day = _Day(1)
    far = Ticket(SIM_ACCOUNT, DEFAULT_SYMBOL, Side.BUY, 1, "mine", OrderKind.LIMIT, Decimal(4000))
    day.exchange.execute(far)
    trader = ScriptedTrader(1, DEFAULT_SYMBOL)
    for number, tick in enumerate(day.ticks(_MINUTE / 4)):
        list(trader.trade(number, tick, day.exchange))
    assert "mine" in {order.client_order_id for order in day.exchange.orders}


def test_the_same_seed_trades_the_same_way() -> None:
    first, second = (_trade_a_minute(5)[0].books.accounts[SIM_ACCOUNT].fills for _ in range(2))
    assert [(fill.side, fill.qty, fill.price, fill.at_us) for fill in first] == [
        (fill.side, fill.qty, fill.price, fill.at_us) for fill in second
    ]
