"""What accounts held and were worth over time: written in batches between fills.

Nothing but looking back depends on these rows. So they wait for the disk in memory, up to a number, and never hold up a
fill.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.errors import LedgerBug, StorageUnavailable
from core.values import Mode
from data.fill_statements import insert_if_new
from data.prepared import Hand
from data.rows import Row
from data.snapshot_notes import BALANCES, POSITIONS, Note
from data.storage_errors import storage_errors

_INSERT = {
    POSITIONS: insert_if_new(POSITIONS, "account", "symbol", "at", "source"),
    BALANCES: insert_if_new(BALANCES, "account", "at"),
}
_SUBJECT = ("account", "symbol", "source")
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_WAIT = timedelta(seconds=1)
_BATCH = 200
_MOST_AT_ONCE = 500  # so that the next fill need not wait long
_MOST_WAITING = 10_000
_log = logging.getLogger(__name__)


def insert_snapshots(connection: Connection, table: str, rows: Sequence[Row]) -> int:
    """Writes rows of one of the two tables inside a transaction; the number that was not there yet."""
    return Hand(connection).run_many(_INSERT[table], rows) if rows else 0


class SnapshotBuffer:
    """Snapshots that wait to be written, oldest first. It outlives the ledger's connection. Ledger thread only."""

    def __init__(self, most_waiting: int = _MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._waiting: list[Note] = []
        self._newest: dict[tuple[object, ...], datetime] = {}
        self._due_at: datetime | None = None
        self._is_failing = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, notes: Iterable[Note], now: datetime) -> None:
        """Takes snapshots of what is committed; where too many wait, those that came first stay."""
        for table, row in notes:
            if len(self._waiting) >= self._most_waiting:
                self._drop(1)
            else:
                self._waiting.append((table, {**row, "at": self._own_moment(table, row)}))
        if self._waiting and self._due_at is None:
            self._due_at = now + _LONGEST_WAIT

    def relabel(self, account: str, mode: Mode) -> None:
        """The account's mode was answered: what waits carries it, as what is written does."""
        self._waiting = [
            (table, {**row, "mode": mode} if row["account"] == account else row) for table, row in self._waiting
        ]

    def is_due(self, now: datetime) -> bool:
        # While the disk takes nothing, a full batch waits its turn like any other.
        is_full = len(self._waiting) >= _BATCH and not self._is_failing
        return self._due_at is not None and (is_full or now >= self._due_at)

    def save(self, connection: Connection, now: datetime) -> int:
        """Writes the oldest that wait, in a transaction of their own; the number really inserted.

        What the disk does not take now stays, and is due again after a pause.
        """
        batch = self._waiting[:_MOST_AT_ONCE]
        if not batch:
            return 0
        inserted = 0
        try:
            with storage_errors(), connection.begin():
                for table in _INSERT:
                    inserted += insert_snapshots(connection, table, [row for name, row in batch if name == table])
        except StorageUnavailable as error:
            self._is_failing = True
            self._due_at = now + _LONGEST_WAIT
            _log.warning("%s snapshots wait for the disk: %s", len(self._waiting), error)
            return 0
        except LedgerBug as error:
            _log.error("Snapshots that the ledger will never take are left out: %s", error)  # said, not traced
            self._drop(len(batch))
        self._is_failing = False
        del self._waiting[: len(batch)]
        self._due_at = now if self._waiting else None
        return inserted

    def _own_moment(self, table: str, row: Row) -> datetime:
        """A coarse clock gives one moment to two changes; each keeps its own, in their order."""
        subject = (table, *(row.get(name) for name in _SUBJECT))
        at: datetime = row["at"]
        newest = self._newest.get(subject)
        if newest is not None and at <= newest:
            at = newest + _MICROSECOND
        self._newest[subject] = at
        return at

    def _drop(self, count: int) -> None:
        if not self.dropped:
            _log.error("Snapshots of positions and balances are dropped: the disk has not taken any for too long")
        self.dropped += count
