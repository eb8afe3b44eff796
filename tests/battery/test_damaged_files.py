"""A file that was damaged is never taken for a sound one, and never made worse; a disk that is full costs nothing."""

import os
import resource
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.errors import HeatlineError, StorageUnavailable
from data.audit import audit
from tests.battery.conftest import count
from tests.battery.damage import DAMAGES
from tests.battery.judging import assert_proven, must, reading
from tests.battery.trading import Trading
from tests.fills import fill
from tests.integration.conftest import Books, handle_all

# What nothing proves: labels, times of writing, words, and what the broker says anew at each log-on.
_PROVEN = {
    "execution": "account, symbol, execution_id, side, qty, price, occurred_at, order_id",
    "openposition": "account, symbol, qty, side, entry_price, mae, mfe, reentry_count",
    "traderecord": "account, symbol, side, qty, entry_price, exit_price, realized_pnl, mae, mfe",
}
_SAYS_WHAT_TO_DO = ("restore", "backup", "move", "audit", "put")


@pytest.fixture
def sound(books: Books, seed: int) -> Books:
    """A ledger of some days, closed."""
    trading = Trading(Random(seed))
    handle_all(books.open(), [*trading.log_on(()), *trading.facts(150)])
    books.close()
    assert_proven(books.path)
    return books


def content_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with reading(path) as connection:
        return {
            table: sorted((tuple(row) for row in connection.execute(f"SELECT {names} FROM {table}")), key=repr)  # noqa: S608  # names of ours
            for table, names in _PROVEN.items()
        }


def verdict_on(path: Path) -> str:
    """What the program makes of the file: the error it starts with, `found` by the audit, or `accepted`."""
    books = Books(path.parent.parent)
    try:
        books.open()
        books.close()
        return "found" if audit(path) else "accepted"
    except HeatlineError as error:
        return type(error).__name__
    except Exception as error:  # noqa: BLE001  # what no caller expects is the finding
        return f"untyped {type(error).__name__}"
    finally:
        books.close()


def damage_and_judge(sound: Books, name: str, seeds: int, first: int) -> Counter[str]:
    before, verdicts = content_of(sound.path), Counter[str]()
    for number in range(seeds):
        copy = sound.path.parent / f"copy-{number}" / "ledger" / sound.path.name
        copy.parent.mkdir(parents=True)
        shutil.copyfile(sound.path, copy)
        DAMAGES[name](copy, Random(f"{first}-{number}"))
        damaged = copy.read_bytes()
        verdict = verdict_on(copy)
        verdicts[verdict] += 1
        must(not verdict.startswith("untyped"), verdict, name, f"{first}-{number}")
        must(verdict != "accepted" or content_of(copy) == before, "taken for sound", name, f"{first}-{number}")
        if verdict not in ("accepted", "found"):
            must(copy.read_bytes() == damaged, "made worse", name, f"{first}-{number}")
        shutil.rmtree(copy.parent.parent)
    print(name, dict(verdicts))  # noqa: T201  # the figures of the closing note
    return verdicts


@pytest.mark.says
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_refused_or_its_damage_is_found(sound: Books, name: str, seed: int) -> None:
    damage_and_judge(sound, name, 5, seed)


@pytest.mark.battery
@pytest.mark.says
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", DAMAGES)
def test_two_hundred_damaged_files_are_refused_or_their_damage_is_found(sound: Books, name: str, seed: int) -> None:
    damage_and_judge(sound, name, count("DAMAGES", 200), seed)


@pytest.mark.parametrize("name", ["empty", "break_header"])
def test_a_file_that_is_refused_comes_with_what_to_do(sound: Books, name: str, seed: int) -> None:
    DAMAGES[name](sound.path, Random(seed))
    with pytest.raises(HeatlineError) as refusal:
        sound.open()
    assert str(sound.path) in str(refusal.value)
    assert any(word in str(refusal.value).lower() for word in _SAYS_WHAT_TO_DO)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = folder / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "heatline-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607  # whichever there is


def trade_until_full(books: Books) -> int:
    """Books until the disk refuses; the number of the fill that it refused."""
    ledger = books.begin("Sim1")
    number = 0
    with pytest.raises(StorageUnavailable):  # noqa: PT012  # at which fill is the disk's affair
        while number < 20_000:
            number += 1
            ledger.handle(fill(1 if number % 2 else -1, "5000.00", number))
    remembered = ledger.snapshot()
    with pytest.raises(StorageUnavailable):
        ledger.handle(fill(1 if number % 2 else -1, "5000.00", number))
    assert ledger.snapshot() == remembered
    assert books.value("SELECT count(*) FROM execution") == number - 1
    make_room(books)
    ledger.handle(fill(1 if number % 2 else -1, "5000.00", number))
    books.close()
    assert books.value("SELECT count(*) FROM execution") == number
    assert_proven(books.path)
    return number


def make_room(books: Books) -> None:
    filler = books.path.parent / "filler"
    if filler.exists():
        filler.unlink()
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_full_disk_keeps_the_fill_waiting_until_there_is_room(small_disk: Path) -> None:
    books = Books(small_disk)
    books.open()
    books.close()
    (books.path.parent / "filler").write_bytes(bytes(1_200_000))
    assert trade_until_full(books) > 10


def test_a_file_that_may_not_grow_keeps_the_fill_waiting_until_it_may(books: Books) -> None:
    """The limit is this process's own, and it is lifted whatever happens."""
    books.open()
    books.close()
    size = books.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 400_000, resource.RLIM_INFINITY))
    try:
        assert trade_until_full(books) > 10
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)  # noqa: S607  # whichever there is


def test_a_disk_that_takes_no_writes_is_named_and_the_file_left_alone(small_disk: Path) -> None:
    books = Books(small_disk)
    handle_all(books.begin("Sim1"), [fill(1, "5000.00", 1)])
    books.close()
    before = books.path.read_bytes()
    remount(small_disk, "ro")
    with pytest.raises(HeatlineError):
        books.open().handle(fill(-1, "5000.00", 2))
    books.close()
    remount(small_disk, "rw")
    assert books.path.read_bytes() == before
    books.open().handle(fill(-1, "5000.00", 2))
    assert books.value("SELECT count(*) FROM traderecord") == 1


def test_the_battery_finds_a_program_that_takes_a_damaged_file_for_sound(
    sound: Books, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken rule: nobody proves anything."""
    monkeypatch.setattr(f"{__name__}.verdict_on", lambda _: "accepted")
    with pytest.raises((AssertionError, sqlite3.DatabaseError)):
        damage_and_judge(sound, "blank_page", 50, seed)
