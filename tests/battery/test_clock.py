"""Clocks that jump, seasons that change: fills stand in the order of their own times, and no wait is for ever."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from core.facts import AccountsListed, PositionsListed
from data.ledger import Ledger
from tests.battery.conftest import count
from tests.battery.judging import assert_proven
from tests.fills import fill
from tests.integration.conftest import LINK_UP, Books, handle_all, listed

_ZONES = ("Europe/Berlin", "America/Chicago", "America/New_York", "Australia/Sydney", "Asia/Kolkata")
# The hours around which clocks go forward, go back, a leap day, and a year's end.
_MOMENTS = {
    "spring in Europe": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "autumn in Europe": datetime(2026, 10, 25, 1, tzinfo=UTC),
    "spring in America": datetime(2026, 3, 8, 8, tzinfo=UTC),
    "autumn in America": datetime(2026, 11, 1, 7, tzinfo=UTC),
    "autumn in Australia": datetime(2026, 4, 4, 16, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 0, tzinfo=UTC),
    "after a leap day": datetime(2028, 3, 1, 0, tzinfo=UTC),
    "a year's end": datetime(2027, 1, 1, 0, tzinfo=UTC),
}
_TIMES = {
    "execution": ("occurred_at", "recorded_at"),
    "openposition": ("entry_time", "created_at", "updated_at"),
    "traderecord": ("entry_time", "exit_time"),
    "positionevent": ("at",),
}


def trade_around(books: Books, moment: datetime, zone: str, random: Random) -> Sequence[datetime]:
    """Fills every ten minutes of two hours, told in the zone's own time; the local clock jumps as it likes."""
    times = [(moment + timedelta(minutes=10 * number)).astimezone(ZoneInfo(zone)) for number in range(-6, 7)]
    ledger = books.begin("Sim1")
    for number, at in enumerate(times, start=1):
        books.now = moment + random.choice([-1, 0, 1]) * timedelta(hours=1)
        told = fill(1 if number % 3 else -2, "5000.00", number)
        ledger.handle(replace(told, occurred_at=at.astimezone(UTC)))
        ledger.expire()
    return times


def assert_in_order(books: Books, times: Sequence[datetime]) -> None:
    rows = books.rows("SELECT execution_id, occurred_at FROM execution ORDER BY occurred_at, seq")
    assert [row["execution_id"] for row in rows] == [f"E{number}" for number in range(1, len(times) + 1)]
    assert [row["occurred_at"] for row in rows] == [int(each.timestamp()) * 1_000_000 for each in times]
    durations = [row[0] for row in books.rows("SELECT exit_time - entry_time FROM traderecord ORDER BY exit_time")]
    assert durations == [20 * 60 * 1_000_000] * (len(times) // 3)
    for table, columns in _TIMES.items():
        for column in columns:
            assert {row[0] for row in books.rows(f"SELECT typeof({column}) FROM {table}")} <= {"integer"}  # noqa: S608  # names of ours
    assert "amended" not in books.events()
    assert_proven(books.path)


@pytest.mark.parametrize("moment", _MOMENTS)
def test_fills_keep_their_order_and_trades_their_length_when_clocks_change(
    books: Books, moment: str, seed: int
) -> None:
    zone = _ZONES[[*_MOMENTS].index(moment) % len(_ZONES)]
    assert_in_order(books, trade_around(books, _MOMENTS[moment], zone, Random(seed)))


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_fills_keep_their_order_at_any_moment_in_any_zone(books: Books, seed: int) -> None:
    for number in range(count("CLOCKS", 400)):
        random = Random(f"{seed}-{number}")
        moment = random.choice([*_MOMENTS.values()]) + timedelta(minutes=random.randint(-180, 180))
        each = Books(books.path.parent / str(number))
        times = trade_around(each, moment, random.choice(_ZONES), random)
        each.close()
        assert_in_order(each, times)


def test_fills_told_in_local_time_keep_their_order_when_clocks_go_back(books: Books) -> None:
    """Python's own trap, should a source ever tell local times: within one zone 02:50 comes after 02:10, always."""
    ledger = books.begin("Sim1")
    change = _MOMENTS["autumn in Europe"]
    for number, minutes in enumerate((-10, 10), start=1):
        local = (change + timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/Berlin"))
        ledger.handle(replace(fill(1, "5000.00", number), occurred_at=local))
    assert "amended" not in books.events()


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_fills_from_the_other_side_of_a_jump_are_folded_by_their_own_time(books: Books, jump: timedelta) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.now += jump
    ledger.handle(fill(1, "5001.00", 2))
    handle_all(books.reopen(), [LINK_UP, AccountsListed(("Sim1",)), listed(fill(-2, "5002.00", 3))])
    assert books.value("SELECT exit_time - entry_time FROM traderecord") == 2_000_000
    assert_proven(books.path)


_JUMPS = pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(0), timedelta(hours=-1)])


def wait_half_a_minute(books: Books, ledger: Ledger) -> None:
    for _ in range(60):
        books.now += timedelta(seconds=0.5)
        ledger.expire()


@_JUMPS
def test_the_wait_for_a_back_fill_ends_whatever_the_clock_does(books: Books, jump: timedelta) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00", 1)])
    books.now += jump
    wait_half_a_minute(books, ledger)
    assert ledger.snapshot().accounts[0].fills_in_order == 0
    assert len(ledger.snapshot().positions) == 1


@_JUMPS
def test_a_fill_that_the_broker_does_not_confirm_is_in_doubt_whatever_the_clock_does(
    books: Books, jump: timedelta
) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [PositionsListed("Sim1", (), books.now), fill(1, "5000.00", 1)])
    assert ledger.snapshot().accounts[0].is_verified
    books.now += jump
    wait_half_a_minute(books, ledger)
    assert not ledger.snapshot().accounts[0].is_verified
