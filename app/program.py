"""The composition root: who there is, who talks to whom, and in which order they start and stop."""

import asyncio
import logging
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from app.account_controller import AccountController
from app.course_opening import open_courses
from app.feed_opening import open_feed
from app.ledger_opening import open_ledger
from app.main_window import MainWindow
from app.price_lookup import recorded_price_in
from app.review_controller import ReviewController
from app.stale_controller import StaleController
from core.clock import utc_now
from core.facts import ContractDefined, Fact, InputRefused
from core.quotes import QuoteBox
from core.settings import Settings
from core.snapshots import LedgerSnapshot, Notice, Publication
from core.state_manager import StateManager
from data.backup_keeper import BackupKeeper
from data.contract_table import read_contract_book
from data.dtc.connection import Outlets
from data.dtc.link import Address, Link
from data.dtc.timing import Timing
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.feed_thread import FeedThread
from data.feeds.tape import Tape
from data.imports.old_state_files import take_over_files
from data.journal import Journal
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.ledger_thread import LedgerThread
from data.ledger_watch import LedgerWatch, WatchedLedger
from data.place import Place
from data.snapshots import SnapshotBuffer
from data.standing import Standing

_log = logging.getLogger(__name__)
_STOP_DEADLINE = 5.0  # seconds each part has to end


@dataclass(frozen=True, slots=True)
class Setting:
    """What one run works on."""

    database: Place
    address: Address
    may_become: Collection[LedgerKind]
    settings: Settings = field(default_factory=Settings)
    old_state: Path | None = None  # the folder where an older panel may have left files
    sierra_data: Path | None = None  # where Sierra Chart records prices


class Program:
    """The threads behind the window. Start and stop it on the GUI thread; the state manager outlives it."""

    def __init__(self, setting: Setting, state: StateManager, quotes: QuoteBox, window: MainWindow) -> None:
        self._setting = setting
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._review = ReviewController(state, window.review, self._worker, lambda: Journal.at(setting.database))
        self._publish = state.publish
        window.reconcile_requested.connect(self.reconcile)
        self._watch = _watch_of(setting.database, state)
        self._ledger = LedgerThread(
            self._open_ledger,
            self._publish_ledger,
            on_open=self._go_on,
            on_wrong_server=self._leave_server,
            on_in_use=self._watch.start if self._watch else None,
        )
        self._accounts = AccountController(state, window, self._ledger.submit)
        tape = Tape()
        self._courses = open_courses(setting.database, setting.sierra_data, tape, self._ledger.post)
        self._feed = self._open_feed(state, quotes, tape)
        price_at = recorded_price_in(setting.sierra_data)
        self._stale = StaleController(state, window, self._ledger.submit, price_at, self._worker)
        self._snapshots = SnapshotBuffer()
        self._backups: BackupKeeper | None = None
        if isinstance(setting.database, Path):
            self._backups = BackupKeeper(setting.database, state.publish, utc_now)
        outlets = Outlets(post=self._take, publish=state.publish, quotes=quotes, now=utc_now, prices=self._feed.hear)
        settings = setting.settings
        timing = Timing(round_interval=60 * settings.reconcile_minutes)
        self._link = Link(setting.address, outlets, timing, back_fill_days=settings.back_fill_days)

    def start(self) -> None:
        """Opens the ledger; the link follows once what is on disk has been shown."""
        self._review.start()
        self._accounts.start()
        self._stale.start()
        self._feed.start()
        self._courses.start()
        self._ledger.start()

    def reconcile(self) -> None:
        """Has the broker asked about all accounts; connects at once where there is no link."""
        self._link.reconcile()

    async def stop(self) -> None:
        """Start-up reversed: producers first, then the ledger behind its last fact, then its readers."""
        self._link.stop()
        self._feed.stop()
        self._courses.stop()
        await _join(self._link)
        await _join(self._feed)
        await _join(self._courses)
        self._ledger.stop()
        await _join(self._ledger)
        await self._accounts.stop()
        await self._stale.stop()
        if self._watch is not None:
            self._watch.stop()
            await _join(self._watch)
        # The ledger may have started the link while it was being stopped; it ends at once then.
        await _join(self._link)
        self._link.close()
        if self._backups is not None:
            self._backups.stop()
            await _join(self._backups)
        await self._review.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _open_feed(self, state: StateManager, quotes: QuoteBox, tape: Tape) -> FeedThread:
        outlets = FeedOutlets(self._ledger.post, state.publish, quotes, tape, utc_now, self._courses.rewritten)
        return open_feed(self._setting.sierra_data, outlets)

    def _publish_ledger(self, publication: Publication) -> None:
        """Called on the ledger thread. What is held says whose prices are wanted, and what closed whose course."""
        self._publish(publication)
        if isinstance(publication, LedgerSnapshot):
            self._feed.hear(publication)
            self._courses.hear(publication)

    def _take(self, fact: Fact) -> None:
        """Called on the dtc thread. What was refused is kept in the ledger, and the trader hears of it besides."""
        self._ledger.post(fact)
        if isinstance(fact, ContractDefined):
            self._feed.hear(fact)
        if isinstance(fact, InputRefused):
            self._publish(Notice(f"A report of {fact.subject} was not understood: {fact.reason}"))

    def _open_ledger(self) -> Ledger:
        return open_ledger(
            self._setting.database,
            self._setting.may_become,
            self._setting.settings,
            notify=lambda text: self._publish(Notice(text)),
            on_question=self._link.reconcile,
            snapshots=self._snapshots,
        )

    def _go_on(self, standing: Standing) -> None:
        """The ledger is open; opened again, it asks the server anew for all that came since it was last sure."""
        self._link.watch(standing.wire_symbols)
        self._link.begin_behind(standing.known_until)
        if self._link.ident is not None:
            self._link.redial()
            return
        if self._setting.old_state is not None:
            # Before the link can add to what was on disk.
            take_over_files(self._setting.old_state, self._ledger.submit, lambda text: self._publish(Notice(text)))
        self._link.start()
        if self._backups is not None:
            self._backups.start()

    def _leave_server(self, reason: str) -> None:
        _log.error("Wrong server: %s", reason)
        self._link.stop()


def _watch_of(place: Place, state: StateManager) -> LedgerWatch | None:
    """A server's ledger can be watched while another panel writes it; a file's second window is refused."""
    if isinstance(place, Path):
        return None
    return LedgerWatch(lambda: WatchedLedger(place, read_contract_book(), utc_now), state.publish, utc_now)


async def _join(thread: threading.Thread) -> None:
    if thread.ident is None:
        return
    await asyncio.to_thread(thread.join, _STOP_DEADLINE)
    if thread.is_alive():
        _log.error("Thread %s did not end in %s s", thread.name, _STOP_DEADLINE)
