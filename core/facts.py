"""What the outside world reports, cleaned of the wire: the only things the ledger is ever told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.contracts import Contract
from core.course_told import CourseTold
from core.heat import NO_TICKS, TickRun
from core.order import OrderReported
from core.values import PriceRange, Side, Source


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A server let us in. `is_practice` is true for Heatline's own practice exchange."""

    server_name: str
    is_practice: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The link ended: from now on nothing is confirmed by a broker."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountsListed:
    """Every account the server shows. It never decides a mode."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill as the broker reported it, before it belongs to a mode.

    `position_qty` is the signed position after the fill, `commission` what it cost, where the report says so. `order`
    is what the same report says of its order.
    """

    account: str
    symbol: str
    wire_symbol: str
    execution_id: str
    order_id: str
    side: Side
    qty: Decimal
    price: Decimal | None
    occurred_at: datetime
    resolution_us: int
    source: Source
    position_qty: Decimal | None = None
    commission: Decimal | None = None
    order: OrderReported | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FillsListed:
    """An account's fills of the last days, oldest first: complete, so live fills may be folded from here on."""

    account: str
    fills: tuple[Fill, ...]


class Answer(StrEnum):
    """How a query of the broker ended. Anything but ANSWERED is unknown, never none.

    NOT_HERE: this connection cannot confirm the account at all, and asking again will not help.
    """

    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
    NOT_HERE = "not here"


@dataclass(frozen=True, slots=True)
class FillsUnavailable:
    """The server refused an account's fills or stayed silent: live fills are folded without them."""

    account: str
    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class OrdersListed:
    """Every order of an account that is at work: what is missing in it is gone."""

    account: str
    order_ids: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionReported:
    """The broker's word on one position, unasked; `qty` is signed, 0 is flat.

    `average` is the broker's average price where he tells one; it never decides anything.
    """

    account: str
    symbol: str
    qty: Decimal
    at: datetime
    average: Decimal | None = None
    wire_symbol: str = ""


@dataclass(frozen=True, slots=True)
class PositionsListed:
    """The broker's whole answer for one account: what is missing in it is flat there."""

    account: str
    positions: tuple[PositionReported, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionsUnavailable:
    """The broker did not say what the account holds."""

    account: str
    answer: Answer
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BalanceReported:
    """Cash balance of an account, in `currency` where the report names one."""

    account: str
    cash_balance: Decimal
    currency: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ContractDefined:
    """The server's own facts of a contract."""

    symbol: str
    contract: Contract


@dataclass(frozen=True, slots=True)
class PricesSeen:
    """Trades that went by, in stream order between the facts before and after this one.

    `prices` is the range of all of them, `ticks` their course. With `by_time` they come late, and belong where their
    times say: `ticks` then holds each of them.
    """

    symbol: str
    prices: PriceRange
    ticks: TickRun = NO_TICKS
    by_time: bool = False

    def followed_by(self, later: "PricesSeen") -> "PricesSeen":
        """Both as one stretch of the stream."""
        prices, ticks = self.prices.including(later.prices), self.ticks.followed_by(later.ticks)
        return PricesSeen(self.symbol, prices, ticks, self.by_time or later.by_time)

    def since(self, at_us: int) -> "PricesSeen | None":
        """What of it belongs behind an execution whose unit of time ends at `at_us`; None where nothing does.

        What comes in stream order behind the execution belongs there, whatever its time says.
        """
        if not self.by_time:
            return self
        later = [(price, at) for price, at in zip(self.ticks.prices, self.ticks.times_us, strict=True) if at >= at_us]
        if not later:
            return None
        prices, times_us = zip(*later, strict=True)
        return prices_seen(self.symbol, prices, times_us)


def prices_seen(symbol: str, prices: Sequence[float], times_us: Sequence[int]) -> PricesSeen:
    """Each of these trades, one at least, that came late."""
    reached = PriceRange(Decimal(repr(min(prices))), Decimal(repr(max(prices))))
    return PricesSeen(symbol, reached, TickRun(tuple(prices), tuple(times_us)), by_time=True)


@dataclass(frozen=True, slots=True)
class InputRefused:
    """A report that could not be understood; `account`, `symbol` and `order_id` are None where they could not be read.

    With `is_fill` it is, or may be, a fill: then the account's position is in doubt until somebody has corrected it.
    `raw` is the report as text, the same whenever the same report is heard.
    """

    account: str | None
    reason: str
    raw: str
    symbol: str | None = None
    order_id: str | None = None
    is_fill: bool = False

    @property
    def subject(self) -> str:
        """What it is about, as far as it says so: `Sim1, MESZ26, order 17`."""
        order = f"order {self.order_id}" if self.order_id else None
        return ", ".join(name for name in (self.account, self.symbol, order) if name) or "the server"


Fact = (
    LinkUp
    | LinkDown
    | AccountsListed
    | Fill
    | FillsListed
    | FillsUnavailable
    | OrderReported
    | OrdersListed
    | PositionReported
    | PositionsListed
    | PositionsUnavailable
    | BalanceReported
    | ContractDefined
    | PricesSeen
    | CourseTold
    | InputRefused
)
