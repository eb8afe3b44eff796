"""The file: whose it is, who may read it, and what is never done to it."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import ConfigError, StorageDamaged
from data.database import open_reader, open_writer
from tests.fills import fill
from tests.integration.conftest import Books


def make_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


def make_other_programs_migrated(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")


def make_text(path: Path) -> None:
    path.write_text("this is not a database " * 100)


def make_newer(path: Path) -> None:
    open_writer(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_nobody_else_may_read_the_ledger(books: Books) -> None:
    open_writer(books.path).close()
    books.begin().handle(fill(1, "5000.00"))
    files = list(books.path.parent.iterdir())
    assert len(files) == 4, "the ledger, its log, its index and its lock"
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


def test_what_is_acknowledged_survives_a_power_cut(books: Books) -> None:
    books.open()
    (connection,) = books._open
    pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in (
        "journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    connection.rollback()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize("make", [make_foreign, make_other_programs_migrated, make_text, make_newer])
@pytest.mark.parametrize("opener", [open_writer, open_reader])
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], None], opener: Callable[[Path], object]
) -> None:
    path = tmp_path / "heatline.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises((ConfigError, StorageDamaged)):
        opener(path)
    assert path.read_bytes() == before


def test_a_newer_ledger_asks_for_a_newer_heatline(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    make_newer(path)
    with pytest.raises(ConfigError, match="newer Heatline"):
        open_writer(path)


@pytest.mark.parametrize("opener", [open_writer, open_reader])
def test_an_empty_file_is_a_lost_ledger_and_not_a_new_one(tmp_path: Path, opener: Callable[[Path], object]) -> None:
    path = tmp_path / "heatline.db"
    path.touch()
    with pytest.raises(ConfigError):
        opener(path)
    assert path.stat().st_size == 0


def test_a_reader_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        open_reader(tmp_path / "heatline.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        open_reader(tmp_path)


def test_a_ledger_is_found_by_a_path_with_odd_letters(tmp_path: Path) -> None:
    path = tmp_path / "a folder, 100% #mine?" / "hëatline.db"
    open_writer(path).close()
    with open_reader(path).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM execution").scalar_one() == 0


def test_a_reader_sees_one_state_while_the_ledger_goes_on(books: Books) -> None:
    ledger = books.begin()
    with open_reader(books.path).connect() as connection:
        count = "SELECT count(*) FROM execution"
        assert connection.exec_driver_sql(count).scalar_one() == 0
        ledger.handle(fill(1, "5000.00"))
        assert connection.exec_driver_sql(count).scalar_one() == 0


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("execution", "UPDATE execution SET qty = 0"),
        ("execution", "UPDATE execution SET side = 'HOLD'"),
        ("openposition", "UPDATE openposition SET qty = 0"),
        ("openposition", "UPDATE openposition SET side = 'FLAT'"),
        ("ledgermeta", "UPDATE ledgermeta SET kind = 'other'"),
    ],
)
def test_the_tables_themselves_refuse_nonsense(books: Books, table: str, row: str) -> None:
    books.begin().handle(fill(1, "5000.00"))
    before = books.rows(f"SELECT * FROM {table}")  # noqa: S608  # names of ours
    with pytest.raises(sqlite3.IntegrityError):
        books.tamper(row)
    assert books.rows(f"SELECT * FROM {table}") == before  # noqa: S608  # names of ours


def test_the_table_itself_refuses_the_same_fill_twice(books: Books) -> None:
    books.begin().handle(fill(1, "5000.00"))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        books.add_copy("execution", "seq = 1", seq=2)
