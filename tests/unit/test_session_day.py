"""The session day: it rolls at 17:00 in Chicago, winter and summer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.session_day import BERLIN, CHICAGO, SessionCalendar, calendar_of

_MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-18T22:59:59Z", date(2026, 11, 18)),  # 16:59:59 in winter: the halt belongs to the day that ends
        ("2026-11-18T23:00:00Z", date(2026, 11, 19)),
        ("2026-07-15T21:59:59Z", date(2026, 7, 15)),
        ("2026-07-15T22:00:00Z", date(2026, 7, 16)),  # 17:00 in summer
        ("2026-11-20T23:00:00Z", date(2026, 11, 23)),  # after Friday's roll comes Monday
        ("2026-11-22T12:00:00Z", date(2026, 11, 23)),
        ("2026-03-08T23:00:00Z", date(2026, 3, 9)),  # the Sunday on which summer time begins
        ("2026-11-01T23:30:00Z", date(2026, 11, 2)),  # the Sunday on which it ends
    ],
)
def test_the_day_rolls_in_the_evening_of_chicago(moment: str, day: date) -> None:
    assert CHICAGO.day_of(datetime.fromisoformat(moment)) == day


def test_monday_begins_at_fridays_roll_whatever_the_clock_does_on_sunday() -> None:
    assert CHICAGO.start_of(date(2026, 3, 9)) == datetime(2026, 3, 6, 23, tzinfo=UTC)
    assert CHICAGO.start_of(date(2026, 3, 10)) == datetime(2026, 3, 9, 22, tzinfo=UTC)
    assert CHICAGO.start_of(date(2026, 11, 2)) == datetime(2026, 10, 30, 22, tzinfo=UTC)
    assert CHICAGO.start_of(date(2026, 11, 3)) == datetime(2026, 11, 2, 23, tzinfo=UTC)


def test_a_market_of_calendar_days_rolls_at_midnight() -> None:
    assert BERLIN.day_of(datetime(2026, 11, 18, 22, 30, tzinfo=UTC)) == date(2026, 11, 18)
    assert BERLIN.day_of(datetime(2026, 11, 18, 23, 30, tzinfo=UTC)) == date(2026, 11, 19)
    assert BERLIN.start_of(date(2026, 11, 19)) == datetime(2026, 11, 18, 23, tzinfo=UTC)


@given(moment=_MOMENTS)
@pytest.mark.parametrize("calendar", [CHICAGO, BERLIN])
def test_a_day_holds_its_start_and_no_moment_before_it(moment: datetime, calendar: SessionCalendar) -> None:
    day = calendar.day_of(moment)
    start = calendar.start_of(day)
    assert calendar.day_of(start) == day
    assert calendar.day_of(start - timedelta(microseconds=1)) < day
    assert day.weekday() < 5
    assert start <= moment


def test_only_exchanges_that_differ_have_a_calendar_of_their_own() -> None:
    assert calendar_of("CME") is calendar_of(None) is CHICAGO
    assert calendar_of("EUREX") is BERLIN
