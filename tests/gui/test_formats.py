"""Each kind of figure has one form."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from panels import formats

TICK = Decimal("0.25")
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def test_unknown_is_a_dash_in_every_form() -> None:
    texts = {
        formats.price(None, TICK),
        formats.average_price(None, TICK),
        formats.money(None, "USD"),
        formats.signed_money(None, "USD"),
        formats.points(None, TICK),
        formats.ticks(None),
        formats.percent(None),
        formats.ratio(None),
    }
    assert texts == {"—"}


@pytest.mark.parametrize(
    ("value", "tick", "text"),
    [
        ("5053.75", "0.25", f"5{SPACE}053.75"),
        ("5053", "0.25", f"5{SPACE}053.00"),
        ("38012", "1", f"38{SPACE}012"),
        ("1.08345", "0.00005", "1.08345"),
        ("105.015625", "0.015625", "105.015625"),
        ("105.50", None, "105.5"),
        ("4200", None, f"4{SPACE}200"),
        ("-37.63", "0.01", f"{MINUS}37.63"),
    ],
)
def test_a_price_has_the_decimals_of_its_tick(value: str, tick: str | None, text: str) -> None:
    assert formats.price(Decimal(value), None if tick is None else Decimal(tick)) == text


def test_an_average_between_two_ticks_shows_that_it_is_one() -> None:
    assert formats.average_price(Decimal("38012.5"), Decimal(1)) == f"38{SPACE}012.50"
    assert formats.average_price(Decimal(38012), Decimal(1)) == f"38{SPACE}012"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("52.5", "USD", "+$52.50"),
        ("-38.2", "USD", f"{MINUS}$38.20"),
        ("0", "USD", "$0.00"),
        ("-0.001", "USD", "$0.00"),
        ("51284.5", "EUR", "+€51,284.50"),
        ("7", "CHF", f"+CHF{SPACE}7.00"),
        ("7", None, "+7.00"),
    ],
)
def test_money_has_its_sign_in_front(value: str, currency: str | None, text: str) -> None:
    assert formats.signed_money(Decimal(value), currency) == text


def test_points_and_ticks_have_a_sign_and_a_unit() -> None:
    assert formats.points(Decimal("3.5"), TICK) == "+3.50 pts"
    assert formats.points(Decimal(0), TICK) == "0.00 pts"
    assert formats.ticks(Decimal(-14)) == f"{MINUS}14 ticks"
    assert formats.ticks(Decimal(41) / 3) == "+13.7 ticks"


def test_quantities_have_no_trailing_zeros() -> None:
    assert [formats.quantity(Decimal(text)) for text in ("3.000", "100", "0.50")] == ["3", "100", "0.5"]


def test_durations_count_days_as_hours() -> None:
    assert formats.duration(401) == "00:06:41"
    assert formats.duration(30 * 3600 + 61) == "30:01:01"


def test_a_moment_of_another_day_has_its_date() -> None:
    now = datetime.now(UTC)
    assert len(formats.moment(now)) == len("09:38:10")
    assert len(formats.moment(now - timedelta(days=2))) == len("2026-09-15 09:38:10")


def test_captured_is_not_clamped() -> None:
    assert formats.percent(Decimal(-2)) == f"{MINUS}200%"
    assert formats.percent(Decimal("0.541"), decimals=1) == "54.1%"
