"""The ledger: facts in, one transaction each, snapshots out. The database is the one truth."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from core.clock import Now
from core.commands import Command, ConfirmMode, ReleaseQuarantined, SetCommission, StaleAnswer, TakeOver
from core.commission import CommissionRate
from core.confirmation import Confirmation
from core.contracts import ContractBook
from core.course_told import CourseTold
from core.errors import CommandRefused
from core.facts import (
    AccountsListed,
    BalanceReported,
    ContractDefined,
    Fact,
    Fill,
    FillsListed,
    FillsUnavailable,
    InputRefused,
    LinkDown,
    LinkUp,
    OrdersListed,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
    PricesSeen,
)
from core.fold_order import listed_moment
from core.order import OrderReported
from core.snapshots import LedgerSnapshot
from core.values import Mode, PositionKey
from data.booking import account_of, book_fills, fold_waiting
from data.commissions import seed_commissions, set_commission
from data.confirming import confirm_account, confirm_position, expire_confirmation, judge_again, note_silence
from data.courses import take_course
from data.ledger_loading import load_state
from data.ledger_state import Account, LedgerKind, LedgerState
from data.money_amendment import fill_in_money
from data.old_state import take_over
from data.order_book import list_orders, note_order, protect_beside
from data.quarantine import release
from data.questions import Questions
from data.reach import begin_link, say_unreached, show_accounts
from data.reentry_cap import ReentryCap
from data.relabelling import confirm_mode
from data.reports import note_balance, note_order_report, note_prices, note_refused
from data.snapshot_notes import own_changes, reported
from data.snapshots import SnapshotBuffer
from data.stale_answers import answer
from data.stale_positions import settle_matters
from data.standing import Standing, known_until, note_complete
from data.storage_errors import only_rows_of_ours, storage_errors
from data.surroundings import stop_counting
from data.unit_of_work import UnitOfWork

_WRONG_SERVER = {
    LedgerKind.PRACTICE: "This is the practice exchange, and this ledger is for real accounts: nothing was booked. "
    "Start `heatline demo`, or give practice a folder of its own with --data-dir.",
    LedgerKind.REAL: "This is a real server, and this ledger is for practice: nothing was booked. "
    "Start Heatline with another --data-dir.",
}
_BACK_FILL_DEADLINE = timedelta(seconds=15)


def _say_nothing(_text: str) -> None:
    """For who has nobody to tell."""


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
        practice_rates: Sequence[CommissionRate] = (),
        reentry_cap: ReentryCap | None = None,
        notify: Callable[[str], None] = _say_nothing,
        on_question: Callable[[str], None] = _say_nothing,
        may_become: Collection[LedgerKind] = tuple(LedgerKind),
        snapshots: SnapshotBuffer | None = None,
    ) -> None:
        """Loads what is on disk.

        `practice_modes` labels the practice exchange's accounts: in a practice ledger nobody has to confirm them.
        `practice_rates` are its commissions. After COMMIT `notify` gets sentences for the trader, and `on_question` the
        account whose positions the broker has to be asked for again; it is not called anew before he has answered.
        `may_become` are the kinds a ledger without one may take from the first server it meets. `snapshots` may hold
        what the ledger open before could not write.
        """
        self._thread = threading.current_thread()
        self._connection = connection
        self._contracts = contracts
        self._practice_modes = practice_modes
        self._practice_rates = practice_rates
        self._reentry_cap = reentry_cap
        self._notify = notify
        self._now = now
        self._may_become = may_become
        self._is_in_doubt = False
        self._snapshots = SnapshotBuffer() if snapshots is None else snapshots
        self._questions = Questions(on_question)
        with storage_errors(connection), only_rows_of_ours("The ledger"):
            self._state = load_state(connection, contracts, now())
        self._transact(_fold_left_over(contracts))

    @property
    def kind(self) -> LedgerKind | None:
        return self._state.kind

    @property
    def is_in_doubt(self) -> bool:
        """True when nobody can say whether the last write is on disk, or the session is gone: open the ledger again."""
        return self._is_in_doubt or self._connection.invalidated or self._connection.closed

    @property
    def has_questions(self) -> bool:
        """True while the broker has to be asked again about what an account holds, or has not answered yet."""
        wanting = (name for name, account in self._state.accounts.items() if account.inquiry.wants_answer)
        return any(self._state.is_confirmable(name) for name in wanting)

    def snapshot(self) -> LedgerSnapshot:
        """The ledger as committed."""
        return self._state.snapshot(self._now())

    def standing(self) -> Standing:
        """What the link has to ask for."""
        self._assert_owner()
        with storage_errors(self._connection), self._connection.begin():
            return Standing(self.symbols_in_play(), known_until(self._connection))

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
        before = self._state
        self._questions.hear(fact, self._now())
        snapshot = self._transact(lambda work: self._apply(work, fact))
        if isinstance(fact, AccountsListed):
            self._relabel_snapshots(fact.accounts)
        self._snapshots.add(reported(fact, before, self._state), self._now())
        return snapshot

    def carry_out(self, command: Command) -> LedgerSnapshot | None:
        """Does what the trader decided, whole or not at all; None where nothing changes that anybody can see.

        Raises:
            CommandRefused: it does not fit what the ledger holds; nothing was changed.
            StorageUnavailable: it is not done, hand it in again later.
            LedgerBug: it is not done and never will be as things are.
        """
        snapshot = self._transact(lambda work: self._carry_out(work, command))
        if isinstance(command, ConfirmMode):
            self._snapshots.relabel(command.account, command.mode)
        return snapshot

    def _relabel_snapshots(self, names: Sequence[str]) -> None:
        for name in names:
            self._snapshots.relabel(name, self._state.accounts[name].mode)

    def expire(self) -> LedgerSnapshot | None:
        """Ends what the broker had to confirm or deliver by now and did not."""
        return self._transact(self._expire)

    def save_snapshots(self, *, even_if_few: bool) -> int:
        """Writes snapshots that wait, between facts; the number written. What fails stays and is tried again."""
        self._assert_owner()
        now = self._now()
        return self._snapshots.save(self._connection, now) if even_if_few or self._snapshots.is_due(now) else 0

    def close(self) -> None:
        """Ends the connection; SQLite folds its write-ahead log into the file."""
        self._assert_owner()
        self._connection.close()

    def _transact(self, apply: Callable[[UnitOfWork], None]) -> LedgerSnapshot | None:
        self._assert_owner()
        draft = self._state.draft()
        with storage_errors(self._connection), self._connection.begin() as transaction:
            work = UnitOfWork(self._connection, draft, self._now())
            apply(work)
            settle_matters(work)
            say_unreached(work)
            if work.has_written:
                work.finish()
                # Until COMMIT has said that it did.
                self._is_in_doubt = True
            else:
                transaction.rollback()
        snapshot = self._advance(draft)
        for text in work.notices:
            self._notify(text)
        self._questions.put(self._state, self._now())
        return snapshot

    def _advance(self, draft: LedgerState) -> LedgerSnapshot | None:
        """The draft becomes what the ledger remembers, now that the disk holds it."""
        now = self._now()
        self._is_in_doubt = False
        self._snapshots.add(own_changes(self._state, draft, now), now)
        before, self._state = self._state, draft
        after = draft.snapshot(now)
        if before.revision != draft.revision:
            return after
        return None if replace(before.snapshot(now), duplicate_count=after.duplicate_count) == after else after

    def _apply(self, work: UnitOfWork, fact: Fact) -> None:  # noqa: C901, PLR0912  # one case for each kind of fact
        match fact:
            case LinkUp():
                self._link_up(work, fact)
            case LinkDown():
                self._link_down(work, fact)
            case AccountsListed():
                self._list_accounts(work, fact)
            case Fill():
                self._book_live(work, fact)
            case FillsListed():
                note_complete(work, fact.account)
                self._await_fills(work, fact.account)
                self._book(work, sorted(fact.fills, key=listed_moment))
                fold_waiting(work, fact.account, self._contracts, is_listed=True)
                judge_again(work, fact.account, self._contracts)
            case FillsUnavailable():
                self._go_without_back_fill(work, fact)
            case OrderReported():
                note_order_report(work, fact)
            case OrdersListed():
                list_orders(work, fact)
            case PositionReported():
                confirm_position(work, fact)
            case PositionsListed():
                confirm_account(work, fact, self._contracts)
            case PositionsUnavailable():
                note_silence(work, fact)
            case BalanceReported():
                note_balance(work, fact)
            case ContractDefined():
                self._define_contract(work, fact)
            case PricesSeen():
                note_prices(work, fact)
            case CourseTold():
                take_course(work, fact)
            case InputRefused():
                note_refused(work, fact)

    def _carry_out(self, work: UnitOfWork, command: Command) -> None:
        if isinstance(command, ConfirmMode):
            confirm_mode(work, command)
        if isinstance(command, ReleaseQuarantined):
            release(work, command, self._contracts)
        if isinstance(command, SetCommission):
            set_commission(work, command, self._contracts)
        if isinstance(command, TakeOver):
            take_over(work, command.old)
        if isinstance(command, StaleAnswer):
            answer(work, command, self._contracts)

    @staticmethod
    def _await_fills(work: UnitOfWork, name: str) -> None:
        """A back-fill that comes when nobody waits for it any more is folded as a whole all the same."""
        account = account_of(work, name)
        if account.ordering_since is None:
            work.state.accounts[name] = replace(account, ordering_since=work.now)

    def _book(self, work: UnitOfWork, fills: Sequence[Fill]) -> None:
        """An answer for one account may carry fills of others; each is booked where it belongs."""
        by_account: dict[str, list[Fill]] = defaultdict(list)
        for fill in fills:
            by_account[fill.account].append(fill)
        for name, its_fills in by_account.items():
            book_fills(work, name, its_fills, self._contracts)

    def _book_live(self, work: UnitOfWork, fact: Fill) -> None:
        """The order is noted first, so that the fill finds it; the position follows the order last."""
        key = PositionKey(account_of(work, fact.account).mode, fact.account, fact.symbol)
        order = note_order(work, fact.order) if fact.order else None
        before = work.state.positions.get(key)
        self._book(work, [fact])
        if self._reentry_cap is not None:
            warning = self._reentry_cap.check(work, key, before.position.reentry_count if before else 0)
            work.notices += [warning] if warning else []
        if order is not None:
            protect_beside(work, order)

    def _link_up(self, work: UnitOfWork, fact: LinkUp) -> None:
        kind = LedgerKind.PRACTICE if fact.is_practice else LedgerKind.REAL
        if kind != work.state.kind and (work.state.kind is not None or kind not in self._may_become):
            raise CommandRefused(_WRONG_SERVER[kind])
        if fact.is_practice:
            seed_commissions(work, self._practice_rates)
        work.state.kind = kind
        work.state.is_link_up = True
        begin_link(work)
        work.state.complete = frozenset()
        for name, account in work.state.accounts.items():
            work.state.accounts[name] = replace(
                account,
                confirmation=Confirmation(),
                ordering_since=work.now,
                listed_meanwhile=None,
                are_orders_listed=False,
                inquiry=account.inquiry.after_link(),
            )
        work.append_event("link_up", detail=fact.server_name)

    def _link_down(self, work: UnitOfWork, fact: LinkDown) -> None:
        work.state.is_link_up = False
        begin_link(work)
        for name in list(work.state.accounts):
            fold_waiting(work, name, self._contracts)
            account = work.state.accounts[name]
            inquiry = account.inquiry.after_link()
            work.state.accounts[name] = replace(account, confirmation=Confirmation(), inquiry=inquiry)
        stop_counting(work)
        work.append_event("link_down", detail=fact.reason)

    def _list_accounts(self, work: UnitOfWork, fact: AccountsListed) -> None:
        shown = work.state.shown or frozenset()
        show_accounts(work, fact.accounts)
        for name in fact.accounts:
            mode = self._mode_of_new(work, name)
            if name not in work.state.accounts:
                work.save_account(Account(name, mode))
            elif mode is not Mode.UNKNOWN:
                # A fill of practice may be told before its account is.
                confirm_mode(work, ConfirmMode(name, mode))
            # What is asked again later needs no order: nothing can have been missed since.
            if name not in shown:
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
        judge_again(work, fact.account, self._contracts)
        work.append_event("fills_unavailable", account=fact.account, detail=f"{fact.answer}: {fact.reason}")

    def _define_contract(self, work: UnitOfWork, fact: ContractDefined) -> None:
        self._contracts.define(fact.symbol, fact.contract)
        fill_in_money(work, fact.symbol, fact.contract)
        for held in list(work.state.positions.values()):
            if held.position.key.symbol == fact.symbol and held.contract != fact.contract:
                work.save_position(replace(held, contract=fact.contract))
                work.append_event("contract_defined", key=held.position.key, trade_id=held.position.trade_id)

    def _expire(self, work: UnitOfWork) -> None:
        for account in list(work.state.accounts.values()):
            if account.ordering_since is not None and not (
                timedelta(0) <= work.now - account.ordering_since <= _BACK_FILL_DEADLINE
            ):
                fold_waiting(work, account.name, self._contracts)
                judge_again(work, account.name, self._contracts)
            expire_confirmation(work, work.state.accounts[account.name])

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
