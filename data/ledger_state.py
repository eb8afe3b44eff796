"""What the ledger remembers between transactions; after a crash the tables give it again."""

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.commission import CommissionSchedule
from core.confirmation import Confirmation
from core.contracts import Contract
from core.execution import Execution
from core.facts import PositionsListed, PricesSeen
from core.heat import Heat
from core.order import Order
from core.position import Position
from core.protection import UNPROTECTED, Protection
from core.snapshots import AccountSnapshot, LedgerSnapshot, PositionSnapshot
from core.values import Mode, PositionKey


class LedgerKind(StrEnum):
    """Which servers a ledger belongs to; it refuses the others."""

    REAL = "real"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class TraderNote:
    """What the trader wrote about a trade."""

    tags: str | None
    note: str | None

    def as_text(self) -> str:
        return json.dumps({"tags": self.tags, "note": self.note})

    @staticmethod
    def from_text(text: str) -> "TraderNote":
        written = json.loads(text)
        return TraderNote(written["tags"], written["note"])


@dataclass(frozen=True, slots=True)
class Held:
    """An open position with what the ledger knows beside the fold."""

    position: Position
    contract: Contract | None
    verified_at: datetime | None = None
    is_late: bool = False  # holds a fill that is older than a final trade
    note: TraderNote | None = None  # of a trade that a refold opened again
    protection: Protection = UNPROTECTED
    heat: Heat | None = None  # None where the course of prices is not known throughout


@dataclass(frozen=True, slots=True)
class Account:
    """One broker account.

    `ordering_since` is set while its back-fill is on the way; `unfolded` are the fills stored meanwhile, and
    `seen_meanwhile` the prices by symbol, which count only where the back-fill turns out to change nothing.
    """

    name: str
    mode: Mode
    cash_balance: Decimal | None = None
    currency: str | None = None
    balance_at: datetime | None = None
    verified_at: datetime | None = None
    last_query_at: datetime | None = None
    last_answer: str | None = None
    confirmation: Confirmation = field(default_factory=Confirmation)
    ordering_since: datetime | None = None
    unfolded: tuple[Execution, ...] = ()
    seen_meanwhile: Mapping[str, PricesSeen] = field(default_factory=dict)
    listed_meanwhile: PositionsListed | None = None  # judged once more when the back-fill is folded


@dataclass(frozen=True, slots=True)
class Frontier:
    """Where the fold of one key ends: its newest execution, and from when on a fill surely comes behind it."""

    newest: Execution
    ends: datetime


@dataclass(frozen=True, slots=True)
class Assumed:
    """An inferred or manual execution that real fills may still explain."""

    execution: Execution
    recorded_at: datetime


@dataclass(slots=True)
class LedgerState:
    """A draft while a transaction runs; it replaces the one before only after COMMIT."""

    kind: LedgerKind | None
    revision: int
    next_seq: int
    trade_count: int
    duplicate_count: int = 0
    is_link_up: bool = False
    positions: dict[PositionKey, Held] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    newest_folded: dict[PositionKey, Frontier] = field(default_factory=dict)
    assumed: dict[PositionKey, tuple[Assumed, ...]] = field(default_factory=dict)
    chain_head: str = ""
    chain_count: int = 0
    has_second_ids: bool = False  # whether any execution came again under another id
    # Fills in quarantine by account, None for those that name none; replaced, never changed.
    not_understood: Mapping[str | None, int] = field(default_factory=dict)
    # Orders by account and id that are at work, or whose first fill is still to be folded.
    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    commissions: CommissionSchedule = field(default_factory=CommissionSchedule)

    def draft(self) -> "LedgerState":
        draft = copy(self)
        draft.positions = dict(self.positions)
        draft.accounts = dict(self.accounts)
        draft.newest_folded = dict(self.newest_folded)
        draft.assumed = dict(self.assumed)
        draft.orders = dict(self.orders)
        return draft

    def snapshot(self, as_of: datetime) -> LedgerSnapshot:
        return LedgerSnapshot(
            revision=self.revision,
            is_practice=self.kind is LedgerKind.PRACTICE,
            fill_count=self.next_seq - 1,
            duplicate_count=self.duplicate_count,
            trade_count=self.trade_count,
            positions=tuple(self._position_snapshot(self.positions[key]) for key in sorted(self.positions)),
            accounts=tuple(self._account_snapshot(self.accounts[name]) for name in sorted(self.accounts)),
            as_of=as_of,
            is_link_up=self.is_link_up,
        )

    def _position_snapshot(self, held: Held) -> PositionSnapshot:
        account = self.accounts[held.position.key.account]
        return PositionSnapshot(
            position=held.position,
            contract=held.contract,
            is_verified=self._may_verify(account) and account.confirmation.covers(held.position.key.symbol),
            verified_at=held.verified_at,
            protection=held.protection,
            heat=held.heat,
        )

    def _account_snapshot(self, account: Account) -> AccountSnapshot:
        return AccountSnapshot(
            account=account.name,
            mode=account.mode,
            cash_balance=account.cash_balance,
            currency=account.currency,
            balance_at=account.balance_at,
            is_verified=self._may_verify(account) and account.confirmation.covers_all,
            verified_at=account.verified_at,
            fills_in_order=len(account.unfolded),
            fills_not_understood=self._not_understood(account),
        )

    def _may_verify(self, account: Account) -> bool:
        """A fill that was not understood leaves the account in doubt, whatever the broker confirms."""
        return self.is_link_up and not self._not_understood(account)

    def _not_understood(self, account: Account) -> int:
        """Its own, and those that name no account: they may be its own."""
        return self.not_understood.get(account.name, 0) + self.not_understood.get(None, 0)
