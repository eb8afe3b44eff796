"""A ledger that another panel writes, shown as it stands on the server: read again whenever it has moved."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, select

from core.clock import Now
from core.contracts import ContractBook
from core.errors import HeatlineError, StorageUnavailable
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Publication, StorageStatus
from data.ledger_loading import load_state
from data.place import name_of
from data.postgres import is_writer_there, open_server_reader
from data.schema import TABLES
from data.storage_errors import only_rows_of_ours, storage_errors

if TYPE_CHECKING:
    from datetime import datetime

_log = logging.getLogger(__name__)
_PAUSE = 0.5  # between two looks
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
# A panel that lost its session has it back sooner than this many looks.
_LOOKS_WITHOUT_WRITER = 6

_WRITTEN = (
    "Another panel writes this ledger: here nothing is confirmed by the broker, and nothing can be changed or answered"
)
_ENDED = "The panel that wrote this ledger has ended, and nothing is booked: restart this one to take over"
_NO_LINK = LinkStatus(LinkState.DOWN, "Read only: the panel that writes has the link")
_REVISION = select(TABLES["ledgermeta"].c.revision)


class WatchedLedger:
    """The ledger at `url` over one connection that can only read. Runs on the thread that made it."""

    def __init__(self, url: URL, contracts: ContractBook, now: Now) -> None:
        self._thread = threading.current_thread()
        self._contracts = contracts
        self._now = now
        self._name = name_of(url)
        self._shown: int | None = None
        with storage_errors():
            self._connection: Connection = open_server_reader(url).connect()

    def look(self) -> LedgerSnapshot | None:
        """The whole ledger as of its last commit; None where that has been seen, or the writer only begins.

        Raises:
            StorageUnavailable: the server cannot be asked now; open the ledger again later.
            StorageDamaged, LedgerBug: the tables do not fit together.
        """
        self._assert_owner()
        with storage_errors(), only_rows_of_ours(self._name):
            with self._connection.begin():
                revision = self._connection.execute(_REVISION).scalar()
            if revision is None or revision == self._shown:
                return None
            state = load_state(self._connection, self._contracts, self._now())
        self._shown = state.revision
        # What is confirmed only the panel with the link knows, and only there can it be asked about.
        return replace(state.snapshot(self._now()), stale=(), is_read_only=True)

    def is_written(self) -> bool:
        """True while a panel holds the right to write the ledger."""
        self._assert_owner()
        with storage_errors(), self._connection.begin():
            return is_writer_there(self._connection)

    def close(self) -> None:
        self._assert_owner()
        self._connection.close()

    def _assert_owner(self) -> None:
        if threading.current_thread() is not self._thread:
            raise RuntimeError("The watched ledger belongs to the thread that opened it")


class LedgerWatch(threading.Thread):
    """Publishes each state that another panel commits, and says in words that here it can only be read.

    A server that goes is asked again until it is back; meanwhile the window is told since when what it shows is old. A
    panel that ends is said, and that this one takes over when it is started anew: never by itself.
    """

    def __init__(
        self, open_ledger: Callable[[], WatchedLedger], publish: Callable[[Publication], None], now: Now
    ) -> None:
        super().__init__(name="ledger watch")
        self._open_ledger = open_ledger
        self._publish = publish
        self._now = now
        self._is_over = threading.Event()
        self._said: str | None = None
        self._pause = _FIRST_PAUSE
        self._read_at: datetime | None = None
        self._looks_without_writer = 0

    def stop(self) -> None:
        """Ends the thread after the look under way; before the start it ends at once then."""
        self._is_over.set()

    def run(self) -> None:
        self._publish(_NO_LINK)
        self._say(_WRITTEN)
        try:
            while not self._is_over.is_set():
                self._follow()
        except Exception as error:
            self._say(f"What the other panel writes is shown no further: {error!r}")
            raise

    def _follow(self) -> None:
        """Watches until the end or until the ledger cannot be read; waits before the next try then."""
        try:
            ledger = self._open_ledger()
            try:
                self._watch(ledger)
            finally:
                ledger.close()
        except HeatlineError as error:
            if self._say(self._trouble(error)):
                _log.warning("%s", error)
            self._is_over.wait(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _watch(self, ledger: WatchedLedger) -> None:
        while not self._is_over.is_set():
            snapshot = ledger.look()
            self._read_at, self._pause = self._now(), _FIRST_PAUSE
            if snapshot is not None:
                self._publish(snapshot)
            self._looks_without_writer = 0 if ledger.is_written() else self._looks_without_writer + 1
            self._say(_ENDED if self._looks_without_writer >= _LOOKS_WITHOUT_WRITER else _WRITTEN)
            self._is_over.wait(_PAUSE)

    def _trouble(self, error: HeatlineError) -> str:
        if not isinstance(error, StorageUnavailable):
            return f"This ledger cannot be read: {error}"
        if self._read_at is None:
            return "Not connected to the database"
        return f"Not connected to the database since {self._read_at.astimezone():%H:%M:%S}"

    def _say(self, text: str) -> bool:
        """True where that is news."""
        if text == self._said:
            return False
        self._said = text
        self._publish(StorageStatus(is_saved=True, waiting=0, text=text, is_read_only=True))
        return True
