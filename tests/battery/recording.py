"""What our ledger does to the disk: its own SQL, run again through a VFS that writes down every write and sync."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw
from sqlalchemy import Engine, event

from tests.battery.comparing import compare_with_executions
from tests.battery.trading import Trading
from tests.integration.conftest import Books

_NOT_OURS = ("--", "VACUUM", "ATTACH")  # comments of the trace, and copies made elsewhere


@dataclass(frozen=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True)
class Delete:
    file: str


@dataclass(frozen=True)
class Sync:
    file: str


@dataclass(frozen=True)
class Acknowledged:
    """A fact is booked; the ledger's state has this number."""

    state: int


Operation = Write | Truncate | Delete | Sync | Acknowledged


@dataclass
class Recording:
    """All that reached the disk, from its first content on, and the states that the acknowledged facts made."""

    first: dict[str, bytes]
    operations: list[Operation] = field(default_factory=list)
    states: list[int] = field(default_factory=list)


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, operations: list[Operation]) -> None:  # apsw's own types
        super().__init__("", name, flags)
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "").name
        self._operations = operations

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802  # as SQLite names it
        self._operations.append(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802  # as above
        self._operations.append(Truncate(self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802  # as above
        self._operations.append(Sync(self._name))
        super().xSync(flags)


class _RecordingVfs(apsw.VFS):
    def __init__(self, operations: list[Operation]) -> None:
        self._operations = operations
        super().__init__("recording", base="")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # as SQLite names it
        return _File(name, flags, self._operations)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802, FBT001  # as above
        self._operations.append(Delete(Path(name).name))
        super().xDelete(name, sync)


def record(folder: Path, random: Random, facts: int, *, synchronous: str = "", pages: int = 1000) -> Recording:
    """A morning, a restart and an afternoon of trading.

    `synchronous` overrides what the program sets; `pages` is the size at which the log is folded into the file.
    """
    ours = Books(folder / "ours")
    ours.open()
    ours.close()
    trading = Trading(random)
    copy = folder / "recorded" / ours.path.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(ours.path.read_bytes())
    lives = [_statements(ours, trading, facts // 2) for _ in ("morning", "afternoon")]
    overrides = [f"PRAGMA wal_autocheckpoint = {pages}"]
    if synchronous:
        overrides.append(f"PRAGMA synchronous = {synchronous}")
    return _replay(copy, lives, overrides)


def _statements(books: Books, trading: Trading, facts: int) -> list[list[str]]:
    """The SQL of one life of the program: of its start, then of each fact."""
    with _tracing() as heard:
        ledger = books.open()
        spoken = [list(heard)]
        script = [*trading.log_on(trading.fills[-5:]), *trading.facts(facts)]
        for fact in script:
            heard.clear()
            ledger.handle(fact)
            spoken.append(list(heard))
        books.close()
    return spoken


@contextmanager
def _tracing() -> Iterator[list[str]]:
    """Every statement as SQLite itself sees it, from the next connection on."""
    heard: list[str] = []

    def listen(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(heard.append)

    event.listen(Engine, "connect", listen, insert=True)
    try:
        yield heard
    finally:
        event.remove(Engine, "connect", listen)


def _replay(path: Path, lives: Sequence[Sequence[Sequence[str]]], overrides: Sequence[str]) -> Recording:
    recording = Recording({path.name: path.read_bytes()})
    vfs = _RecordingVfs(recording.operations)
    for life in lives:
        connection = apsw.Connection(str(path), vfs="recording")
        start, *facts = life
        _run(connection, [*start, *overrides])
        # A start books nothing new, but it may fold what waited: a state of its own.
        for statements in [[], *facts]:
            _run(connection, statements)
            recording.states.append(state_of(connection))
            recording.operations.append(Acknowledged(len(recording.states) - 1))
            _assert_folded(connection)
        connection.close()
    vfs.unregister()
    return recording


def _run(connection: apsw.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        if not statement.startswith(_NOT_OURS):
            connection.execute(statement).fetchall()


def _assert_folded(connection: apsw.Connection) -> None:
    connection.row_trace = lambda cursor, row: dict(zip((each[0] for each in cursor.description), row, strict=True))
    compare_with_executions(connection)
    connection.row_trace = None


def state_of(connection: Any) -> int:  # of either library
    """Every value of every table in one number."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    tables = ((name, *connection.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in names)  # noqa: S608  # names of ours
    return hash(tuple(tables))
