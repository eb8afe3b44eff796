"""What every source of ticks is to the exchange, be it a walk or a recording."""

from typing import Protocol

from data.feeds.tick import Tick


class Market(Protocol):
    """Ticks of one symbol as they fall due, and the time at the exchange. Used on the practice thread only."""

    @property
    def opening(self) -> Tick:
        """Last trade and quote before the first tick: an order may come before any tick does."""

    @property
    def goes_on_unwatched(self) -> bool:
        """False where ticks come as fast as they are read: with nobody reading, none may come."""

    def now_us(self) -> int:
        """The exchange's time, microseconds UTC; never earlier than the last tick."""

    def due_at(self) -> float | None:
        """When the next tick is due, on the monotonic clock; None when there are no more."""

    def go_to(self, price: float) -> Tick:
        """A trade at the bid at this price, whatever the market was about to do; it goes on from there if it can."""

    def next_tick(self, now: float) -> Tick:
        """The next tick; `now` is the monotonic clock."""
