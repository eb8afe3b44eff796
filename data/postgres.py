"""A ledger in PostgreSQL: one session that writes, by an advisory lock, and readers that never can.

The password comes from where every PostgreSQL program looks: PGPASSFILE or ~/.pgpass, a service file, PGPASSWORD.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from core.errors import ConfigError, LedgerInUse
from data.ledger_schema import refuse_unreadable, schema_of
from data.migrations.runner import migrate, newest_revision
from data.place import name_of
from data.storage_errors import storage_errors

# Advisory locks are numbers; this one is ours in every database: "Heatline" in ASCII.
_WRITER_LOCK = int.from_bytes(b"Heatline")
# The server lists a lock by the halves of its number.
_WRITER_THERE = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND classid = CAST(:high AS bigint) AND objid = CAST(:low AS bigint) "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
).bindparams(high=_WRITER_LOCK >> 32, low=_WRITER_LOCK & 0xFFFFFFFF)
_CONNECT = {
    "connect_timeout": 5,
    "application_name": "Heatline",
    # Both ends notice within half a minute that the other has vanished, and ours that nothing gets through.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SESSION = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_LOCK_PATIENCE_S, _LOCK_PAUSE_S = 0.5, 0.05
_WRITER_SESSION = (
    *_SESSION,
    # Acknowledged is on disk, whatever the server's own setting.
    "SET synchronous_commit = on",
    "SET lock_timeout = '5s'",
)
_READER_SESSION = (*_SESSION, "SET default_transaction_read_only = on")


def open_server_writer(url: URL) -> Connection:
    """The one read-write session with the ledger at `url`; while it lasts nobody else gets one."""
    with storage_errors():
        engine = _engine(url, _WRITER_SESSION)
        # At every connection, so that none that SQLAlchemy may make on its own writes without the lock.
        event.listen(engine, "connect", lambda raw, _record: _take_lock(raw, url))
        connection = engine.connect()
        try:
            if schema_of(connection, url) != newest_revision():
                migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def open_server_reader(url: URL) -> Engine:
    """An engine whose sessions can only read, each transaction of one moment."""
    engine = _engine(url, _READER_SESSION, isolation_level="REPEATABLE READ")
    with storage_errors(), engine.connect() as connection:
        refuse_unreadable(connection, url)
    return engine


def is_writer_there(connection: Connection) -> bool:
    """True while any session may write the ledger behind `connection`. It only looks: taking would be in its way."""
    return bool(connection.execute(_WRITER_THERE).scalar_one())


def _take_lock(raw: Any, url: URL) -> None:  # noqa: ANN401  # psycopg's connection
    """The lock is the session's, so it goes with it; the server may see the end of one a moment after we do."""
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not _has_lock(raw):
        if time.monotonic() >= deadline:
            raw.close()
            raise LedgerInUse(f"Another Heatline is writing to {name_of(url)}")
        time.sleep(_LOCK_PAUSE_S)


def _has_lock(raw: Any) -> bool:  # noqa: ANN401  # psycopg's connection
    (is_ours,) = raw.execute("SELECT pg_try_advisory_lock(%s)", (_WRITER_LOCK,)).fetchone()
    raw.commit()
    return bool(is_ours)


def _engine(url: URL, session: Sequence[str], **options: Any) -> Engine:  # noqa: ANN401  # SQLAlchemy's own
    wanted = {name: value for name, value in _CONNECT.items() if name not in url.query}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=wanted, **options)
    except ModuleNotFoundError:
        raise ConfigError("PostgreSQL needs one more package: pip install 'heatline[postgres]'") from None

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401  # psycopg's connection, SQLAlchemy's record
        for setting in session:
            connection.execute(setting)
        connection.commit()

    return engine
