"""On which scale a .scid file has its prices: tried until a known price confirms one."""

from data.feeds.price_scale import PriceScale
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_file import ScidFile
from data.feeds.wanted import Wanted

_PAUSE_US = 1_000_000  # between two tries that find nothing new


class ScidScale:
    """Asks at most once a second; what is confirmed stays so until it is doubted."""

    def __init__(self, recorded: RecordedPrices) -> None:
        self._recorded = recorded
        self._scale: PriceScale | None = None
        self._next_try_us = 0

    def doubt(self) -> None:
        """The file is another one now, and may have another scale."""
        self._scale = None
        self._next_try_us = 0

    def of(self, file: ScidFile, wanted: Wanted, now_us: int) -> PriceScale:
        """The scale; numbers as they are recorded while none is confirmed.

        Raises:
            ScidNotReady: the file cannot be read now.
        """
        if self._scale is not None and (self._scale.is_confirmed or now_us < self._next_try_us):
            return self._scale
        self._next_try_us = now_us + _PAUSE_US
        self._scale = self._recorded.scale_of(file, wanted.symbol, wanted.known)
        return self._scale
