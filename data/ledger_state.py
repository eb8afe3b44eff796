"""What the ledger remembers between transactions; after a crash the tables give it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.confirmation import Confirmation
from core.contracts import Contract
from core.execution import Execution
from core.position import Position
from core.snapshots import AccountSnapshot, LedgerSnapshot, PositionSnapshot
from core.values import Mode, PositionKey, PriceRange


class LedgerKind(StrEnum):
    """Which servers a ledger belongs to; it refuses the others."""

    REAL = "real"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Held:
    """An open position with what the ledger knows beside the fold."""

    position: Position
    contract: Contract | None
    verified_at: datetime | None = None


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
    seen_meanwhile: Mapping[str, PriceRange] = field(default_factory=dict)


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
    newest_folded: dict[PositionKey, datetime] = field(default_factory=dict)

    def draft(self) -> "LedgerState":
        return replace(
            self,
            positions=dict(self.positions),
            accounts=dict(self.accounts),
            newest_folded=dict(self.newest_folded),
        )

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
        )

    def _position_snapshot(self, held: Held) -> PositionSnapshot:
        account = self.accounts[held.position.key.account]
        return PositionSnapshot(
            position=held.position,
            contract=held.contract,
            is_verified=self.is_link_up and account.confirmation.covers(held.position.key.symbol),
            verified_at=held.verified_at,
        )

    def _account_snapshot(self, account: Account) -> AccountSnapshot:
        return AccountSnapshot(
            account=account.name,
            mode=account.mode,
            cash_balance=account.cash_balance,
            currency=account.currency,
            balance_at=account.balance_at,
            is_verified=self.is_link_up and account.confirmation.covers_all,
            verified_at=account.verified_at,
            fills_in_order=len(account.unfolded),
        )
