"""A real PostgreSQL of our own, and what another program reads and writes in its databases."""

import atexit
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL


class Row(dict[str, Any]):
    """A row by column name or by number, as SQLite's own are."""

    def __getitem__(self, key: str | int | slice) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else tuple(self.values())[key]


def _rows(cursor: "psycopg.Cursor[Any]") -> Any:
    names = [column.name for column in cursor.description or ()]
    return lambda values: Row(zip(names, values, strict=True))


class PostgresServer:
    """One server in a folder of its own; it can be taken away and brought back."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server = _start(directory)
        self._databases: set[str] = set()

    def url(self, database: str = "postgres") -> URL:
        query = {"host": str(self._server.get_postmaster_info().socket_dir)}
        return URL.create("postgresql+psycopg", username="postgres", database=database, query=query)

    def blank_database(self, name: str = "ledger") -> URL:
        """One with nothing in it. It is made once: a database is a thousand files."""
        if name not in self._databases:
            self._databases.add(name)
            run(self.url(), f"CREATE DATABASE {name}")
        run(self.url(name), "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return self.url(name)

    def stop(self) -> None:
        """As when the machine goes: every session ends in the middle of what it does."""
        from pgserver._commands import pg_ctl  # type: ignore[attr-defined]  # noqa: PLC0415  # where there is one

        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self._directory, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self.stop()
        self._server.cleanup()
        # It would do so again at the end, and leave a folder behind.
        atexit.unregister(self._server._cleanup)


def _start(directory: Path) -> Any:
    """The server's package warns where there is no runtime folder: it gets one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(directory.parent))
        pgserver = pytest.importorskip("pgserver", reason="there is no PostgreSQL for this Python to test with")
    return pgserver.get_server(directory)


@contextmanager
def serving() -> Iterator[PostgresServer]:
    """A server of its own while the context lasts.

    Not in pytest's own folders: each new pytest takes away what the server's user needs to get there.
    """
    if sys.platform == "win32":
        pytest.skip("the tests' PostgreSQL listens on a Unix socket")
    with TemporaryDirectory(prefix="heatline-pg-", ignore_cleanup_errors=True) as name:
        directory = Path(name, "data")
        directory.mkdir()
        server = PostgresServer(directory)
        try:
            yield server
        finally:
            server.end()


@contextmanager
def session(url: URL) -> "Iterator[psycopg.Connection[Row]]":
    """What another program has."""
    text = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(text, autocommit=True, row_factory=_rows) as connection:
        yield connection


def read(url: URL, query: str, *values: object) -> list[Row]:
    with session(url) as connection:
        return connection.execute(query.replace("?", "%s"), values).fetchall()


def run(url: URL, statement: str, *values: object) -> int:
    """How many rows it touched."""
    with session(url) as connection:
        return connection.execute(statement.replace("?", "%s"), values).rowcount


def clear(url: URL) -> None:
    """A ledger as fresh from the migrations, which take longer than most tests."""
    with session(url) as connection:
        _end_others(connection)
        # A TRUNCATE makes new files, and takes ten times as long.
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        numbers = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
        steps = [f"DELETE FROM {row[0]}" for row in tables if row[0] != "alembic_version"]  # noqa: S608  # names of ours
        steps += [f"SELECT setval('{row[0]}', 1, false)" for row in numbers]
        connection.execute("; ".join(steps))


def _end_others(connection: "psycopg.Connection[Row]") -> None:
    """A session that has just been closed still holds its locks for a moment."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")


def quiet(url: URL) -> None:
    """Tests of what is booked need no disk that is in step; tests of the server itself have one of their own."""
    run(url, "ALTER SYSTEM SET fsync = off")
    run(url, "SELECT pg_reload_conf()")
