"""A recording played again: every tick, in its order, at a chosen speed."""

import logging
from collections.abc import Iterable
from decimal import Decimal
from math import isfinite

from core.errors import ConfigError
from core.values import Side
from data.feeds.tick import Tick

AS_FAST_AS_READ = 0.0

_log = logging.getLogger(__name__)
_NOISE_DIGITS = 9  # a whole number of ticks times the tick size is exact to here


class TickReplay:
    """Plays a recording `speed` times as fast as it was, 0 as fast as the clients read; its time is the recording's.

    Used on the practice thread only.
    """

    def __init__(self, ticks: Iterable[Tick], tick_size: Decimal, speed: float = 1.0) -> None:
        """Reads the first tick.

        Raises:
            ConfigError: there is no tick, or the speed is negative.
        """
        if speed < 0:
            raise ConfigError(f"A recording cannot be played at speed {speed}")
        self._ticks = iter(ticks)
        self._tick_size = float(tick_size)
        self._speed = speed
        self._coming = self._read()
        if self._coming is None:
            raise ConfigError("The recording holds no ticks")
        self.opening = self._coming
        self._newest_us = self.opening.at_us
        self._started_at: float | None = None

    @property
    def goes_on_unwatched(self) -> bool:
        return self._speed != AS_FAST_AS_READ

    def now_us(self) -> int:
        return self._newest_us

    def due_at(self) -> float | None:
        if self._coming is None:
            return None
        if self._started_at is None or self._speed == AS_FAST_AS_READ:
            return 0.0
        return self._started_at + (self._coming.at_us - self.opening.at_us) / 1e6 / self._speed

    def next_tick(self, now: float) -> Tick:
        tick = self._coming
        if tick is None:
            raise LookupError("The recording has ended")
        if self._started_at is None:
            self._started_at = now
        self._newest_us = max(self._newest_us, tick.at_us)
        self._coming = self._read()
        if self._coming is None:
            _log.info("The recording has ended at %d us", self._newest_us)
        return tick

    def go_to(self, price: float) -> Tick:
        """A recording goes on as it was recorded."""
        return Tick(self._newest_us, price, 1, Side.SELL, price, self._snap(price + self._tick_size))

    def _read(self) -> Tick | None:
        for tick in self._ticks:
            if isfinite(tick.price):
                return self._on_grid(tick)
            _log.warning("The recording has no price at %d us: record left out", tick.at_us)
        return None

    def _on_grid(self, tick: Tick) -> Tick:
        """Files keep 32-bit prices: what they lost is put right by the tick grid."""
        return tick._replace(price=self._snap(tick.price), bid=self._snap(tick.bid), ask=self._snap(tick.ask))

    def _snap(self, price: float) -> float:
        return round(round(price / self._tick_size) * self._tick_size, _NOISE_DIGITS)
