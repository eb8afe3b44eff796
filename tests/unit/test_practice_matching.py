"""Whatever is asked of the exchange and wherever the market goes: its books hold, and a restart finds them again."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from msgspec import json

from core.errors import CommandRefused
from core.order import OrderKind, OrderState
from core.values import Side
from data.feeds.tick import Tick
from data.practice.books import Fill
from data.practice.exchange import Exchange, Outcome
from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT, list_contract
from data.practice.orders import Order, Placed, Ticket
from data.practice.replay import TickReplay
from data.practice.working import Event
from tests.practice_talk import START_US, SYMBOL

_LISTING = list_contract(SYMBOL)
_MIDDLE = 20200  # in ticks: 5050.00

Step = tuple[Any, ...]
_accounts = st.sampled_from((SIM_ACCOUNT, LIVE_ACCOUNT))
_sides = st.sampled_from(Side)
_ticks = st.integers(-12, 12)
_lots = st.integers(1, 4)
_kinds = st.sampled_from((OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT))
_tickets = st.builds(
    lambda account, side, qty, kind, price, limit: Ticket(
        account, SYMBOL, side, qty, "", kind, _price(price), _price(limit)
    ),
    _accounts, _sides, _lots, _kinds, _ticks, _ticks,
)  # fmt: skip
_exits = st.tuples(_ticks, _ticks)
_which = st.integers(0, 9)
_steps = st.one_of(
    st.tuples(st.just("take"), _tickets),
    st.tuples(st.just("link"), _tickets, _exits),
    st.tuples(st.just("bracket"), _tickets, _exits),
    st.tuples(st.just("cancel"), _which),
    st.tuples(st.just("replace"), _which, _lots, _ticks),
    st.tuples(st.just("fill"), _which, _lots),
    st.tuples(st.just("move"), _ticks),
)


class _Memory:
    """A state file without a file: what it gives back has been through bytes."""

    def __init__(self, run: int, events: Sequence[Event] = ()) -> None:
        self.run = run
        self.events = events
        self.fills = [event for event in events if isinstance(event, Fill)]
        self.kept = [*events]

    def append(self, events: Sequence[Event]) -> None:
        self.kept += events

    def close(self) -> None:
        pass

    def restarted(self) -> "_Memory":
        return _Memory(self.run + 1, json.decode(json.encode(self.kept), type=list[Event]))


def _price(ticks: int) -> Decimal:
    return Decimal(_MIDDLE + ticks) / 4


def _tick(ticks: int) -> Tick:
    price = float(_price(ticks))
    return Tick(START_US, price, 1, Side.SELL, price, price + 0.25)


def _open(memory: _Memory) -> Exchange:
    return Exchange(_LISTING, TickReplay([_tick(0)], Decimal("0.25")), memory, seed=1)


class _Watched:
    """An exchange under a script, and every order it ever told of."""

    def __init__(self) -> None:
        self.memory = _Memory(1)
        self.exchange = _open(self.memory)
        self.told: dict[str, Order] = {}

    def do(self, step: Step) -> None:
        try:
            outcome = self._take(step) or self._alter(step)
        except CommandRefused:
            return
        for change in outcome.changes if outcome else ():
            self.told[change.order.order_id] = change.order
            assert 0 <= change.order.filled <= change.order.qty <= change.order.wanted

    def _take(self, step: Step) -> Outcome | None:
        match step:
            case "take", ticket:
                return self.exchange.execute(ticket)
            case "link", ticket, exits:
                return self.exchange.link(*_exits_of(ticket, ticket.side, *exits))
            case "bracket", ticket, exits:
                side = Side.SELL if ticket.side is Side.BUY else Side.BUY
                return self.exchange.bracket(ticket, *_exits_of(ticket, side, *exits))
        return None

    def _alter(self, step: Step) -> Outcome | None:
        match step:
            case "cancel", which:
                return self.exchange.cancel(self._nth(which))
            case "replace", which, qty, price:
                return self.exchange.replace(self._nth(which), qty, _price(price), None)
            case "fill", which, qty:
                return self.exchange.fill(self._nth(which), qty)
            case "move", ticks:
                return self.exchange.observe(_tick(ticks))
        return None

    def _nth(self, which: int) -> str:
        names = [order.order_id for order in self.exchange.orders]
        return names[which % len(names)] if names else ""


def _exits_of(ticket: Ticket, side: Side, stop: int, target: int) -> tuple[Ticket, Ticket]:
    return (
        Ticket(ticket.account, SYMBOL, side, ticket.qty, "", OrderKind.STOP, _price(stop)),
        Ticket(ticket.account, SYMBOL, side, ticket.qty, "", OrderKind.LIMIT, _price(target)),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(_steps, max_size=25))
def test_books_and_orders_hold_whatever_is_asked(script: list[Step]) -> None:
    watched = _Watched()
    for step in script:
        watched.do(step)
        _check_books(watched)
        _check_linked(watched, is_replaced=any(what == "replace" for what, *_ in script))
        assert all(order.state in (OrderState.WORKING, OrderState.PENDING_CHILD) for order in watched.exchange.orders)


@settings(max_examples=100, deadline=None)
@given(st.lists(_steps, max_size=25), st.data())
def test_a_restart_finds_books_and_orders_as_they_were_wherever_it_was_killed(
    script: list[Step], data: st.DataObject
) -> None:
    watched = _Watched()
    for step in script:
        watched.do(step)
    again = _open(watched.memory.restarted())
    assert list(again.orders) == list(watched.exchange.orders)
    for account, book in watched.exchange.books.accounts.items():
        assert again.books.accounts[account] == book
    cut = data.draw(st.integers(0, len(watched.memory.kept)))
    _open(_Memory(1, watched.memory.kept[:cut]).restarted())  # a file that ends within a command


def _check_books(watched: _Watched) -> None:
    """Position and order follow from the fills."""
    for account, book in watched.exchange.books.accounts.items():
        assert watched.exchange.books.position(account, SYMBOL).qty == sum(
            fill.side.sign * fill.qty for fill in book.fills
        )
    filled: dict[str, int] = {}
    for fill in (event for event in watched.memory.kept if isinstance(event, Fill)):
        filled[fill.order_id] = filled.get(fill.order_id, 0) + fill.qty
    assert filled == {name: order.filled for name, order in watched.told.items() if order.filled}


def _check_linked(watched: _Watched, *, is_replaced: bool) -> None:
    """Two linked orders are never both filled whole, and together they fill no more than one of them asked for."""
    asked = {
        order.order_id: order.qty
        for event in watched.memory.kept
        if isinstance(event, Placed)
        for order in event.orders
    }
    for order in watched.told.values():
        other = watched.told.get(order.oco_id)
        if other is not None:
            assert {order.state, other.state} != {OrderState.FILLED}
            assert is_replaced or order.filled + other.filled <= asked[order.order_id]
