"""Five market days round each change of the clocks: the day, the session's sums, and what the day came to.

Every moment stands here in UTC, worked out by hand from the local clock of the market.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from core.day_pnl import day_pnl
from core.entry_context import SessionTicks, entry_context
from core.excursion import Holding
from core.execution import Execution
from core.session_day import SessionCalendar
from core.session_profile import EntryContext
from core.tape import Coverage, Ticks
from core.trade_course import Stop
from core.values import micros_from_utc
from tests.fills import MES, execution

_MOMENT = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_HELD = Holding(Decimal(1), Decimal(-1), Decimal(1))

CHICAGO = SessionCalendar(ZoneInfo("America/Chicago"), time(17))
FRANKFURT = SessionCalendar(ZoneInfo("Europe/Berlin"), time.min)


@dataclass(frozen=True)
class Week:
    """Thursday to Wednesday with a change of the clocks on the Sunday between.

    `opens` is when each day's trading begins, `rolls` when each day ends and the next one begins; both UTC.
    """

    calendar: SessionCalendar
    days: tuple[date, ...]
    opens: tuple[datetime, ...]
    rolls: tuple[datetime, ...]


def _week(calendar: SessionCalendar, *lines: str) -> Week:
    cells = [line.split() for line in lines]
    days = tuple(date.fromisoformat(day) for day, _, _ in cells)
    opens, rolls = (tuple(datetime.fromisoformat(f"{row[at]}Z") for row in cells) for at in (1, 2))
    return Week(calendar, days, opens, rolls)


WEEKS = {
    "Chicago in March": _week(
        CHICAGO,
        "2026-03-05 2026-03-04T23:00 2026-03-05T23:00",
        "2026-03-06 2026-03-05T23:00 2026-03-06T23:00",
        "2026-03-09 2026-03-08T22:00 2026-03-09T22:00",
        "2026-03-10 2026-03-09T22:00 2026-03-10T22:00",
        "2026-03-11 2026-03-10T22:00 2026-03-11T22:00",
    ),
    "Chicago in November": _week(
        CHICAGO,
        "2026-10-29 2026-10-28T22:00 2026-10-29T22:00",
        "2026-10-30 2026-10-29T22:00 2026-10-30T22:00",
        "2026-11-02 2026-11-01T23:00 2026-11-02T23:00",
        "2026-11-03 2026-11-02T23:00 2026-11-03T23:00",
        "2026-11-04 2026-11-03T23:00 2026-11-04T23:00",
    ),
    "Frankfurt in March": _week(
        FRANKFURT,
        "2026-03-26 2026-03-25T23:00 2026-03-26T23:00",
        "2026-03-27 2026-03-26T23:00 2026-03-27T23:00",
        "2026-03-30 2026-03-29T22:00 2026-03-30T22:00",
        "2026-03-31 2026-03-30T22:00 2026-03-31T22:00",
        "2026-04-01 2026-03-31T22:00 2026-04-01T22:00",
    ),
    "Frankfurt in October": _week(
        FRANKFURT,
        "2026-10-22 2026-10-21T22:00 2026-10-22T22:00",
        "2026-10-23 2026-10-22T22:00 2026-10-23T22:00",
        "2026-10-26 2026-10-25T23:00 2026-10-26T23:00",
        "2026-10-27 2026-10-26T23:00 2026-10-27T23:00",
        "2026-10-28 2026-10-27T23:00 2026-10-28T23:00",
    ),
}


@pytest.fixture(params=WEEKS)
def week(request: pytest.FixtureRequest) -> Week:
    return WEEKS[request.param]


def test_a_day_reaches_from_the_roll_before_it_to_its_own(week: Week) -> None:
    for number, (day, roll) in enumerate(zip(week.days, week.rolls, strict=True)):
        assert week.calendar.day_of(roll - _MOMENT) == day
        assert week.calendar.start_of(day) == (week.rolls[number - 1] if number else week.opens[0])
    for roll, following in zip(week.rolls, week.days[1:], strict=False):
        assert week.calendar.day_of(roll) == following


def test_trading_opens_where_the_calendar_says_and_on_mondays_behind_the_weekend(week: Week) -> None:
    assert tuple(week.calendar.open_of(day) for day in week.days) == week.opens
    assert all(week.calendar.day_of(opens) == day for opens, day in zip(week.opens, week.days, strict=True))


def test_the_halt_belongs_to_the_day_that_ends(week: Week) -> None:
    """In Chicago from 16:00 to 17:00 of the local clock, whatever that is in UTC."""
    for day, roll in zip(week.days, week.rolls, strict=True):
        assert {week.calendar.day_of(roll - _HOUR * part / 60) for part in (60, 30, 1)} == {day}


def test_the_weekend_belongs_to_monday(week: Week) -> None:
    saturday = datetime.combine(week.days[1], time(12), week.calendar.zone) + timedelta(days=1)
    monday = week.days[2]
    assert monday.weekday() == 0
    assert week.calendar.day_of(saturday) == monday
    assert week.calendar.day_of(saturday + timedelta(days=1)) == monday


def test_the_sessions_sums_begin_anew_at_each_open(week: Week) -> None:
    """Each day trades at prices of its own; the last trade before an open is far away and large."""
    trades = []
    for number, opens in enumerate(week.opens):
        price = 1_000.0 * (number + 1)
        trades += [(opens - _MOMENT, 9_999.0, 800), (opens, price, 1), (opens + _HOUR, price + 4, -3)]
    market = _Market(trades)
    for number, (opens, roll) in enumerate(zip(week.opens, week.rolls, strict=True)):
        price = 1_000 * (number + 1)
        expected = EntryContext(Decimal(price + 3), Decimal(price + 4), -2)
        assert market.context_at(opens, week.calendar) == EntryContext(Decimal(price), Decimal(price), 1)
        assert market.context_at(opens + 3 * _HOUR, week.calendar) == expected
        assert market.context_at(opens - 2 * _MOMENT, week.calendar) != expected
        # Up to the roll the session goes on, through the halt; but the trade before the next open is its last one.
        assert market.context_at(roll - 2 * _MOMENT, week.calendar) == expected


def test_each_day_gets_what_was_realised_on_it(week: Week) -> None:
    """Bought on Thursday; one lot is sold at each open, one on Saturday, the last in Wednesday's halt."""
    bought = _at(execution(7, "1000", 1), week.opens[0])
    sold = [_at(execution(-1, str(1001 + n), 2 + n), opens + _MOMENT) for n, opens in enumerate(week.opens)]
    saturday = _at(execution(-1, "1100", 10), week.rolls[1] + 12 * _HOUR)
    last = _at(execution(-1, "900", 11), week.rolls[-1] - _MOMENT)
    executions = [bought, *sold[:2], saturday, *sold[2:], last]
    days = [day_pnl(executions, day, week.calendar, MES) for day in week.days]
    assert [day.gross for day in days] == [5 * points for points in (1, 2, 100 + 3, 4, 5 - 100)]
    assert [day.commission for day in days] == [Decimal(cents) / 100 for cents in (2, 1, 2, 1, 2)]
    assert sum(day.realised or 0 for day in days) == 5 * (1 + 2 + 3 + 4 + 5 + 100 - 100) - Decimal("0.08")


def _at(fill: Execution, moment: datetime) -> Execution:
    return replace(fill, occurred_at=moment, commission=Decimal("0.01"))


class _Market:
    """Some trades, and a feed that has missed nothing."""

    def __init__(self, trades: list[tuple[datetime, float, int]]) -> None:
        self._at_us = np.array([micros_from_utc(at) for at, _, _ in trades], np.int64)
        self._prices = np.array([price for _, price, _ in trades])
        self._lots = np.array([lots for _, _, lots in trades], np.int64)

    def context_at(self, moment: datetime, calendar: SessionCalendar) -> EntryContext | None:
        """At a fill of a price that nobody traded."""
        entry = Stop(micros_from_utc(moment), 1, Decimal(1), _HELD)
        return entry_context(entry, calendar, Coverage(((0, 2**62),)), self._between)

    def _between(self, start_us: int, end_us: int) -> SessionTicks:
        asked = slice(*np.searchsorted(self._at_us, (start_us, end_us)).tolist())
        lots = self._lots[asked]
        ticks = Ticks(self._at_us[asked], self._prices[asked])
        return SessionTicks(ticks, np.abs(lots), np.maximum(-lots, 0), np.maximum(lots, 0))
