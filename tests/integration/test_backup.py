"""Backups: whole, checked, kept to a number, and one before each migration and each day."""

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import StorageDamaged, StorageUnavailable
from data import backup, backup_keeper
from data.audit import audit
from data.backup import back_up, back_up_daily
from data.backup_keeper import BackupKeeper
from data.backup_list import advice, good_backups
from data.database import open_writer
from data.migrations.runner import newest_revision
from tests.fills import fill
from tests.integration.conftest import Books, position_in

MORNING = datetime(2026, 11, 20, 9, 12, 30, tzinfo=UTC)
OLD = Path(__file__).parents[1] / "fixtures" / "schema" / "0001.db"


@pytest.fixture
def traded(books: Books) -> Books:
    """A ledger with an open position; it stays open."""
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    return books


def folder(books: Books) -> Path:
    return books.path.parent / "backups"


def names(books: Books) -> list[str]:
    return sorted(path.name for path in folder(books).iterdir())


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + 64] = bytes(byte ^ 0xFF for byte in content[at : at + 64])
    path.write_bytes(content)


def test_a_backup_beside_the_writing_ledger_is_one_whole_ledger(traded: Books, tmp_path: Path) -> None:
    made = back_up(traded.path, MORNING)
    assert names(traded) == ["heatline-20261120-091230.db"]
    assert made.at == MORNING
    other = Books(tmp_path / "other")
    other.path.parent.mkdir(parents=True)
    shutil.copy(made.path, other.path)
    assert position_in(other.open().snapshot()).position.qty == 1
    other.close()
    assert audit(other.path) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_nobody_else_may_read_a_backup(traded: Books) -> None:
    made = back_up(traded.path, MORNING)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700


def test_a_backup_has_its_name_only_when_it_is_checked(traded: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that does not pass leaves what there was, and nothing of itself."""
    back_up(traded.path, MORNING)
    monkeypatch.setattr(backup, "is_good", lambda _path: False)
    with pytest.raises(StorageDamaged, match="does not pass"):
        back_up(traded.path, MORNING + timedelta(days=1))
    assert names(traded) == ["heatline-20261120-091230.db"]


def test_a_ledger_that_was_killed_before_its_first_row_can_be_backed_up(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    open_writer(path).close()
    assert list(good_backups(path)) == []
    made = back_up(path, MORNING)
    assert list(good_backups(path)) == [made]


def test_what_a_killed_backup_left_is_cleared_away(traded: Books) -> None:
    folder(traded).mkdir()
    (folder(traded) / "heatline-20261119-091230.new").write_bytes(b"half")
    back_up(traded.path, MORNING)
    assert names(traded) == ["heatline-20261120-091230.db"]


def test_a_full_disk_costs_the_backup_only(traded: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_up(_database: Path, unfinished: Path) -> None:
        unfinished.write_bytes(b"as far as it went")
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(backup, "_copy", fill_up)
    with pytest.raises(StorageUnavailable, match="the disk is full"):
        back_up(traded.path, MORNING)
    assert names(traded) == []


def test_a_folder_that_cannot_be_made_is_told_by_name(traded: Books) -> None:
    folder(traded).write_text("in the way")
    with pytest.raises(StorageUnavailable, match="backups"):
        back_up(traded.path, MORNING)


def test_two_backups_in_one_second_have_two_names(traded: Books) -> None:
    assert back_up(traded.path, MORNING).path != back_up(traded.path, MORNING).path


def test_backups_are_kept_to_a_number(traded: Books) -> None:
    for day in range(17):
        back_up(traded.path, MORNING + timedelta(days=day))
    assert len(names(traded)) == 14
    assert names(traded)[0] == "heatline-20261123-091230.db"


def test_the_newest_backup_of_an_older_schema_outlives_the_number(traded: Books) -> None:
    folder(traded).mkdir()
    for day in (1, 2):
        shutil.copy(OLD, folder(traded) / f"heatline-2026010{day}-000000.db")
    for day in range(15):
        back_up(traded.path, MORNING + timedelta(days=day))
    assert len(names(traded)) == 15
    assert names(traded)[0] == "heatline-20260102-000000.db"


def test_a_day_has_one_backup(traded: Books) -> None:
    assert back_up_daily(traded.path, MORNING) is not None
    assert back_up_daily(traded.path, MORNING + timedelta(hours=14)) is None
    assert back_up_daily(traded.path, MORNING + timedelta(hours=15)) is not None
    assert len(names(traded)) == 2


def test_good_backups_come_newest_first_and_bad_ones_not_at_all(traded: Books) -> None:
    made = [back_up(traded.path, MORNING + timedelta(days=day)).path for day in range(4)]
    flip(made[3], 0)
    made[2].write_bytes(b"")
    (folder(traded) / "heatline-notes.db").write_text("not one of ours")
    assert [each.path for each in good_backups(traded.path)] == [made[1], made[0]]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledgermeta",
        "DROP TABLE execution",
        "UPDATE ledgermeta SET chain_count = 7",
        "UPDATE ledgermeta SET chain_head = 'another', chain_count = (SELECT count(chain) FROM execution)",
    ],
)
def test_a_backup_whose_own_count_and_head_do_not_fit_is_not_good(traded: Books, change: str) -> None:
    made = back_up(traded.path, MORNING)
    assert list(good_backups(traded.path)) == [made]
    with closing(sqlite3.connect(made.path)) as connection, connection:
        connection.execute(change)
    assert list(good_backups(traded.path)) == []


def test_the_advice_names_the_newest_good_backup_or_says_that_there_is_none(traded: Books) -> None:
    assert advice(traded.path).startswith("There is no good backup in ")
    made = back_up(traded.path, MORNING)
    assert advice(traded.path).startswith(f"A backup of 2026-11-20 09:12 UTC is at {made.path}; copy it over ")


def test_an_older_ledger_is_backed_up_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    shutil.copyfile(OLD, path)
    open_writer(path).close()
    (made,) = good_backups(path)
    with closing(sqlite3.connect(made.path)) as before, closing(sqlite3.connect(path)) as after:
        versions = [each.execute("SELECT version_num FROM alembic_version").fetchone()[0] for each in (before, after)]
    assert versions == ["0001", newest_revision()]


def test_without_room_for_the_backup_nothing_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    shutil.copyfile(OLD, path)
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        open_writer(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] == "0001"


def test_a_ledger_of_today_is_not_backed_up_each_time_it_opens(traded: Books) -> None:
    traded.reopen()
    assert not folder(traded).exists()


class Keeping:
    """A keeper on a clock of its own, looking as often as it can."""

    def __init__(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(backup_keeper, "_LOOK_EVERY_S", 0.005)
        self.now = MORNING
        self.told: list[str] = []
        self.keeper = BackupKeeper(books.path, lambda notice: self.told.append(notice.text), lambda: self.now)

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def end(self) -> None:
        self.keeper.stop()
        self.keeper.join(10)
        assert self.keeper not in threading.enumerate()


def test_the_keeper_backs_up_at_once_and_when_the_day_changes(traded: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping = Keeping(traded, monkeypatch)
    keeping.keeper.start()
    keeping.until(lambda: len(list(good_backups(traded.path))) == 1)
    keeping.now += timedelta(days=1)
    keeping.until(lambda: len(list(good_backups(traded.path))) == 2)
    keeping.end()
    assert keeping.told == []


@pytest.mark.says
def test_a_backup_that_fails_is_told_once_a_day(traded: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(traded).write_text("in the way")
    keeping = Keeping(traded, monkeypatch)
    keeping.keeper.start()
    keeping.until(lambda: len(keeping.told) == 1)
    time.sleep(0.05)
    keeping.now += timedelta(days=1)
    keeping.until(lambda: len(keeping.told) == 2)
    keeping.end()
    assert all(text.startswith("No backup was made today: ") for text in keeping.told)
