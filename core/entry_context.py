"""What the session had come to when a trade began."""

from collections.abc import Callable
from dataclasses import dataclass

from core.session_day import SessionCalendar
from core.session_profile import EntryContext, Lots, context_of
from core.tape import Coverage, Ticks
from core.trade_course import Stop, cuts_of
from core.values import micros_from_utc, utc_from_micros


@dataclass(frozen=True, slots=True, eq=False)
class SessionTicks:
    """Ticks with their volumes, one place each."""

    ticks: Ticks
    volumes: Lots
    bid_volumes: Lots
    ask_volumes: Lots


# What happened from the first moment up to, not at, the second, both in microseconds UTC.
TicksBetween = Callable[[int, int], SessionTicks]


def session_open_us(at_us: int, calendar: SessionCalendar) -> int:
    """When the session that a moment belongs to opened, both in microseconds UTC."""
    day = calendar.day_of(utc_from_micros(at_us))
    return micros_from_utc(calendar.open_of(day))


def entry_context(
    entry: Stop, calendar: SessionCalendar, coverage: Coverage, ticks_between: TicksBetween
) -> EntryContext | None:
    """The session's trades from its open to the first fill of a trade, added up.

    The fill's own trade is not among them where the tape shows it. None where the time from the open to the fill is not
    covered throughout, where only bars tell of it, or before the session's first trade.
    """
    opened_us = session_open_us(entry.at_us, calendar)
    end_us = entry.at_us + entry.resolution_us
    if entry.at_us < opened_us or not coverage.holds(opened_us, end_us):
        return None
    session = ticks_between(opened_us, end_us)
    if session.ticks.are_bars:
        return None
    upto = slice(0, cuts_of([entry], session.ticks)[0].at)
    return context_of(
        session.ticks.prices[upto], session.volumes[upto], session.bid_volumes[upto], session.ask_volumes[upto]
    )
