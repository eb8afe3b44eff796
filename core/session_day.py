"""The day a futures trader counts by: it rolls in the evening, at the exchange's own clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SATURDAY = 5
_HALT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SessionCalendar:
    """Session days of one market.

    `roll` is the local time at which the next session day begins; a market that trades within calendar days rolls at
    midnight. The halt before the roll belongs to the day that ends. Weekends belong to Monday.
    """

    zone: ZoneInfo
    roll: time

    def day_of(self, moment: datetime) -> date:
        """The session day that an aware moment belongs to."""
        local = moment.astimezone(self.zone)
        day = local.date()
        if self.roll != time.min and local.time() >= self.roll:
            day += _DAY
        return _weekday_from(day)

    def start_of(self, day: date) -> datetime:
        """The UTC moment at which session day `day` begins, right across daylight saving."""
        before = day - _DAY
        while before.weekday() >= _SATURDAY:
            before -= _DAY
        # Monday begins when Friday ends, so that weekends have a day, too.
        rolled_on = before if self.roll != time.min else before + _DAY
        return datetime.combine(rolled_on, self.roll, self.zone).astimezone(UTC)

    def open_of(self, day: date) -> datetime:
        """The UTC moment at which trading of session day `day` may begin: on Mondays the weekend is over by then."""
        opens_on = day - _DAY if self.roll != time.min else day
        return datetime.combine(opens_on, self.roll, self.zone).astimezone(UTC)

    def is_open(self, moment: datetime) -> bool:
        """Whether trades may be expected: not over the weekend, nor in the halt before the roll. Holidays count."""
        day = self.day_of(moment)
        halt = _HALT if self.roll != time.min else timedelta(0)
        return self.open_of(day) <= moment < self.start_of(day + _DAY) - halt


def _weekday_from(day: date) -> date:
    while day.weekday() >= _SATURDAY:
        day += _DAY
    return day


CHICAGO = SessionCalendar(ZoneInfo("America/Chicago"), time(17))
BERLIN = SessionCalendar(ZoneInfo("Europe/Berlin"), time.min)
_BY_EXCHANGE = {"EUREX": BERLIN}


def calendar_of(exchange: str | None) -> SessionCalendar:
    """The calendar of an exchange; what is not known to differ keeps Chicago's."""
    return _BY_EXCHANGE.get(exchange or "", CHICAGO)
