"""The power goes at any moment: what was acknowledged is there when it is back, once, and folds to the same tables.

Not simulated: a disk that says it has synced and has not.
"""

import shutil
import sqlite3
from pathlib import Path
from random import Random

import pytest

from data.audit import audit
from tests.battery.conftest import count
from tests.battery.judging import Violation
from tests.battery.power import images, judge, lay_down
from tests.battery.recording import Recording, record
from tests.fills import fill
from tests.integration.conftest import Books

_FACTS = 40
_IMAGES = 1_000  # of one recording
_PAGES = (20, 60, 1000)  # the last is the program's own; smaller ones bring more folding of the log into the file
_STARTED = 250  # every so many images the program itself starts on one


def cut_power(folder: Path, seed: int, total: int) -> None:
    """Recording after recording, each cut off at many moments."""
    for number in range(-(-total // _IMAGES)):
        name = f"{seed}-{number}"
        random = Random(name)
        recording = record(folder / name, random, _FACTS, pages=_PAGES[number % len(_PAGES)])
        try:
            judge_images(folder / name, recording, random, _IMAGES)
        except (Violation, sqlite3.DatabaseError) as error:
            raise Violation(f"recording {name}", *error.args) from error
        shutil.rmtree(folder / name)


def judge_images(folder: Path, recording: Recording, random: Random, total: int) -> None:
    books = Books(folder / "image")
    books.path.parent.mkdir(parents=True)
    for number, (acknowledged, image) in enumerate(images(recording, random, total)):
        lay_down(image, books.path.parent)
        judge(books.path, recording, acknowledged)
        if number % _STARTED == 0:
            lay_down(image, books.path.parent)
            start_on(books)


def start_on(books: Books) -> None:
    """The program opens the image, proves it, and goes on."""
    ledger = books.open()
    assert audit(books.path) == []
    assert ledger.handle(fill(1, "5000.00", 9_999)) is not None
    assert audit(books.path) == []
    books.close()


def test_power_cuts_lose_nothing_and_double_nothing(folder: Path, seed: int) -> None:
    cut_power(folder, seed, count("SHORT_IMAGES", 2_000))


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_two_hundred_thousand_power_cuts_lose_nothing_and_double_nothing(folder: Path, seed: int) -> None:
    cut_power(folder, seed, count("IMAGES", 200_000))


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_battery_finds_a_ledger_that_does_not_wait_for_the_disk(folder: Path, seed: int, synchronous: str) -> None:
    recording = record(folder, Random(seed), _FACTS, synchronous=synchronous)
    with pytest.raises((Violation, sqlite3.DatabaseError)):
        judge_images(folder, recording, Random(seed), 300)
