"""The composition root: who there is, who talks to whom, and in which order they start and stop."""

import asyncio
import logging
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from app.review_controller import ReviewController
from core.clock import utc_now
from core.facts import Fact, InputRefused
from core.quotes import QuoteBox
from core.settings import Settings
from core.snapshots import Notice
from core.state_manager import StateManager
from data.backup_keeper import BackupKeeper
from data.contract_table import read_calendars, read_contract_book
from data.database import open_writer
from data.dtc.connection import Outlets
from data.dtc.link import Address, Link
from data.journal import Journal
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.ledger_thread import LedgerThread
from data.place import Place
from data.practice.listing import PRACTICE_MODES, practice_rates
from data.reentry_cap import ReentryCap
from data.snapshots import SnapshotBuffer
from panels.panel3_review import ReviewPanel

_log = logging.getLogger(__name__)
_STOP_DEADLINE = 5.0  # seconds each part has to end


@dataclass(frozen=True, slots=True)
class Setting:
    """What one run works on."""

    database: Place
    address: Address
    may_become: Collection[LedgerKind]
    settings: Settings = field(default_factory=Settings)


class Program:
    """The threads behind the window. Start and stop it on the GUI thread; the state manager outlives it."""

    def __init__(self, setting: Setting, state: StateManager, quotes: QuoteBox, review: ReviewPanel) -> None:
        self._setting = setting
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._review = ReviewController(state, review, self._worker, lambda: Journal.at(setting.database))
        self._ledger = LedgerThread(
            self._open_ledger, state.publish, on_open=self._go_on, on_wrong_server=self._leave_server
        )
        self._publish = state.publish
        self._snapshots = SnapshotBuffer()
        self._backups: BackupKeeper | None = None
        if isinstance(setting.database, Path):
            self._backups = BackupKeeper(setting.database, state.publish, utc_now)
        outlets = Outlets(post=self._take, publish=state.publish, quotes=quotes, now=utc_now)
        self._link = Link(setting.address, outlets)

    def start(self) -> None:
        """Opens the ledger; the link follows once what is on disk has been shown."""
        self._review.start()
        self._ledger.start()

    async def stop(self) -> None:
        """Start-up reversed: producers first, then the ledger behind its last fact, then its readers."""
        self._link.stop()
        await _join(self._link)
        self._ledger.stop()
        await _join(self._ledger)
        # The ledger may have started the link while it was being stopped; it ends at once then.
        await _join(self._link)
        self._link.close()
        if self._backups is not None:
            self._backups.stop()
            await _join(self._backups)
        await self._review.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _take(self, fact: Fact) -> None:
        """Called on the dtc thread. What was refused is kept in the ledger, and the trader hears of it besides."""
        self._ledger.post(fact)
        if isinstance(fact, InputRefused):
            self._publish(Notice(f"A report of {fact.subject} was not understood: {fact.reason}"))

    def _open_ledger(self) -> Ledger:
        connection = open_writer(self._setting.database)
        try:
            return Ledger(
                connection,
                read_contract_book(),
                utc_now,
                practice_modes=PRACTICE_MODES,
                practice_rates=practice_rates(),
                may_become=self._setting.may_become,
                reentry_cap=self._reentry_cap(),
                notify=lambda text: self._publish(Notice(text)),
                snapshots=self._snapshots,
            )
        except BaseException:
            connection.close()
            raise

    def _reentry_cap(self) -> ReentryCap | None:
        cap = self._setting.settings.reentry_cap
        return None if cap is None else ReentryCap(cap, read_calendars())

    def _go_on(self, wire_symbols: tuple[str, ...]) -> None:
        """The ledger is open; opened again, it asks the server anew for all that came since it was last sure."""
        self._link.watch(wire_symbols)
        if self._link.ident is not None:
            self._link.redial()
            return
        self._link.start()
        if self._backups is not None:
            self._backups.start()

    def _leave_server(self, reason: str) -> None:
        _log.error("Wrong server: %s", reason)
        self._link.stop()


async def _join(thread: threading.Thread) -> None:
    if thread.ident is None:
        return
    await asyncio.to_thread(thread.join, _STOP_DEADLINE)
    if thread.is_alive():
        _log.error("Thread %s did not end in %s s", thread.name, _STOP_DEADLINE)
