"""Heat and pull-back in the ledger: saved as ticks go by, kept over restarts, and unknown rather than wrong."""

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from core.facts import AccountsListed, LinkDown, PricesSeen
from core.heat import TickRun
from core.values import Source, micros_from_utc
from tests.fills import at, fill, prices
from tests.integration.conftest import LINK_UP, Books, handle_all, listed

if TYPE_CHECKING:
    from collections.abc import Sequence


def ticks(*course: tuple[float, float], symbol: str = "MESZ26") -> PricesSeen:
    """Trades at prices and seconds into the day."""
    seen = [price for price, _ in course]
    run = TickRun(tuple(seen), tuple(micros_from_utc(at(second)) for _, second in course))
    return PricesSeen(symbol, prices(str(min(seen)), str(max(seen))), run)


def open_row(books: Books) -> sqlite3.Row:
    columns = "heat_total_us / 1e6, heat_spell_started_at, peak_pnl, max_pullback"
    rows: Sequence[sqlite3.Row] = books.rows(f"SELECT {columns} FROM openposition")  # noqa: S608  # names of ours
    return rows[0]


def closed_row(books: Books) -> tuple[object, ...]:
    return tuple(books.rows("SELECT heat_total_us / 1e6, max_pullback FROM traderecord ORDER BY id DESC")[0])


def test_heat_is_saved_as_ticks_go_by(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), ticks((5002, 2), (4999, 4), (4998, 7))])
    assert tuple(open_row(books)) == (3, micros_from_utc(at(4)), 10, 20)


def test_ticks_that_change_nothing_write_nothing(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), ticks((5002, 2), (5001, 4))])
    assert ledger.handle(ticks((5001.5, 5), (5001, 6))) is None


def test_a_closed_trade_keeps_its_heat_up_to_the_exit(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), ticks((4999, 4)), fill(-1, "4998", 9)])
    assert closed_row(books) == (5, 10)


def test_an_add_splits_the_run_where_it_happened(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), ticks((4999, 2)), fill(1, "4998", 4), ticks((4999, 6), (4999.25, 8))])
    assert tuple(open_row(books)) == (4, None, 2.5, 10)


def test_a_flip_ends_one_heat_and_begins_another(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), ticks((4999, 2)), fill(-2, "4999", 5), ticks((5000, 6))])
    assert closed_row(books) == (3, 5)
    assert tuple(open_row(books)) == (0, micros_from_utc(at(6)), 0, 5)


def test_heat_survives_a_crash_and_the_time_between_is_not_counted(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), ticks((5001, 2), (4999, 4), (4998, 7))])
    before = tuple(open_row(books))
    ledger = books.reopen()
    assert tuple(open_row(books)) == before
    ledger.handle(ticks((4999, 100), (4998, 102)))
    assert tuple(open_row(books)) == (5, micros_from_utc(at(100)), 5, 15)


def test_time_without_a_link_is_not_counted(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), ticks((4999, 2), (4998, 3)), LinkDown("gone", at(4)), ticks((4999, 100))])
    assert open_row(books)[0] == 1


def test_heat_goes_on_for_every_account_that_holds_the_symbol(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000", 1), fill(-1, "5000", 1, account="120005"), ticks((4999, 2), (4998, 4))])
    assert [each[0] for each in books.rows("SELECT heat_total_us FROM openposition ORDER BY account")] == [0, 2_000_000]


def test_a_fill_told_late_leaves_the_heat_unknown(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 5), ticks((4999, 6)), fill(1, "4999", 3), fill(-2, "5000", 9)])
    assert closed_row(books) == (None, None)


def test_a_fill_of_the_back_fill_leaves_the_heat_of_its_trade_unknown(books: Books) -> None:
    ledger = books.begin("Sim1")
    missed = replace(fill(1, "4999", 7), source=Source.REPLAY)
    handle_all(ledger, [fill(1, "5000", 5), ticks((4999, 6)), listed(missed), ticks((4998, 8))])
    assert tuple(open_row(books)) == (None, None, None, None)


def test_an_execution_without_a_price_leaves_the_heat_unknown(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(2, "5000", 1), fill(-1, None, 2), ticks((4999, 3))])
    assert open_row(books)[0] is None


def test_ticks_seen_while_the_back_fill_was_on_the_way_count_if_it_changed_nothing(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), ticks((5001, 2))])
    ledger = books.reopen()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), ticks((4999, 3), (4998, 5)), ticks((4999, 6))])
    assert open_row(books)[0] == 0
    ledger.handle(listed(fill(1, "5000", 1)))
    assert open_row(books)[0] == 3
