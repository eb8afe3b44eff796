"""What happens at the exchange, in one order for everybody: ticks, the orders after them, and who must hear of it."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from core.errors import CommandRefused, StorageUnavailable
from core.order import OrderKind
from data.dtc.messages import Message
from data.feeds.tick import Tick
from data.practice.exchange import Exchange, Outcome
from data.practice.manners import Manners
from data.practice.orders import Ticket
from data.practice.quirks.quirk import Messages
from data.practice.reports import report_outcome
from data.practice.ticket_checks import check_prices
from data.practice.trader import Trader

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """A client, as the floor sees him."""

    @property
    def watches(self) -> bool:
        """True while he is subscribed to prices."""

    def hear(self, messages: Iterable[Message]) -> None:
        """Something happened that concerns every client."""

    def hear_tick(self, tick: Tick, *, quote_moved: bool) -> None:
        """A trade went by."""


class Floor:
    """Brings market, trader and clients together. Used on the practice thread only.

    The market begins when the first client asks for prices, so that nobody misses its first tick.
    """

    def __init__(
        self,
        exchange: Exchange,
        trader: Trader,
        quirks: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing happens yet.

        Raises:
            ConfigError: there is no such quirk.
        """
        self.exchange = exchange
        self.manners = Manners(exchange, quirks)
        self._clock = clock
        self.listeners: list[Listener] = []
        self._trader = trader
        self.is_held = False  # while it is, prices move only on demand
        self._tick_count = 0
        self._begun = False

    def begin(self) -> None:
        """Somebody has asked for prices; whether he is given any or not, the market begins."""
        self._begun = True

    def due_at(self) -> float | None:
        """When the next tick is due, on the monotonic clock; None when none will come by itself."""
        watched = any(listener.watches for listener in self.listeners)
        self._begun = self._begun or watched
        if self.is_held or not self._begun or not (watched or self.exchange.market.goes_on_unwatched):
            return None
        return self.exchange.market.due_at()

    def publish_next(self, now: float) -> None:
        """The next tick, then what the trader does about it."""
        self._publish_tick(self.exchange.market.next_tick(now))

    def go_to(self, price: Decimal) -> None:
        """One trade at the price, wherever the market was.

        Raises:
            CommandRefused: there is no such price.
        """
        check_prices(OrderKind.LIMIT, price, None, self.exchange.listing.contract)
        self._publish_tick(self.exchange.market.go_to(float(price)))

    def advance(self, ticks: int) -> None:
        """The market's next so many ticks, at once, or as many as there are."""
        for _ in range(ticks):
            if self.exchange.market.due_at() is None:
                return
            self.publish_next(self._clock())

    def _publish_tick(self, tick: Tick) -> None:
        before = self.exchange.last_tick
        quote_moved = (tick.bid, tick.ask) != (before.bid, before.ask)
        reached = self.exchange.observe(tick)
        for listener in self.listeners:
            listener.hear_tick(tick, quote_moved=quote_moved)
        if reached is not None:
            self.publish(reached)
        number, self._tick_count = self._tick_count, self._tick_count + 1
        self._let_trader_act(number, tick)

    def _let_trader_act(self, number: int, tick: Tick) -> None:
        try:
            for outcome in self._trader(number, tick, self.exchange):
                self.publish(outcome)
        except (CommandRefused, StorageUnavailable) as error:
            _log.warning("The trader could not do what he wanted: %s", error)

    def trade(self, ticket: Ticket, parts: Sequence[int] = ()) -> Outcome:
        """Takes an order and tells everybody.

        Raises:
            CommandRefused, StorageUnavailable: nothing happened.
        """
        return self.publish(self.exchange.execute(ticket, parts))

    def publish(self, outcome: Outcome) -> Outcome:
        """Tells everybody what has happened, in the manner that is on."""
        self.tell(self.manners.report(list(report_outcome(outcome, self.exchange.books)), self._clock()))
        return outcome

    def tell(self, messages: Messages) -> None:
        """Every client hears it."""
        for listener in self.listeners:
            listener.hear(messages)

    def tell_overdue(self) -> None:
        """Tells what a quirk held back until now."""
        self.tell(self.manners.release(self._clock()))

    def trade_unasked(self, ticket: Ticket) -> None:
        """Executes an order that no client waits for; a refusal goes to the log."""
        try:
            self.trade(ticket)
        except (CommandRefused, StorageUnavailable) as error:
            _log.warning("%s in %s: %s", ticket.account, ticket.symbol, error)
