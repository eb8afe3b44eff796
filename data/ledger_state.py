"""What the ledger remembers between transactions; after a crash the tables give it again."""

import json
from collections.abc import Iterator, Mapping
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
from core.inquiry import Inquiry, Matter
from core.order import Order
from core.position import Position
from core.protection import UNPROTECTED, Protection
from core.session_profile import EntryContext
from core.snapshots import AccountSnapshot, FillTold, LedgerSnapshot, PositionSnapshot
from core.stale import StalePosition
from core.symbols import has_expired
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
    context: EntryContext | None = None  # None where the session before the entry is not recorded


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
    are_orders_listed: bool = False  # since the link came up
    inquiry: Inquiry = field(default_factory=Inquiry)
    phantoms: frozenset[str] = frozenset()  # expired contracts that the broker still lists, said once

    def key_of(self, symbol: str) -> PositionKey:
        return PositionKey(self.mode, self.name, symbol)


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
    complete: frozenset[str] = frozenset()  # the accounts whose fills this link has told whole
    positions: dict[PositionKey, Held] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    newest_folded: dict[PositionKey, Frontier] = field(default_factory=dict)
    assumed: dict[PositionKey, tuple[Assumed, ...]] = field(default_factory=dict)
    chain_head: str = ""
    chain_count: int = 0
    has_second_ids: bool = False  # whether any execution came again under another id
    # Until when each account was told by back-fills, None where by none; not looked up before it matters.
    back_filled_until: Mapping[str, datetime | None] = field(default_factory=dict)  # replaced, never changed
    # Fills in quarantine by account, None for those that name none; replaced, never changed.
    not_understood: Mapping[str | None, int] = field(default_factory=dict)
    # Orders by account and id that are at work, or whose first fill is still to be folded.
    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    # By account and id, the name that the executions of a renamed order go by.
    filled_as: Mapping[tuple[str, str], str] = field(default_factory=dict)  # replaced, never changed
    # The newest fill by account that was told as it happened; what was booked before this run is no news.
    told: dict[str, FillTold] = field(default_factory=dict)
    commissions: CommissionSchedule = field(default_factory=CommissionSchedule)
    # The accounts this connection has listed, None before; those it cannot confirm all the same; those it was said of.
    shown: frozenset[str] | None = None
    not_here: frozenset[str] = frozenset()
    said_not_here: frozenset[str] = frozenset()
    courses_told: int = 0  # how many trades of this run were given other figures by what is recorded

    def draft(self) -> "LedgerState":
        draft = object.__new__(LedgerState)
        # What copy() would do, without asking the class how to: this is on the way of every fill.
        for name in self.__slots__:
            setattr(draft, name, getattr(self, name))
        draft.positions = dict(self.positions)
        draft.accounts = dict(self.accounts)
        draft.newest_folded = dict(self.newest_folded)
        draft.assumed = dict(self.assumed)
        draft.orders = dict(self.orders)
        draft.told = dict(self.told)
        return draft

    def snapshot(self, as_of: datetime) -> LedgerSnapshot:
        return LedgerSnapshot(
            revision=self.revision,
            is_practice=self.kind is LedgerKind.PRACTICE,
            fill_count=self.next_seq - 1,
            duplicate_count=self.duplicate_count,
            trade_count=self.trade_count,
            courses_told=self.courses_told,
            positions=tuple(self._position_snapshot(self.positions[key]) for key in sorted(self.positions)),
            accounts=tuple(self._account_snapshot(self.accounts[name]) for name in sorted(self.accounts)),
            as_of=as_of,
            working_orders=self._working_orders(),
            flat_since=tuple(self._flat_since()),
            stale=tuple(self._stale(as_of)),
            is_link_up=self.is_link_up,
        )

    def is_confirmable(self, account: str) -> bool:
        """False where this connection does not show the account: it goes by its fills."""
        if not self.is_link_up:
            return True
        return (self.shown is None or account in self.shown) and account not in self.not_here

    def _stale(self, as_of: datetime) -> list[StalePosition]:
        """The positions in question, oldest entry first."""
        matters = [
            (self.positions[key], matter)
            for account in self.accounts.values()
            for symbol, matter in account.inquiry.matters.items()
            if (key := account.key_of(symbol)) in self.positions
        ]
        matters.sort(key=lambda each: (each[0].position.entry_time, each[0].position.key))
        return [_stale_position(held, matter, as_of) for held, matter in matters]

    def _position_snapshot(self, held: Held) -> PositionSnapshot:
        account = self.accounts[held.position.key.account]
        return PositionSnapshot(
            position=held.position,
            contract=held.contract,
            is_verified=self._may_verify(account) and account.confirmation.covers(held.position.key.symbol),
            verified_at=held.verified_at,
            protection=held.protection,
            heat=held.heat,
            context=held.context,
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
            is_confirmable=self.is_confirmable(account.name),
            newest_fill=self.told.get(account.name),
            are_orders_listed=self.is_link_up and account.are_orders_listed,
        )

    def _working_orders(self) -> tuple[Order, ...]:
        return tuple(self.orders[name] for name in sorted(self.orders) if self.orders[name].is_at_work)

    def _flat_since(self) -> Iterator[tuple[PositionKey, datetime]]:
        """When the positions closed that orders at work have stood beside; none where that was before this run."""
        beside = {(order.account, order.symbol) for order in self._working_orders() if order.account in self.accounts}
        for account, symbol in sorted(beside):
            key = PositionKey(self.accounts[account].mode, account, symbol)
            if key not in self.positions and key in self.newest_folded:
                yield key, self.newest_folded[key].newest.occurred_at

    def _may_verify(self, account: Account) -> bool:
        """A fill that was not understood leaves the account in doubt, whatever the broker confirms.

        So does one that waits for its order: he confirms what it comes to, and that is not what is shown.
        """
        return self.is_link_up and not account.unfolded and not self._not_understood(account)

    def _not_understood(self, account: Account) -> int:
        """Its own, and those that name no account: they may be its own."""
        return self.not_understood.get(account.name, 0) + self.not_understood.get(None, 0)


def _stale_position(held: Held, matter: Matter, as_of: datetime) -> StalePosition:
    position = held.position
    return StalePosition(
        key=position.key,
        wire_symbol=position.wire_symbol,
        doubt=matter.doubt,
        qty=position.qty,
        entry_price=position.entry_price,
        entry_time=position.entry_time,
        verified_at=held.verified_at,
        asked_at=matter.asked_at,
        broker_said=matter.broker_said,
        broker_qty=matter.broker_qty,
        broker_average=matter.broker_average,
        has_expired=has_expired(position.key.symbol, as_of.date()),
        revision=matter.revision,
    )
