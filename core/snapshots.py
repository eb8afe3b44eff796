"""What the ledger publishes after each commit: whole, frozen, numbered."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.contracts import Contract
from core.feed import FeedStatus
from core.heat import Heat
from core.order import Order
from core.position import Position
from core.protection import UNPROTECTED, Protection
from core.session_profile import EntryContext
from core.stale import StalePosition
from core.values import Mode, PositionKey


@dataclass(frozen=True, slots=True)
class PositionSnapshot:
    """An open position as it stands on disk, with its stops and, where the course of prices is known, its heat.

    `verified_at` is the broker's last agreement, `is_verified` whether it still holds: it ends with the link.
    """

    position: Position
    contract: Contract | None
    is_verified: bool
    verified_at: datetime | None
    protection: Protection = UNPROTECTED
    heat: Heat | None = None
    context: EntryContext | None = None


@dataclass(frozen=True, slots=True)
class FillTold:
    """A fill that was told as it happened; `seq` numbers it in the ledger."""

    seq: int
    symbol: str


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """An account as it stands on disk; the flags mean what they mean for a position, but for being flat."""

    account: str
    mode: Mode
    cash_balance: Decimal | None
    currency: str | None
    balance_at: datetime | None
    is_verified: bool
    verified_at: datetime | None
    fills_in_order: int  # stored, but waiting for the account's back-fill before they are folded
    fills_not_understood: int = 0  # in quarantine until somebody corrects them
    is_confirmable: bool = True  # False where this connection does not show the account: it goes by fills
    newest_fill: FillTold | None = None  # of those told as they happened in this run
    are_orders_listed: bool = False  # whether the broker has said on this link which orders are at work


@dataclass(frozen=True, slots=True)
class LedgerSnapshot:
    """The whole ledger at one revision, as committed.

    `trade_count` and `courses_told` tell when the list of trades is out of date.
    `is_link_up` is what the ledger has been told: facts that came before the link was lost are still booked first.
    """

    revision: int
    is_practice: bool
    fill_count: int
    duplicate_count: int
    trade_count: int
    positions: tuple[PositionSnapshot, ...]
    accounts: tuple[AccountSnapshot, ...]
    as_of: datetime
    stale: tuple[StalePosition, ...] = ()  # those to ask the trader about, oldest entry first
    working_orders: tuple[Order, ...] = ()  # of all accounts
    flat_since: tuple[tuple[PositionKey, datetime], ...] = ()  # where orders are still at work
    is_link_up: bool = False
    courses_told: int = 0
    is_read_only: bool = False  # another panel writes it: here nothing can be answered, and nothing is verified


class LinkState(StrEnum):
    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The DTC connection as the trader should know it; `text` is one sentence.

    `since` is when the link was lost, or the window opened without one; the window fills it in.
    """

    state: LinkState
    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StorageStatus:
    """Whether facts reach the disk; `waiting` counts those that did not yet. `text` is empty when all is saved.

    `since` is when they ceased to; the window fills it in. With `is_read_only` another panel writes the ledger: nothing
    is booked here, and `text` says how that stands.
    """

    is_saved: bool
    waiting: int
    text: str
    since: datetime | None = None
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the trader that needs no answer."""

    text: str


Publication = LedgerSnapshot | LinkStatus | StorageStatus | FeedStatus | Notice
