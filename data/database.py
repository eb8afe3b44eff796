"""Opens the ledger's database: one connection that writes, and readers that never can."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from core.errors import ConfigError
from data.migrations.runner import migrate, newest_revision

_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
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
    _create_private(path)
    connection = _writing_engine(path).connect()
    try:
        _bring_up_to_date(connection, path)
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
    with engine.connect() as connection:
        _refuse_foreign(connection, path)
    return engine


def _create_private(path: Path) -> None:
    """Makes the file readable by its owner only; an empty file that is there already is somebody's accident."""
    if path.exists():
        if path.stat().st_size == 0:
            raise ConfigError(f"{path} is empty: a ledger was lost here. Restore a backup or move the file away.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _writing_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401  # SQLAlchemy's pool record
        # Transactions are begun below, by name: the driver's own begin would take the write lock too late.
        connection.isolation_level = None
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later can fail with BUSY at once, whatever the timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _bring_up_to_date(connection: Connection, path: Path) -> None:
    if _is_new(connection):
        migrate(connection)
        return
    _refuse_foreign(connection, path)
    if _revision(connection) != newest_revision():
        migrate(connection)


def _is_new(connection: Connection) -> bool:
    with connection.begin():
        return not connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()


def _revision(connection: Connection) -> str | None:
    with connection.begin():
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_foreign(connection: Connection, path: Path) -> None:
    with connection.begin():
        names = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    if not {"alembic_version", "ledgermeta"} <= names:
        raise ConfigError(f"{path} is a database, but not a Heatline ledger; it was left as it is")
    revision = _revision(connection)
    if revision is not None and revision > newest_revision():
        raise ConfigError(f"{path} was made by a newer Heatline (schema {revision}); please update Heatline")
