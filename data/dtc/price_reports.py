"""What the dtc thread tells the feed thread, in stream order."""

from collections.abc import Sequence
from dataclasses import dataclass

from data.dtc.market import PricesBegan, PricesRefused, Traded


@dataclass(frozen=True, slots=True)
class TradesHeard:
    """Trades of one symbol, as they came; there is one at least."""

    symbol: str
    trades: Sequence[Traded]


@dataclass(frozen=True, slots=True)
class StreamAlive:
    """The server was heard at `at_us`, microseconds UTC by our clock: all it had to tell by then has been told."""

    at_us: int


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The link ended, and every subscription with it."""


PriceReport = PricesBegan | PricesRefused | TradesHeard | StreamAlive | StreamEnded
