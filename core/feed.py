"""Where a symbol's prices come from, and how well they flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

_TENTH_US = 100_000


class FeedSource(StrEnum):
    """What hands prices on: each symbol has one at a time."""

    DTC = "DTC"
    SCID = ".scid"


class FeedState(StrEnum):
    """How prices flow, the best first.

    RESTING: the market is closed, so nothing has to come. STALE: what is shown is old, and nothing proves that it still
    holds. NO_FOLDER: DTC gives none, and where Sierra Chart records them is not known.
    """

    LIVE = "live"
    RESTING = "resting"
    LAGGING = "lagging"
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    STALE = "stale"
    NO_FILE = "no file"
    NO_FOLDER = "no folder"

    @property
    def severity(self) -> int:
        """Higher is worse."""
        return list(FeedState).index(self)


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """The feed of one symbol as the trader should know it; `sentence` says what is wrong and what to do about it.

    `lag_us` is how far behind the market the newest price was when it came, to a tenth of a second; None where that
    cannot be said. `newest_at` is the time of that price.
    """

    symbol: str
    source: FeedSource | None
    state: FeedState
    sentence: str = ""
    lag_us: int | None = None
    newest_at: datetime | None = None

    @property
    def is_old(self) -> bool:
        """Whether the last price must not be taken for the market's; until one comes it is from an earlier link."""
        return self.state in (FeedState.WAITING, FeedState.STALE, FeedState.NO_FILE, FeedState.NO_FOLDER)


def feeds_in_view(feeds: Mapping[str, FeedStatus], symbols: Sequence[str]) -> tuple[FeedStatus, ...]:
    """Those of `symbols` in their order; without any, all there are, the worst first."""
    if symbols:
        return tuple(feeds[symbol] for symbol in symbols if symbol in feeds)
    return tuple(sorted(feeds.values(), key=lambda each: (-each.state.severity, each.symbol)))


class Covered(NamedTuple):
    """A stretch of time, in microseconds UTC, for which one source vouches that no trade is missing."""

    source: FeedSource
    start_us: int
    end_us: int


def rounded_lag(lag_us: int) -> int:
    """To a tenth of a second, and never below 0: clocks differ by more than that."""
    return max(0, round(lag_us / _TENTH_US)) * _TENTH_US
