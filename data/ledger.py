"""The ledger: facts in, one transaction each, snapshots out. The database is the one truth."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from core.clock import Now
from core.confirmation import Confirmation
from core.contracts import ContractBook
from core.errors import CommandRefused
from core.facts import (
    AccountsListed,
    Answer,
    BalanceReported,
    ContractDefined,
    Fact,
    Fill,
    FillsListed,
    FillsUnavailable,
    InputRefused,
    LinkDown,
    LinkUp,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
    PricesSeen,
)
from core.snapshots import LedgerSnapshot
from core.values import Mode
from data.booking import account_of, book_fills, fold_waiting, widen_extremes
from data.ledger_loading import load_state
from data.ledger_state import Account, LedgerKind, LedgerState
from data.storage_errors import storage_errors
from data.unit_of_work import UnitOfWork

_WRONG_SERVER = {
    LedgerKind.PRACTICE: "This is the practice exchange, and this ledger is for real accounts: nothing was booked. "
    "Start `heatline demo`, or give practice a folder of its own with --data-dir.",
    LedgerKind.REAL: "This is a real server, and this ledger is for practice: nothing was booked. "
    "Start Heatline with another --data-dir.",
}
_BACK_FILL_DEADLINE = timedelta(seconds=15)
_log = logging.getLogger(__name__)


class Ledger:
    """Books facts into the database. Runs on the thread that made it; call nothing here from elsewhere.

    Each fact is one transaction. What the ledger remembers advances only after COMMIT, so a fact whose write failed can
    be handled again as if for the first time.
    """

    def __init__(
        self,
        connection: Connection,
        contracts: ContractBook,
        now: Now,
        *,
        practice_modes: Mapping[str, Mode],
        may_become: Collection[LedgerKind] = tuple(LedgerKind),
    ) -> None:
        """Loads what is on disk.

        `practice_modes` labels the practice exchange's accounts: in a practice ledger nobody has to confirm them.
        `may_become` are the kinds a ledger without one may take from the first server it meets.
        """
        self._thread = threading.current_thread()
        self._connection = connection
        self._contracts = contracts
        self._practice_modes = practice_modes
        self._now = now
        self._may_become = may_become
        with storage_errors():
            self._state = load_state(connection, contracts, now())
        self._transact(_fold_left_over(contracts))

    @property
    def kind(self) -> LedgerKind | None:
        return self._state.kind

    def snapshot(self) -> LedgerSnapshot:
        """The ledger as committed."""
        return self._state.snapshot(self._now())

    def symbols_in_play(self) -> tuple[str, ...]:
        """Wire symbols of all open positions: their prices are wanted as soon as the link is up."""
        return tuple(sorted({held.position.wire_symbol for held in self._state.positions.values()}))

    def handle(self, fact: Fact) -> LedgerSnapshot | None:
        """Books one fact; None when it changes nothing that anybody can see, as a duplicate does.

        Raises:
            StorageUnavailable: the fact is not booked, hand it in again later.
            LedgerBug: the fact is not booked and never will be as things are.
            CommandRefused: the link is up with a server that this ledger does not belong to; book nothing of it.
        """
        return self._transact(lambda work: self._apply(work, fact))

    def expire(self) -> LedgerSnapshot | None:
        """Ends what the broker had to confirm or deliver by now and did not."""
        return self._transact(self._expire)

    def close(self) -> None:
        """Ends the connection; SQLite folds its write-ahead log into the file."""
        self._assert_owner()
        self._connection.close()

    def _transact(self, apply: Callable[[UnitOfWork], None]) -> LedgerSnapshot | None:
        self._assert_owner()
        draft = self._state.draft()
        with storage_errors(), self._connection.begin() as transaction:
            work = UnitOfWork(self._connection, draft, self._now())
            apply(work)
            if work.has_written:
                work.finish()
            else:
                transaction.rollback()
        return self._advance(draft)

    def _advance(self, draft: LedgerState) -> LedgerSnapshot | None:
        """The draft becomes what the ledger remembers, now that the disk holds it."""
        now = self._now()
        before, self._state = self._state.snapshot(now), draft
        after = draft.snapshot(now)
        return None if replace(before, duplicate_count=after.duplicate_count) == after else after

    def _apply(self, work: UnitOfWork, fact: Fact) -> None:  # noqa: C901, PLR0912  # one case for each kind of fact
        match fact:
            case LinkUp():
                self._link_up(work, fact)
            case LinkDown():
                self._link_down(work, fact)
            case AccountsListed():
                self._list_accounts(work, fact)
            case Fill():
                self._book(work, [fact])
            case FillsListed():
                self._book(work, fact.fills)
                fold_waiting(work, account_of(work, fact.account).name, self._contracts)
            case FillsUnavailable():
                self._go_without_back_fill(work, fact)
            case PositionReported():
                _confirm_position(work, fact)
            case PositionsListed():
                _confirm_account(work, fact)
            case PositionsUnavailable():
                _note_answer(work, fact.account, fact.answer, fact.at)
            case BalanceReported():
                _save_balance(work, fact)
            case ContractDefined():
                self._define_contract(work, fact)
            case PricesSeen():
                _widen_extremes(work, fact)
            case InputRefused():
                _refuse(work, fact)

    def _book(self, work: UnitOfWork, fills: Sequence[Fill]) -> None:
        """An answer for one account may carry fills of others; each is booked where it belongs."""
        by_account: dict[str, list[Fill]] = defaultdict(list)
        for fill in fills:
            by_account[fill.account].append(fill)
        for name, its_fills in by_account.items():
            work.state.duplicate_count += book_fills(work, name, its_fills, self._contracts)

    def _link_up(self, work: UnitOfWork, fact: LinkUp) -> None:
        kind = LedgerKind.PRACTICE if fact.is_practice else LedgerKind.REAL
        if kind != work.state.kind and (work.state.kind is not None or kind not in self._may_become):
            raise CommandRefused(_WRONG_SERVER[kind])
        work.state.kind = kind
        work.state.is_link_up = True
        for name, account in work.state.accounts.items():
            work.state.accounts[name] = replace(account, confirmation=Confirmation(), ordering_since=work.now)
        work.append_event("link_up", detail=fact.server_name)

    def _link_down(self, work: UnitOfWork, fact: LinkDown) -> None:
        work.state.is_link_up = False
        for name in list(work.state.accounts):
            fold_waiting(work, name, self._contracts)
            work.state.accounts[name] = replace(work.state.accounts[name], confirmation=Confirmation())
        work.append_event("link_down", detail=fact.reason)

    def _list_accounts(self, work: UnitOfWork, fact: AccountsListed) -> None:
        for name in fact.accounts:
            if name not in work.state.accounts:
                work.save_account(Account(name, self._mode_of_new(work, name)))
            work.state.accounts[name] = replace(work.state.accounts[name], ordering_since=work.now)
        for name in set(work.state.accounts) - set(fact.accounts):
            fold_waiting(work, name, self._contracts)

    def _mode_of_new(self, work: UnitOfWork, name: str) -> Mode:
        if work.state.kind is LedgerKind.PRACTICE:
            return self._practice_modes.get(name, Mode.UNKNOWN)
        return Mode.UNKNOWN

    def _go_without_back_fill(self, work: UnitOfWork, fact: FillsUnavailable) -> None:
        account_of(work, fact.account)
        fold_waiting(work, fact.account, self._contracts)
        work.append_event("fills_unavailable", account=fact.account, detail=f"{fact.answer}: {fact.reason}")

    def _define_contract(self, work: UnitOfWork, fact: ContractDefined) -> None:
        self._contracts.define(fact.symbol, fact.contract)
        for held in list(work.state.positions.values()):
            if held.position.key.symbol == fact.symbol and held.contract != fact.contract:
                work.save_position(replace(held, contract=fact.contract))
                work.append_event("contract_defined", key=held.position.key, trade_id=held.position.trade_id)

    def _expire(self, work: UnitOfWork) -> None:
        for account in list(work.state.accounts.values()):
            if account.ordering_since is not None and work.now - account.ordering_since > _BACK_FILL_DEADLINE:
                fold_waiting(work, account.name, self._contracts)
            _expire_confirmation(work, work.state.accounts[account.name])

    def _assert_owner(self) -> None:
        if threading.current_thread() is not self._thread:
            raise RuntimeError("The ledger belongs to the thread that opened it")


def _fold_left_over(contracts: ContractBook) -> Callable[[UnitOfWork], None]:
    """Folds fills that a crash left stored but not folded."""

    def fold_all(work: UnitOfWork) -> None:
        for account in list(work.state.accounts.values()):
            if account.unfolded:
                fold_waiting(work, account.name, contracts)

    return fold_all


def _confirm_position(work: UnitOfWork, fact: PositionReported) -> None:
    account = account_of(work, fact.account)
    agrees = _quantities(work, account)[fact.symbol] == fact.qty
    confirmation = account.confirmation.after_report(fact.symbol, agrees=agrees, at=work.now)
    _save_confirmation(work, account, confirmation, fact.at)


def _confirm_account(work: UnitOfWork, fact: PositionsListed) -> None:
    account = account_of(work, fact.account)
    theirs = {report.symbol: report.qty for report in fact.positions}
    ours = _quantities(work, account)
    agreements = {symbol: ours.get(symbol, 0) == theirs.get(symbol, 0) for symbol in {*ours, *theirs}}
    account = replace(account, last_query_at=fact.at, last_answer=Answer.ANSWERED)
    _save_confirmation(work, account, account.confirmation.after_listing(agreements, work.now), fact.at)


def _quantities(work: UnitOfWork, account: Account) -> dict[str, Decimal]:
    """What all fills come to by symbol, those included that still wait to be folded."""
    quantities: dict[str, Decimal] = defaultdict(Decimal)
    for key, held in work.state.positions.items():
        if key.account == account.name:
            quantities[key.symbol] += held.position.qty
    for execution in account.unfolded:
        quantities[execution.key.symbol] += execution.signed_qty
    return quantities


def _save_confirmation(work: UnitOfWork, account: Account, confirmation: Confirmation, at: datetime) -> None:
    _note_disagreement(work, account, confirmation)
    for held in list(work.state.positions.values()):
        key = held.position.key
        if key.account == account.name and confirmation.covers(key.symbol):
            work.save_position(replace(held, verified_at=at))
    verified_at = at if confirmation.covers_all else account.verified_at
    work.save_account(replace(account, confirmation=confirmation, verified_at=verified_at))


def _note_answer(work: UnitOfWork, name: str, answer: Answer, at: datetime) -> None:
    account = account_of(work, name)
    work.save_account(replace(account, last_query_at=at, last_answer=answer))


def _expire_confirmation(work: UnitOfWork, account: Account) -> None:
    confirmation = account.confirmation.expired(work.now)
    if confirmation != account.confirmation:
        _note_disagreement(work, account, confirmation)
        work.state.accounts[account.name] = replace(account, confirmation=confirmation)


def _note_disagreement(work: UnitOfWork, account: Account, confirmation: Confirmation) -> None:
    for symbol in sorted(confirmation.disagreed - account.confirmation.disagreed):
        work.append_event("broker_disagrees", account=account.name, detail=symbol)


def _save_balance(work: UnitOfWork, fact: BalanceReported) -> None:
    account = account_of(work, fact.account)
    currency = fact.currency or account.currency
    work.save_account(replace(account, cash_balance=fact.cash_balance, currency=currency, balance_at=fact.at))


def _widen_extremes(work: UnitOfWork, fact: PricesSeen) -> None:
    for key in [key for key in work.state.positions if key.symbol == fact.symbol]:
        account = work.state.accounts[key.account]
        if account.ordering_since is None:
            widen_extremes(work, key, fact.prices)
        else:
            seen = fact.prices.including(account.seen_meanwhile.get(fact.symbol))
            meanwhile = {**account.seen_meanwhile, fact.symbol: seen}
            work.state.accounts[account.name] = replace(account, seen_meanwhile=meanwhile)


def _refuse(work: UnitOfWork, fact: InputRefused) -> None:
    _log.warning("Report refused for account %s: %s: %s", fact.account or "?", fact.reason, fact.raw)
    work.append_event("input_refused", account=fact.account, detail=f"{fact.reason}: {fact.raw}")
    if fact.account in work.state.accounts:
        account = work.state.accounts[fact.account]
        work.state.accounts[fact.account] = replace(account, confirmation=Confirmation())
