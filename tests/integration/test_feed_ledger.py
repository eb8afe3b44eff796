"""Late prices in the ledger: they widen the stretch they belong to, and no other."""

from dataclasses import replace
from decimal import Decimal

from core.facts import Fill, PricesSeen, prices_seen
from core.values import micros_from_utc
from data.ledger import Ledger
from tests.fills import at, fill
from tests.integration.conftest import Books, handle_all

_ROW = "SELECT stretch_low, stretch_high, mae, heat_total_us FROM openposition"


def late(*trades: tuple[float, float]) -> PricesSeen:
    """Recorded trades at prices and seconds into the day."""
    return prices_seen("MESZ26", [price for price, _ in trades], [micros_from_utc(at(second)) for _, second in trades])


def begin(books: Books, *fills: Fill) -> Ledger:
    ledger = books.begin("Sim1")
    handle_all(ledger, fills)
    return ledger


def test_a_price_from_before_the_last_fill_changes_nothing(books: Books) -> None:
    ledger = begin(books, fill(2, "5000.00", 10), fill(-1, "5001.00", 20))
    before = tuple(books.rows(_ROW)[0])
    handle_all(ledger, [late((4900.0, 9), (4950.0, 19.9), (4960.0, 20))])
    assert tuple(books.rows(_ROW)[0]) == before


def test_a_price_from_behind_it_widens_the_stretch_and_counts_as_heat(books: Books) -> None:
    ledger = begin(books, fill(2, "5000.00", 10), fill(-1, "5001.00", 20))
    handle_all(ledger, [late((4900.0, 19), (4998.0, 21), (4998.0, 24), (5003.0, 25))])
    low, high, mae, heat_us = books.rows(_ROW)[0]
    assert (low, high, heat_us) == (4998.0, 5003.0, 4_000_000)
    assert mae == (Decimal(1) - 2) * 5  # banked one point, two down on what is left


def test_within_a_whole_second_nobody_knows_and_so_nothing_widens(books: Books) -> None:
    ledger = begin(books, replace(fill(1, "5000.00", 10), resolution_us=1_000_000))
    handle_all(ledger, [late((4900.0, 10.9))])
    assert books.rows(_ROW)[0][0] == 5000.0
    handle_all(ledger, [late((4999.0, 11))])
    assert books.rows(_ROW)[0][0] == 4999.0
