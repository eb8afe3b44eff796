"""From the records of a .scid file to rows of the tape."""

import numpy as np

from data.feeds.price_scale import PriceScale
from data.feeds.tape_chunk import TapeRows
from data.feeds.tick import TickBlock

_LONGEST_BAR_US = 60_000_000  # until two bars have told how far they are apart


class ScidRows:
    """Turns blocks of one file into rows, on the scale of its prices; numbers that are no price are left out."""

    def __init__(self) -> None:
        self._bar_us = _LONGEST_BAR_US
        self._running = b""

    def of(self, block: TickBlock, scale: PriceScale) -> TapeRows:
        is_price = np.isfinite(block.price)
        if not is_price.all():
            block = block.where(is_price)
        price = scale.prices(block.price)
        has_bars = bool(block.is_bar.any())
        low, high = (scale.prices(block.low), scale.prices(block.high)) if has_bars else (price, price)
        resolution_us = self._bar_length(block) if has_bars else 1
        volumes = (block.volume, block.bid_volume, block.ask_volume)
        return TapeRows.of(block.at_us, (price, low, high), volumes, resolution_us)

    def has_grown(self, bar: TickBlock) -> bool:
        """Whether the bar that is still being written is another than last time."""
        before, self._running = self._running, bar.rows.tobytes()
        return before != self._running

    def _bar_length(self, block: TickBlock) -> int:
        """Bars do not tell it; the shortest way from one to the next is the best that is known."""
        steps = np.diff(block.at_us)
        steps = steps[steps > 0]
        if len(steps):
            self._bar_us = int(steps.min())
        return self._bar_us
