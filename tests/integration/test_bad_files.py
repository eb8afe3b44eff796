"""A file that is not what it should be: one clear sentence, nothing overwritten, and the way back named."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import main
from core.errors import ConfigError, HeatlineError, StorageDamaged, StorageUnavailable
from core.trade_filter import TradeFilter
from data.backup import back_up
from data.backup_list import Backup
from data.database import open_reader, open_writer
from data.journal import Journal
from tests.fills import fill
from tests.integration.conftest import Books, handle_all, position_in

MORNING = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
OLD = Path(__file__).parents[1] / "fixtures" / "schema" / "0001.db"
PAGE = 4096
READERS: list[list[str]] = [["trades"], ["stats"], ["audit"]]


def empty(path: Path) -> None:
    path.write_bytes(b"")


def without_header(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def text(path: Path) -> None:
    path.write_text("this is not a database " * 1000)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 3 * PAGE])


def damaged_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:PAGE] + b"\xa5" * (len(content) - PAGE))


def damaged_schema(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xa5" * (PAGE - 100) + content[PAGE:])


LOST = [empty, without_header, text, truncated, damaged_pages, damaged_schema]


@pytest.fixture
def kept(books: Books) -> Backup:
    """A ledger of an open position that was backed up and closed."""
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    books.close()
    return back_up(books.path, MORNING)


def use(books: Books, opener: str) -> None:
    """Opens the ledger and looks into all of it, as the window or a reading command does."""
    if opener == "writer":
        books.open()
    else:
        Journal.at(books.path).trades(TradeFilter())
        with open_reader(books.path).connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM execution").scalar_one()


@pytest.mark.parametrize("opener", ["writer", "reader"])
@pytest.mark.parametrize("spoil", LOST)
def test_a_lost_ledger_is_left_as_it_is_and_the_newest_good_backup_is_named(
    books: Books, kept: Backup, spoil: Callable[[Path], None], opener: str
) -> None:
    spoil(books.path)
    before = books.path.read_bytes()
    with pytest.raises((ConfigError, StorageDamaged)) as refused:
        use(books, opener)
    books.close()
    assert books.path.read_bytes() == before
    assert str(books.path) in str(refused.value)
    assert f"A backup of 2026-11-20 09:12 UTC is at {kept.path}; copy it over heatline.db" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("spoil", LOST)
def test_the_way_back_works(books: Books, kept: Backup, spoil: Callable[[Path], None]) -> None:
    spoil(books.path)
    with pytest.raises(HeatlineError):
        use(books, "writer")
    books.close()
    for name in ("heatline.db-wal", "heatline.db-shm"):
        books.path.with_name(name).unlink(missing_ok=True)
    shutil.copy(kept.path, books.path)
    assert position_in(books.open().snapshot()).position.qty == 1


@pytest.mark.parametrize("command", READERS, ids=lambda words: words[0])
@pytest.mark.parametrize("spoil", LOST)
def test_a_reading_command_ends_2_with_one_line(
    books: Books, kept: Backup, spoil: Callable[[Path], None], command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(books.path)
    assert main([*command, "--data-dir", str(books.path.parent)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("heatline: ")
    assert said.err.count("\n") == 1
    assert str(kept.path) in said.err


@pytest.mark.parametrize("command", READERS, ids=lambda words: words[0])
def test_a_reader_asks_to_have_an_older_ledger_opened_once(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "heatline.db"
    shutil.copyfile(OLD, path)
    before = path.read_bytes()
    assert main([*command, "--data-dir", str(tmp_path)]) == 2
    assert "open Heatline once to bring the ledger up to date" in capsys.readouterr().err
    assert path.read_bytes() == before
    open_writer(path).close()
    assert main([*command, "--data-dir", str(tmp_path)]) == 0


def test_damage_that_shows_while_booking_stops_the_booking_and_names_the_way_back(books: Books, kept: Backup) -> None:
    ledger = books.open()
    raw = ledger._connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.execute("PRAGMA cache_size = 0")
    with books.path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xa5" * (books.path.stat().st_size - PAGE))
    raw.execute("PRAGMA shrink_memory")
    with pytest.raises(StorageDamaged) as refused:
        handle_all(ledger, [fill(1, "5000.00", number) for number in range(2, 50)])
    assert str(kept.path) in str(refused.value)


def test_the_log_of_a_ledger_that_is_gone_is_not_played_into_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    log = tmp_path / "heatline.db-wal"
    log.write_bytes(b"what was last booked")
    with pytest.raises(ConfigError, match=r"heatline\.db-wal is left of a ledger"):
        open_writer(path)
    assert log.read_bytes() == b"what was last booked"
    assert not path.exists()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user can get at: pytest's own are the owner's only."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def nobody() -> Iterator[None]:
    """To root nothing is read-only."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def sealed(shared_folder: Path) -> Path:
    path = shared_folder / "heatline.db"
    open_writer(path).close()
    return path


def seal(path: Path, *, folder: bool) -> None:
    path.chmod(0o444)
    path.with_name("heatline.db.lock").chmod(0o666)
    if folder:
        path.parent.chmod(0o555)
        path.with_name("heatline.db.lock").chmod(0o444)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("is_folder", [False, True])
def test_what_cannot_be_written_is_said_and_left(
    sealed: Path, request: pytest.FixtureRequest, *, is_folder: bool
) -> None:
    before = sealed.read_bytes()
    seal(sealed, folder=is_folder)
    request.getfixturevalue("nobody")
    with pytest.raises(StorageUnavailable, match=r"cannot be written to|cannot be opened"):
        open_writer(sealed)
    assert sealed.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="cannot be used"):
        open_writer(tmp_path / "file" / "heatline.db")


def test_a_damaged_ledger_is_not_backed_up_over_the_good_one(books: Books, kept: Backup) -> None:
    with closing(sqlite3.connect(books.path)) as connection, connection:
        connection.execute("UPDATE ledgermeta SET chain_count = 99")
    with pytest.raises(StorageDamaged):
        back_up(books.path, MORNING.replace(hour=10))
    assert [path.name for path in kept.path.parent.iterdir()] == [kept.path.name]


def page_of(path: Path, name: str) -> int:
    """Where the page lies at which a table or an index begins."""
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return (int(row[0]) - 1) * PAGE


def test_damage_in_a_page_that_starting_does_not_read_is_found_at_the_start(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000.00", 1), fill(-1, "5002.00", 2)])
    books.close()
    kept = back_up(books.path, MORNING)
    content = bytearray(books.path.read_bytes())
    # Its first row lies nowhere any more.
    content[page_of(books.path, "positionevent") + 8] = 0xFF
    books.path.write_bytes(content)
    with pytest.raises(StorageDamaged) as refusal:
        books.open()
    assert str(books.path) in str(refusal.value)
    assert str(kept.path) in str(refusal.value)
    assert books.path.read_bytes() == content


def test_the_audit_holds_the_indexes_against_their_tables(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    """One that has another time than its row looks as sound as ever, and answers wrongly."""
    handle_all(books.begin("Sim1"), [fill(1, "5000.00", 1), fill(-1, "5002.00", 2)])
    (exit_time,) = books.rows("SELECT exit_time FROM traderecord")[0]
    books.close()
    content = bytearray(books.path.read_bytes())
    place = content.index(exit_time.to_bytes(8, "big"), page_of(books.path, "ix_traderecord_mode_account_exit_time"))
    content[place + 7] ^= 1
    books.path.write_bytes(content)
    books.open()
    books.close()
    assert main(["audit", "--data-dir", str(books.path.parent)]) == 1
    assert "ix_traderecord_mode_account_exit_time" in capsys.readouterr().out
