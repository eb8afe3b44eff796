"""`kill -9` at any instant: nothing acknowledged is lost, nothing is booked twice, and the next start goes on."""

import os
import shutil
from pathlib import Path
from random import Random

import pytest
from alembic.script import ScriptDirectory

from core.facts import Fact
from data.ledger import Ledger
from data.migrations.runner import newest_revision
from tests.battery.conftest import count
from tests.battery.judging import Violation, assert_proven
from tests.battery.killing import Acknowledge, Booking, Toll, Victim, book
from tests.battery.trading import as_if_never_seen
from tests.integration.conftest import Books

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writer is forked")
_KILLS_A_LEDGER = 10


@pytest.fixture(autouse=True)
def no_scripts_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding the newest schema takes longer than a life lasts, and it does not change."""
    newest = newest_revision()
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _: newest)


def kill(folder: Path, seed: int, kills: int, booking: Booking = book) -> Toll:
    """Kills ledger after ledger, each several times."""
    toll = Toll()
    for number in range(-(-kills // _KILLS_A_LEDGER)):
        name = f"{seed}-{number}"
        home = folder / name
        victim = Victim(Books(home), Random(name), booking)
        try:
            for _ in range(_KILLS_A_LEDGER):
                victim.die()
            assert_proven(victim.path)
        except Violation as violation:
            raise Violation(f"ledger {name}", *violation.args) from violation
        toll.kills += victim.toll.kills
        toll.acknowledged += victim.toll.acknowledged
        toll.extras += victim.toll.extras
        shutil.rmtree(home)
    print(toll)  # noqa: T201  # the figures of the closing note
    return toll


def test_kills_lose_nothing_and_double_nothing(folder: Path, seed: int) -> None:
    toll = kill(folder, seed, count("SHORT_KILLS", 300))
    assert toll.acknowledged > toll.kills, "the ledger got to book between the kills"


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_twenty_thousand_kills_lose_nothing_and_double_nothing(folder: Path, seed: int) -> None:
    kill(folder, seed, count("KILLS", 20_000))


def book_after_telling(ledger: Ledger, fact: Fact, acknowledge: Acknowledge) -> None:
    """The broken rule: told before COMMIT."""
    acknowledge(ledger.snapshot().revision)
    ledger.handle(fact)


def book_twice(ledger: Ledger, fact: Fact, acknowledge: Acknowledge) -> None:
    """The broken rule: a repetition is taken for a new fill."""
    book(ledger, fact, acknowledge)
    ledger.handle(as_if_never_seen(fact, ledger.snapshot().revision))


@pytest.mark.parametrize("broken", [book_after_telling, book_twice])
def test_the_battery_finds_a_ledger_that_acknowledges_early_or_knows_no_repetition(
    folder: Path, seed: int, broken: Booking
) -> None:
    with pytest.raises(Violation):
        kill(folder, seed, 2_000, broken)
