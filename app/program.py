"""The composition root: who there is, who talks to whom, and in which order they start and stop."""

import asyncio
import logging
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.review_controller import ReviewController
from core.clock import utc_now
from core.facts import Fact, InputRefused
from core.quotes import QuoteBox
from core.snapshots import Notice
from core.state_manager import StateManager
from data.contract_table import read_contract_book
from data.database import open_writer
from data.dtc.connection import Outlets
from data.dtc.link import Address, Link
from data.journal import Journal
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.ledger_thread import LedgerThread
from data.practice.listing import PRACTICE_MODES
from panels.panel3_review import ReviewPanel

_log = logging.getLogger(__name__)
_STOP_DEADLINE = 5.0  # seconds each part has to end


@dataclass(frozen=True, slots=True)
class Setting:
    """What one run works on."""

    database: Path
    address: Address
    may_become: Collection[LedgerKind]


class Program:
    """The threads behind the window. Start and stop it on the GUI thread; the state manager outlives it."""

    def __init__(self, setting: Setting, state: StateManager, quotes: QuoteBox, review: ReviewPanel) -> None:
        self._setting = setting
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._review = ReviewController(state, review, self._worker, lambda: Journal.at(setting.database))
        self._ledger = LedgerThread(
            self._open_ledger, state.publish, on_open=self._start_link, on_wrong_server=self._leave_server
        )
        self._publish = state.publish
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
        await self._review.stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _take(self, fact: Fact) -> None:
        """Called on the dtc thread. What was refused is kept in the ledger, and the trader hears of it besides."""
        self._ledger.post(fact)
        if isinstance(fact, InputRefused):
            self._publish(Notice(f"A report of {fact.account or 'the server'} was not understood: {fact.reason}"))

    def _open_ledger(self) -> Ledger:
        return Ledger(
            open_writer(self._setting.database),
            read_contract_book(),
            utc_now,
            practice_modes=PRACTICE_MODES,
            may_become=self._setting.may_become,
        )

    def _start_link(self, wire_symbols: tuple[str, ...]) -> None:
        self._link.watch(wire_symbols)
        self._link.start()

    def _leave_server(self, reason: str) -> None:
        _log.error("Wrong server: %s", reason)
        self._link.stop()


async def _join(thread: threading.Thread) -> None:
    if thread.ident is None:
        return
    await asyncio.to_thread(thread.join, _STOP_DEADLINE)
    if thread.is_alive():
        _log.error("Thread %s did not end in %s s", thread.name, _STOP_DEADLINE)
