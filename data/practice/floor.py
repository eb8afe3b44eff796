"""What happens at the exchange, in one order for everybody: ticks, the orders after them, and who must hear of it."""

import logging
from collections.abc import Iterable
from typing import Protocol

from core.errors import CommandRefused, StorageUnavailable
from data.dtc.messages import Message
from data.feeds.tick import Tick
from data.practice.exchange import Exchange, MarketOrder
from data.practice.reports import report_execution
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

    The market begins when the first client subscribes, so that nobody misses its first tick.
    """

    def __init__(self, exchange: Exchange, trader: Trader) -> None:
        self.exchange = exchange
        self.listeners: list[Listener] = []
        self._trader = trader
        self._tick_count = 0
        self._begun = False

    def due_at(self) -> float | None:
        """When the next tick is due, on the monotonic clock; None when none will come by itself."""
        watched = any(listener.watches for listener in self.listeners)
        self._begun = self._begun or watched
        if not self._begun or not (watched or self.exchange.market.goes_on_unwatched):
            return None
        return self.exchange.market.due_at()

    def publish_next(self, now: float) -> None:
        """The next tick, then what the trader does about it."""
        tick = self.exchange.market.next_tick(now)
        before = self.exchange.last_tick
        quote_moved = (tick.bid, tick.ask) != (before.bid, before.ask)
        self.exchange.observe(tick)
        for listener in self.listeners:
            listener.hear_tick(tick, quote_moved=quote_moved)
        number, self._tick_count = self._tick_count, self._tick_count + 1
        for order in self._trader(number, tick, self.exchange.books):
            self.trade_unasked(order)

    def trade(self, order: MarketOrder) -> None:
        """Executes an order and tells everybody.

        Raises:
            CommandRefused, StorageUnavailable: nothing happened.
        """
        reports = list(report_execution(self.exchange.execute(order), self.exchange.books))
        for listener in self.listeners:
            listener.hear(reports)

    def trade_unasked(self, order: MarketOrder) -> None:
        """Executes an order that no client waits for; a refusal goes to the log."""
        try:
            self.trade(order)
        except (CommandRefused, StorageUnavailable) as error:
            _log.warning("%s in %s: %s", order.account, order.symbol, error)
