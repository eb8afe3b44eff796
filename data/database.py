"""Opens the ledger's database: one connection that writes, and readers that never can."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.errors import ConfigError, LedgerBug
from data.migrations.runner import migrate, newest_revision
from data.storage_errors import storage_errors

_WRITER_PRAGMAS = (
    # NORMAL loses acknowledged fills when the power goes; FULL loses none.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 1000",
)


def open_writer(path: Path) -> Connection:
    """The one read-write connection to the ledger at `path`, which is created or brought up to date as needed.

    Raises:
        ConfigError: the file is not a ledger of ours, or a newer Heatline made it. Nothing was changed then.
        StorageUnavailable: the disk would not have it.
    """
    if path.exists():
        _refuse_empty(path)
    with _opening(path):
        if not path.exists():
            _create(path)
        connection = _writing_engine(path).connect()
        try:
            _refuse_foreign(connection, path)
            _bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> Engine:
    """An engine whose connections can only read.

    Raises:
        ConfigError: there is no ledger at `path`; none is created.
    """
    if not path.is_file():
        raise ConfigError(f"There is no ledger at {path}")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with _opening(path), engine.connect() as connection:
        _refuse_foreign(connection, path)
    return engine


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        with storage_errors():
            yield
    except LedgerBug as error:
        cause = error.__cause__
        origin = cause.orig if isinstance(cause, DBAPIError) else cause
        if getattr(origin, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise ConfigError(f"{path} is not a database; it was left as it is") from error
        raise


def _refuse_empty(path: Path) -> None:
    """A ledger is never created empty, so an empty file is what is left of one."""
    if path.stat().st_size == 0:
        raise ConfigError(f"{path} is empty: a ledger was lost here. Restore a backup or move the file away.")


def _create(path: Path) -> None:
    """Makes a ledger, readable by its owner only, under another name and moves it here once it is whole."""
    unfinished = path.with_name(f"{path.name}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with _writing_engine(unfinished).connect() as connection:
        _bring_up_to_date(connection)
    unfinished.replace(path)


def _writing_engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401  # SQLAlchemy's pool record
        # Transactions are begun below, by name: the driver's own begin would take the write lock too late.
        connection.isolation_level = None
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A COMMIT that found the file in use leaves its transaction open.
        connection.connection.rollback()
        # A transaction that reads first and writes later can fail with BUSY at once, whatever the timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _bring_up_to_date(connection: Connection) -> None:
    # Written into the file, so not before it is known to be ours.
    connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    if _revision(connection) != newest_revision():
        migrate(connection)


def _revision(connection: Connection) -> str | None:
    """The schema of the ledger; None for one that has no table yet."""
    with connection.begin():
        if "alembic_version" not in _tables(connection):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_foreign(connection: Connection, path: Path) -> None:
    with connection.begin():
        is_ours = {"alembic_version", "ledgermeta"} <= _tables(connection)
    if not is_ours:
        raise ConfigError(f"{path} is a database, but not a Heatline ledger; it was left as it is")
    revision = _revision(connection)
    if revision is not None and revision > newest_revision():
        raise ConfigError(f"{path} was made by a newer Heatline (schema {revision}); please update Heatline")


def _tables(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
