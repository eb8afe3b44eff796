"""Sierra Chart's intraday file, read by record number and by time while Sierra goes on writing it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import numpy as np

from data.feeds.scid_record import (
    HEADER_BYTES,
    RECORD,
    RECORD_BYTES,
    FileState,
    ScidNotReady,
    read_header_size,
    stamp_of,
    to_block,
    to_unix_us,
)
from data.feeds.tick import Rows, Tick, TickBlock

# Trades of several venues' engines may step back in a file by moments. Searches allow for this much of it; what a
# back-fill changes further back, Sierra writes in its place, in order.
DISORDER_US = 60_000_000

_CHUNK = 65_536  # records at a time: 2.6 MB
_FEW = 2_048  # a search ends by reading this many at once


class OpenScid:
    """A .scid file while it is open, for a moment only: within one `ScidFile.opened()`."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path, self._file = path, file
        self._header_size = read_header_size(path, file.read(HEADER_BYTES))
        status = os.fstat(file.fileno())
        self.identity = (status.st_dev, status.st_ino)
        self.record_count = max(0, status.st_size - self._header_size) // RECORD_BYTES

    def read(self, first: int, count: int) -> Rows:
        """Up to `count` records from number `first` on; fewer at the end of the file, whole ones only."""
        data = self._bytes(first, count * RECORD_BYTES)
        return np.frombuffer(data, RECORD, count=len(data) // RECORD_BYTES)

    def at_us(self, number: int) -> int:
        """The time of one record, microseconds UTC.

        Raises:
            ScidNotReady: it is not there any more.
        """
        record = self._bytes(number, RECORD_BYTES)
        if len(record) < RECORD_BYTES:
            raise ScidNotReady(FileState.CHANGING, f"{self._path} was rewritten while it was read")
        return stamp_of(record)

    def first_near(self, at_us: int) -> int:
        """A record number, close before it happened, before which nothing happened at or after `at_us`."""
        return self._crossing(at_us - DISORDER_US)

    def end_near(self, at_us: int) -> int:
        """A record number, close behind it, from which on nothing happened before `at_us`."""
        return self._crossing(at_us + DISORDER_US)

    def _crossing(self, at_us: int) -> int:
        """A number whose record is at or after `at_us` while the one before it is not; in order there is but one."""
        before, behind = 0, self.record_count  # every record that was looked at below `before` is earlier
        while behind - before > _FEW:
            middle = (before + behind) // 2
            if self.at_us(middle) < at_us:
                before = middle + 1
            else:
                behind = middle
        reached = to_unix_us(self.read(before, behind - before)["time"]) >= at_us
        return before + int(reached.argmax()) if reached.any() else behind

    def _bytes(self, first: int, size: int) -> bytes:
        self._file.seek(self._header_size + first * RECORD_BYTES)
        return self._file.read(size)


class ScidFile:
    """A .scid file; each question opens, reads and closes it: a handle kept open would keep Sierra from rewriting it.

    Every method raises ScidNotReady, which names the file, while it is missing, unreadable, without a whole header, or
    of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def opened(self) -> Iterator[OpenScid]:
        """The file for as long as the block lasts: read and leave, wait for nothing in between."""
        try:
            with self.path.open("rb", buffering=0) as file:
                yield OpenScid(self.path, file)
        except FileNotFoundError as error:
            raise ScidNotReady(FileState.MISSING, f"{self.path} cannot be read: there is no such file") from error
        except OSError as error:
            raise ScidNotReady(FileState.UNREADABLE, f"{self.path} cannot be read: {error.strerror}") from error

    @property
    def record_count(self) -> int:
        """Whole records in the file now; a record still being written does not count."""
        with self.opened() as scid:
            return scid.record_count

    def newest_us(self) -> int | None:
        """The time of the last record, microseconds UTC; None for a file without any."""
        with self.opened() as scid:
            return scid.at_us(scid.record_count - 1) if scid.record_count else None

    def read(self, first: int, count: int) -> TickBlock:
        """Up to `count` records from number `first` on; fewer at the end of the file."""
        with self.opened() as scid:
            return to_block(scid.read(first, count))

    def ticks(self) -> Iterator[Tick]:
        """Every tick there is now, in file order; what cannot be read is refused at once, not at the first tick."""
        return (tick for block in self._blocks(0, self.record_count, b"") for tick in block.ticks())

    def ticks_between(self, start_us: int, end_us: int) -> Iterator[TickBlock]:
        """What happened from `start_us` up to, not at, `end_us`, in file order, in blocks of bounded size.

        Nothing outside is read but what the search looks at and a minute on both sides, because stamps may step back.

        Raises:
            ScidNotReady: also where the file was rewritten between two blocks; what came before them is void.
        """
        with self.opened() as scid:
            first, end = scid.first_near(start_us), scid.end_near(end_us)
            before = scid.read(first - 1, 1).tobytes() if first else b""
        for block in self._blocks(first, end, before):
            within = block.between(start_us, end_us)
            if len(within):
                yield within

    def _blocks(self, first: int, end: int, last: bytes) -> Iterator[TickBlock]:
        """Each read begins with the record `last` before it, so that a rewrite in between cannot go unseen."""
        while first < end:
            overlap = len(last) // RECORD_BYTES
            with self.opened() as scid:
                rows = scid.read(first - overlap, min(_CHUNK, end - first) + overlap)
            if len(rows) <= overlap or rows[:overlap].tobytes() != last:
                raise ScidNotReady(FileState.CHANGING, f"{self.path} was rewritten while it was read")
            first, last, block = first + len(rows) - overlap, rows[-1].tobytes(), to_block(rows[overlap:])
            if len(block):
                yield block
