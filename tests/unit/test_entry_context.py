"""What the session had come to at the first fill, asked of a stub that holds some trades."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.entry_context import SessionTicks, TicksBetween, entry_context, session_open_us
from core.excursion import Holding
from core.session_day import CHICAGO
from core.session_profile import EntryContext, context_of
from core.tape import Coverage, Ticks
from core.trade_course import Stop
from core.values import micros_from_utc

_SECOND = 1_000_000
_OPEN = micros_from_utc(datetime(2026, 11, 18, 23, tzinfo=UTC))  # 17:00 in Chicago
_ALWAYS = Coverage.of([(0, 2 * _OPEN)])
_HELD = Holding(Decimal(1), Decimal(-103), Decimal(103))

_Trade = tuple[int, float, int]  # time behind the open, price, lots: sold at the bid where negative


def source_of(*trades: _Trade) -> TicksBetween:
    """Knows the trades given, and hands on those that were asked for."""

    def ticks_between(start_us: int, end_us: int) -> SessionTicks:
        asked = [each for each in trades if start_us <= _OPEN + each[0] < end_us]
        lots = np.array([lots for _, _, lots in asked], np.int64)
        ticks = Ticks(np.array([_OPEN + at for at, _, _ in asked], np.int64), np.array([each[1] for each in asked]))
        return SessionTicks(ticks, np.abs(lots), np.maximum(-lots, 0), np.maximum(lots, 0))

    return ticks_between


def entry_at(after_open_us: int, price: str, unit_us: int = 1) -> Stop:
    return Stop(_OPEN + after_open_us, unit_us, Decimal(price), None)


def _context(entry: Stop, *trades: _Trade, coverage: Coverage = _ALWAYS) -> EntryContext | None:
    opening = Stop(entry.at_us, entry.resolution_us, entry.price, _HELD)
    return entry_context(opening, CHICAGO, coverage, source_of(*trades))


def test_only_trades_since_the_open_and_before_the_fill_count() -> None:
    context = _context(entry_at(100, "103"), (-1, 90.0, 500), (0, 100.0, 1), (50, 102.0, -3), (101, 150.0, 900))
    assert context == EntryContext(Decimal("101.5"), Decimal(102), -2)


def test_the_fills_own_trade_does_not_count() -> None:
    context = _context(entry_at(100, "103"), (0, 100.0, 1), (100, 101.0, 1), (100, 103.0, 50), (100, 104.0, 9))
    assert context == EntryContext(Decimal("100.5"), Decimal(100), 2)


def test_without_a_trade_at_its_price_all_of_the_fills_second_counts() -> None:
    trades = ((0, 100.0, 1), (_SECOND + 5, 102.0, 1), (2 * _SECOND, 150.0, 7))
    assert _context(entry_at(_SECOND, "103", _SECOND), *trades) == EntryContext(Decimal(101), Decimal(100), 2)


def test_where_the_feed_was_missing_since_the_open_nothing_is_claimed() -> None:
    trades = ((0, 100.0, 1), (50, 102.0, 1))
    for gone in ((_OPEN, _OPEN + 1), (_OPEN + 40, _OPEN + 41), (_OPEN + 100, _OPEN + 101)):
        assert _context(entry_at(100, "103"), *trades, coverage=_ALWAYS.without(*gone)) is None
    assert _context(entry_at(100, "103"), *trades, coverage=_ALWAYS.without(0, _OPEN)) is not None


def test_before_the_first_trade_of_the_session_there_is_no_context() -> None:
    assert _context(entry_at(100, "103"), (-5, 100.0, 3)) is None


def test_bars_do_not_tell_at_which_prices_the_volume_was() -> None:
    def bars(start_us: int, end_us: int) -> SessionTicks:
        price, lots = np.array([100.0]), np.array([5])
        ticks = Ticks(np.array([start_us]), price, _SECOND, price - 1, price + 1)
        return SessionTicks(ticks, lots, lots, lots)

    assert entry_context(entry_at(5 * _SECOND, "103"), CHICAGO, _ALWAYS, bars) is None


def test_a_fill_before_its_session_opened_has_nothing_behind_it() -> None:
    def never(start_us: int, end_us: int) -> SessionTicks:
        raise AssertionError((start_us, end_us))

    saturday = micros_from_utc(datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert entry_context(Stop(saturday, 1, Decimal(103), _HELD), CHICAGO, _ALWAYS, never) is None


def test_on_mondays_the_session_opens_on_sunday_evening() -> None:
    sunday_open = micros_from_utc(datetime(2026, 11, 22, 23, tzinfo=UTC))
    assert session_open_us(sunday_open, CHICAGO) == sunday_open
    assert session_open_us(sunday_open + 3_600 * _SECOND, CHICAGO) == sunday_open


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(390, 410), st.integers(-9, 9)), min_size=1, max_size=40),
    st.integers(0, 250),
)
def test_it_is_what_the_same_trades_come_to_one_by_one(trades: list[tuple[int, int, int]], at: int) -> None:
    """The fill's price is traded nowhere, so every trade up to its moment counts."""
    trades = sorted(trades, key=lambda each: each[0])
    source = source_of(*((when, ticks * 0.25, lots) for when, ticks, lots in trades))
    found = entry_context(Stop(_OPEN + at, 1, Decimal(7), _HELD), CHICAGO, _ALWAYS, source)
    counted = [each for each in trades if each[0] <= at]
    lots = np.array([each[2] for each in counted], np.int64)
    prices = np.array([each[1] * 0.25 for each in counted], np.float64)
    assert found == context_of(prices, np.abs(lots), np.maximum(-lots, 0), np.maximum(lots, 0))
