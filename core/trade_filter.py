"""Which trades are meant: the same filter for every panel and command."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.values import Mode, PositionSide


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Narrows down trades; None lets everything through.

    `since` and `until` bound the exit time, the first included, the second not. `has_reentries` asks for trades with or
    without any. `min_coverage` is a share of 1 and leaves out trades whose coverage is unknown.
    """

    mode: Mode | None = None
    account: str | None = None
    symbol: str | None = None
    side: PositionSide | None = None
    since: datetime | None = None
    until: datetime | None = None
    tag: str | None = None
    has_reentries: bool | None = None
    min_coverage: Decimal | None = None
