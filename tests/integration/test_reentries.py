"""Re-entries: counted by order, linked to their trades, and weighed against trades without any."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from core.facts import Fact
from core.order import OrderState
from core.session_day import CHICAGO
from core.trade_filter import TradeFilter
from data.contract_table import read_calendars
from data.database import open_reader
from data.reentries import Reentries
from data.reentry_cap import ReentryCap, ordinal
from tests.fills import SIM_KEY, at, figures, fill
from tests.integration.conftest import Books, handle_all, log_on
from tests.integration.test_order_book import order, target

# One trade with two re-entries, the second in two fills; one without any; one open with one re-entry.
TRADING: list[Fact] = [
    fill(1, "5000", 1), fill(1, "4998", 2, order="A"), fill(1, "4996", 3, order="B"), fill(1, "4995", 4, order="B"),
    fill(-4, "5001", 5), fill(1, "5000", 6), fill(-1, "4999", 7), fill(-1, "5000", 8), fill(-1, "5002", 9, order="C"),
]  # fmt: skip
ROLL = CHICAGO.start_of(CHICAGO.day_of(at(0)) + timedelta(days=1))


@pytest.fixture
def asked(books: Books) -> Callable[[], Reentries]:
    return lambda: Reentries(open_reader(books.path), read_calendars(), lambda: books.now)


def test_re_entries_of_the_day_are_counted_by_order(books: Books, asked: Callable[[], Reentries]) -> None:
    handle_all(books.begin("Sim1"), TRADING)
    assert asked().today() == {SIM_KEY: 3}


def test_the_count_follows_every_write_at_once(books: Books, asked: Callable[[], Reentries]) -> None:
    ledger = books.begin()
    reentries = asked()
    assert reentries.today() == {}
    handle_all(ledger, TRADING)
    assert reentries.today() == {SIM_KEY: 3}


def test_the_count_is_kept_for_a_minute_and_no_longer(books: Books, asked: Callable[[], Reentries]) -> None:
    books.now = ROLL - timedelta(seconds=30)
    handle_all(books.begin("Sim1"), TRADING)
    reentries = asked()
    kept = reentries.today()
    assert reentries.today() is kept
    books.now = ROLL + timedelta(seconds=31)
    assert reentries.today() == {}


def test_the_list_of_orders_and_the_count_of_a_trade_agree(books: Books, asked: Callable[[], Reentries]) -> None:
    handle_all(books.begin("Sim1"), TRADING)
    orders = asked().orders("MESZ26")
    assert [figures(each.order_id, each.trade_id, each.qty, each.price, each.fill_count) for each in orders] == [
        ("A", 1, 1, 4998, 1), ("B", 1, 2, Decimal("4995.5"), 2), ("C", 8, 1, 5002, 1),
    ]  # fmt: skip
    counts = dict(books.rows("SELECT id, reentry_count FROM traderecord"))
    counts |= dict(books.rows("SELECT trade_id, reentry_count FROM openposition"))
    assert counts == {1: 2, 6: 0, 8: 1}


def test_trades_with_re_entries_are_weighed_against_those_without(books: Books, asked: Callable[[], Reentries]) -> None:
    handle_all(books.begin("Sim1"), TRADING)
    found = asked().compare(TradeFilter())
    (with_some,), (without,) = found.with_reentries, found.without
    assert figures(with_some.n, with_some.gross_pnl, without.n, without.gross_pnl) == (1, 75, 1, -5)


def test_the_average_re_entry_stands_against_the_initial_price(books: Books, asked: Callable[[], Reentries]) -> None:
    handle_all(books.begin("Sim1"), TRADING)
    closed, none, opened = (asked().prices(trade_id) for trade_id in (1, 6, 8))
    assert closed is not None
    assert figures(closed.initial, round(closed.average, 4)) == (5000, Decimal("4996.3333"))
    assert round(closed.improvement, 4) == Decimal("3.6667")
    assert none is None
    assert opened is not None
    assert figures(opened.average, opened.improvement) == (5002, 2)


def test_the_order_history_of_a_trade_holds_its_canceled_brackets(books: Books, asked: Callable[[], Reentries]) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [order("old", -100, state=OrderState.CANCELED), fill(1, "5000", 1), order("S", 2)])
    handle_all(ledger, [target("T", "5010", 3), fill(-1, "5003", 8), order("S", 9, state=OrderState.CANCELED)])
    assert [each.order_id for each in asked().order_history(1)] == ["S", "T"]


def test_a_re_entry_beyond_the_cap_is_said_once_it_is_booked(books: Books) -> None:
    said: list[str] = []
    ledger = books.open(reentry_cap=ReentryCap(2, read_calendars()), notify=said.append)
    handle_all(ledger, [*log_on("Sim1"), *TRADING])
    assert said == ["3rd re-entry today in MESZ26; your cap is 2"]
    handle_all(ledger, TRADING)
    assert len(said) == 1


def test_yesterdays_re_entries_do_not_count_against_the_cap(books: Books) -> None:
    said: list[str] = []
    ledger = books.open(reentry_cap=ReentryCap(1, read_calendars()), notify=said.append)
    tomorrow = (ROLL - at(0)).total_seconds()
    later = [fill(1, "5000", tomorrow + 1), fill(-1, "5000", tomorrow + 2)]
    handle_all(ledger, [*log_on("Sim1"), fill(1, "5000", 1), fill(1, "5000", 2), *later])
    assert said == []


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")]
)
def test_numbers_read_as_people_say_them(number: int, text: str) -> None:
    assert ordinal(number) == text
