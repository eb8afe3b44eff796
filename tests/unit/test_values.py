"""Times, sides and averages: what must come back exactly as it went in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ExchangeClock
from core.contracts import Contract, ContractBook
from core.values import PositionSide, PriceRange, Side, micros_from_utc, round_average, utc_from_micros
from tests.fills import START, at, prices


@given(st.integers(-(10**15), 10**17))
def test_a_time_comes_back_to_the_microsecond(micros: int) -> None:
    assert micros_from_utc(utc_from_micros(micros)) == micros
    assert utc_from_micros(micros).tzinfo is UTC


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    chicago = datetime(2026, 9, 15, 9, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert micros_from_utc(chicago) == micros_from_utc(START)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        micros_from_utc(datetime(2026, 9, 15, 9, 30))  # noqa: DTZ001  # the point


def test_buying_adds_and_selling_takes() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert (PositionSide.LONG.sign, PositionSide.SHORT.sign) == (1, -1)
    assert [PositionSide.of(Decimal(qty)) for qty in (2, -2)] == [PositionSide.LONG, PositionSide.SHORT]


@pytest.mark.parametrize(
    ("price", "kept"),
    [("100.25", "100.25"), ("100", "100"), ("0.123456785", "0.12345678"), ("0.123456795", "0.1234568"), ("-0", "0")],
)
def test_an_average_lies_on_its_grid_and_reads_plainly(price: str, kept: str) -> None:
    assert str(round_average(Decimal(price))) == kept


def test_a_range_grows_to_hold_another_and_is_itself_when_it_does_already() -> None:
    wide = prices("99", "101")
    assert wide.including(prices("99.5", "100")) is wide
    assert wide.including(None) is wide
    assert wide.including(prices("98", "100")) == prices("98", "101")
    assert wide.including(prices("100", "102")) == prices("99", "102")
    assert PriceRange.at(Decimal(5)).including(wide) == prices("5", "101")


@pytest.mark.parametrize(("seen", "price"), [("100.2499998", "100.25"), ("100.37", "100.25"), ("100.38", "100.5")])
def test_a_price_snaps_to_the_nearest_tick(seen: str, price: str) -> None:
    assert Contract(Decimal("0.25"), Decimal(5), "USD").snap(Decimal(seen)) == Decimal(price)


def test_what_the_server_defines_goes_before_the_table() -> None:
    table, server = Contract(Decimal("0.25"), Decimal(5), "USD"), Contract(Decimal("0.25"), Decimal(50), "USD")
    book = ContractBook({"MES": table})
    assert book.find("MESZ26") == table
    book.define("MESZ26", server)
    assert (book.find("MESZ26"), book.find("MESH27")) == (server, table)
    assert book.find("AAPL") is None


def test_the_exchange_clock_runs_on_from_a_recording_and_ignores_a_slow_network() -> None:
    local = [START]
    clock = ExchangeClock(lambda: local[0])
    clock.observe(at(-3))
    assert clock.now() == START
    clock.observe(at(-86_400))
    local[0] = at(10)
    assert clock.now() == at(10 - 86_400)
