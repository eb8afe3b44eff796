"""A seeded price walk on a real tick grid, at the pace of a quiet market with bursts."""

import time
from collections.abc import Callable
from decimal import Decimal
from random import Random

from core.values import Side
from data.feeds.tick import Tick

OPENING_PRICE = Decimal("5050.00")
TRADES_PER_SECOND = 10.0

_LONGEST_PAUSE = 1.5  # in mean pauses, so that nobody takes the walk for dead
_BURST_CHANCE = 0.04
_BURST_TRADES = (4, 16)
_BURST_PAUSE = (0.005, 0.020)
_BURST_ONE_SIDED = 0.8
_QUOTE_MOVES = 0.5  # chance that a trade takes the last of its side of the quote
_PULL_HOME = 0.002  # per tick away from the opening: over hours the walk stays in sight of it
_EVEN = 0.5
_LARGEST_TRADE = 5
_LARGEST_PULL = 0.3


def wall_clock_us() -> int:
    return time.time_ns() // 1000


class PriceWalk:
    """Trades at bid or ask, one tick apart; prices follow from the seed, times from the clock, each stamp unique.

    Used on the practice thread only.
    """

    goes_on_unwatched = True

    def __init__(
        self,
        seed: int,
        tick_size: Decimal,
        opening_price: Decimal = OPENING_PRICE,
        trades_per_second: float = TRADES_PER_SECOND,
        clock_us: Callable[[], int] = wall_clock_us,
    ) -> None:
        self._random = Random(seed)
        self._tick_size = tick_size
        self._home = self._bid = int(opening_price / tick_size)
        self._mean_pause = 1 / trades_per_second
        self._clock_us = clock_us
        self._newest_us = clock_us()
        self._burst_left = 0
        self._burst_side = Side.BUY
        self._due_at = 0.0
        self.opening = self._tick(Side.SELL, size=1)

    def now_us(self) -> int:
        self._newest_us = max(self._clock_us(), self._newest_us + 1)
        return self._newest_us

    def due_at(self) -> float:
        return self._due_at

    def next_tick(self, now: float) -> Tick:
        self._due_at = now + self._pause()
        side = self._choose_side()
        tick = self._tick(side, size=self._random.randint(1, _LARGEST_TRADE))
        if self._random.random() < _QUOTE_MOVES:
            self._bid += side.sign
        return tick

    def go_to(self, price: float) -> Tick:
        self._home = self._bid = round(price / float(self._tick_size))
        return self._tick(Side.SELL, size=1)

    def _tick(self, side: Side, size: int) -> Tick:
        bid, ask = self._price(self._bid), self._price(self._bid + 1)
        return Tick(self.now_us(), ask if side is Side.BUY else bid, size, side, bid, ask)

    def _price(self, ticks: int) -> float:
        return float(ticks * self._tick_size)

    def _pause(self) -> float:
        if self._burst_left:
            self._burst_left -= 1
            return self._random.uniform(*_BURST_PAUSE)
        if self._random.random() < _BURST_CHANCE:
            self._burst_left = self._random.randint(*_BURST_TRADES)
            self._burst_side = self._lean()
        return min(self._random.expovariate(1 / self._mean_pause), _LONGEST_PAUSE * self._mean_pause)

    def _choose_side(self) -> Side:
        return self._burst_side if self._burst_left and self._random.random() < _BURST_ONE_SIDED else self._lean()

    def _lean(self) -> Side:
        pull = max(-_LARGEST_PULL, min(_LARGEST_PULL, (self._bid - self._home) * _PULL_HOME))
        return Side.BUY if self._random.random() < _EVEN - pull else Side.SELL
