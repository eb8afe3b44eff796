"""What the trader types into the stale-position dialog: taken as meant, or refused with a sentence."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panels.stale_position.entries import read_average, read_price, read_quantity, read_time
from tests.published import NOW

TICK = Decimal("0.25")
ENTERED = NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("5050.25", "5050.25"),
        (" 5\N{NO-BREAK SPACE}050.25 ", "5050.25"),
        ("\N{MINUS SIGN}37.5", "-37.5"),
        (".25", "0.25"),
    ],
)
def test_a_price_is_read_as_it_is_shown(typed: str, meant: str) -> None:
    assert read_price(typed, TICK).value == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["", "-", "1e3", "1_000", "Infinity", "5050,25", "5050.1", "\N{ARABIC-INDIC DIGIT FIVE}", "1" * 16]
)
def test_what_is_no_price_on_the_grid_is_refused_with_a_sentence(typed: str) -> None:
    entry = read_price(typed, TICK)
    assert entry.value is None
    assert entry.problem


def test_an_average_may_lie_between_two_ticks() -> None:
    assert read_average("5050.1").value == Decimal("5050.1")


def test_a_time_that_names_its_zone_is_taken_by_it() -> None:
    assert read_time("2026-09-15T14:00:00Z", ENTERED, NOW).value == NOW.replace(minute=0, second=0)
    assert read_time("2026-09-15 10:00-04:00", ENTERED, NOW).value == NOW.replace(minute=0, second=0)


def test_the_second_of_the_entry_is_not_before_it() -> None:
    entered = ENTERED.replace(microsecond=700_000)
    entry = read_time(ENTERED.astimezone().isoformat(" ", "seconds"), entered, NOW)
    assert entry.value == entered


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_value_or_a_problem(typed: str) -> None:
    entries = (read_price(typed, TICK), read_price(typed, None), read_average(typed), read_quantity(typed))
    for entry in (*entries, read_time(typed, ENTERED, NOW)):
        assert (entry.value is None) == bool(entry.problem)


@given(st.decimals(-9999, 9999, places=4))
def test_a_price_is_taken_only_on_its_grid(price: Decimal) -> None:
    entry = read_price(f"{price:f}", TICK)
    assert entry.value == (price if price % TICK == 0 else None)


@given(st.integers(-900 * 86400, 900 * 86400))
def test_a_time_is_taken_only_between_entry_and_now(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    entry = read_time(moment.isoformat(" "), ENTERED, NOW)
    assert entry.value == (moment if ENTERED <= moment <= NOW else None)
