"""A ledger in a SQLite file: one connection that writes, and readers that never can."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.pool import NullPool

from core.clock import utc_now
from core.errors import ConfigError, StorageDamaged, StorageUnavailable
from data.backup import back_up
from data.backup_list import advice
from data.instance_lock import InstanceLock
from data.ledger_schema import refuse_unreadable, schema_of
from data.migrations.runner import migrate, newest_revision
from data.storage_errors import damage, storage_errors

_WRITER_PRAGMAS = (
    # NORMAL loses acknowledged fills when the power goes; FULL loses none.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 1000",
)


def open_file_writer(path: Path) -> Connection:
    """The one read-write connection to the ledger at `path`; while it is open nobody else gets one."""
    with _opening(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = InstanceLock.acquire(path)
        try:
            return _open_locked(path, lock)
        except BaseException:
            lock.release()
            raise


def open_file_reader(path: Path) -> Engine:
    """An engine whose connections can only read, beside whoever writes."""
    if not path.is_file():
        raise ConfigError(f"There is no ledger at {path}")
    _refuse_empty(path)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    _name_damage(engine, path)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver begins nothing for a SELECT: each would see a moment of its own while somebody writes.
        connection.connection.cursor().execute("BEGIN")

    with _opening(path), engine.connect() as connection:
        refuse_unreadable(connection, path)
    return engine


def _open_locked(path: Path, lock: InstanceLock) -> Connection:
    if path.exists():
        _refuse_empty(path)
    else:
        _create(path)
    engine = _writing_engine(path)
    connection = engine.connect()
    try:
        _bring_up_to_date(connection, path)
    except BaseException:
        connection.close()
        raise
    event.listen(engine, "close", lambda *_: lock.release())
    return connection


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        with storage_errors(path):
            yield
    except OSError as error:
        raise StorageUnavailable(f"The folder {path.parent} cannot be used: {error.strerror}") from error


def _name_damage(engine: Engine, path: Path) -> None:
    """Damage is found at any statement; wherever it is, the trader hears of the file and of the way back."""

    @event.listens_for(engine, "handle_error")
    def _explain(context: ExceptionContext) -> StorageDamaged | None:
        return damage(context.original_exception, path)


def _refuse_empty(path: Path) -> None:
    """A ledger is never created empty, so an empty file is what is left of one."""
    if path.stat().st_size == 0:
        raise ConfigError(f"{path} is empty: a ledger was lost here. {advice(path)}")


def _create(path: Path) -> None:
    """Makes a ledger, readable by its owner only, under another name and moves it here once it is whole."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        # SQLite would play it into the new file.
        raise ConfigError(f"{log} is left of a ledger that is gone: put {path.name} back beside it, or move it away")
    unfinished = path.with_name(f"{path.name}.new")
    for leftover in path.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with _writing_engine(unfinished).connect() as connection:
        _log_ahead(connection)
        migrate(connection)
    unfinished.replace(path)


def _writing_engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    _name_damage(engine, path)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401  # SQLAlchemy's pool record
        # Transactions are begun below, by name: the driver's own begin would take the write lock too late.
        connection.isolation_level = None
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if driver.in_transaction:
            # A COMMIT that found the file in use leaves its transaction open.
            driver.rollback()
        # A transaction that reads first and writes later can fail with BUSY at once, whatever the timeout.
        driver.cursor().execute("BEGIN IMMEDIATE")

    return engine


def _bring_up_to_date(connection: Connection, path: Path) -> None:
    schema = schema_of(connection, path)
    if schema is None:
        raise ConfigError(f"{path} is a database, but not a Heatline ledger; it was left as it is")
    _refuse_unsound(connection, path)
    # Written into the file, so not before it is known to be ours.
    _log_ahead(connection)
    if schema != newest_revision():
        back_up(path, utc_now())
        migrate(connection)


def _refuse_unsound(connection: Connection, path: Path) -> None:
    """Damage in pages that starting does not read: a file of 10,000 trades is looked through in 45 ms."""
    (found,) = connection.connection.cursor().execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StorageDamaged(f"{path} is damaged ({found}); it was left as it is. {advice(path)}")


def _log_ahead(connection: Connection) -> None:
    connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
