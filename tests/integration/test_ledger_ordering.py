"""Fills in the order in which they happened, whatever the order in which they came."""

import sqlite3
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.facts import AccountsListed, Answer, Fact, Fill, FillsUnavailable, LinkDown, PositionReported
from core.values import Mode
from tests.fills import at, figures, fill, prices
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, position_in, seen

DATABASES = ON_BOTH


def begin_ordering(books: Books) -> Any:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",))])
    return ledger


def test_a_fill_before_the_back_fill_is_on_disk_at_once_and_waits_to_be_folded(books: Books) -> None:
    ledger = begin_ordering(books)
    snapshot = ledger.handle(fill(1, "5000.00", 10))
    assert snapshot.accounts[0].fills_in_order == 1
    assert snapshot.positions == ()
    (row,) = books.rows("SELECT * FROM execution")
    assert (row["execution_id"], row["entry_type"], row["trade_id"]) == ("E10", None, None)


def test_a_fill_told_before_its_account_is_listed_waits_like_any_other(books: Books) -> None:
    ledger: Any = books.open()
    handle_all(ledger, [LINK_UP, fill(-1, "5001.00", 10)])
    snapshot = ledger.handle(AccountsListed(("Sim1",)))
    assert (snapshot.accounts[0].mode, snapshot.accounts[0].fills_in_order) == (Mode.SIM, 1)
    assert snapshot.positions == ()
    ledger.handle(listed(fill(2, "5000.00", 5), fill(-1, "5001.00", 10)))
    assert position_in(ledger.snapshot()).position.qty == 1
    assert {row["mode"] for row in books.rows("SELECT mode FROM execution UNION SELECT mode FROM accountstate")} == {
        "SIM"
    }


def test_a_fill_of_an_account_that_is_not_listed_waits_for_nothing(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00", 10, account="PA-9")])
    assert position_in(ledger.snapshot()).position.qty == 1


def test_while_a_fill_waits_nothing_of_its_account_is_verified(books: Books) -> None:
    """The broker confirms what it comes to, and the screen still shows what was before it."""
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5001.00", 10)])
    snapshot = ledger.handle(PositionReported("Sim1", "MESZ26", Decimal(2), at(11)))
    shown = position_in(snapshot or ledger.snapshot())
    assert figures(shown.position.qty, shown.is_verified) == (1, False)


def test_the_back_fill_and_what_waited_are_folded_together_by_time(books: Books) -> None:
    ledger = begin_ordering(books)
    ledger.handle(fill(-1, "5002.00", 10))
    ledger.handle(listed(fill(2, "5000.00", 1), fill(1, "5001.00", 2)))
    snapshot = ledger.snapshot()
    assert snapshot.accounts[0].fills_in_order == 0
    position = position_in(snapshot).position
    assert figures(position.qty, position.opened_qty, position.reentry_count) == (2, 3, 1)
    rows = books.rows("SELECT entry_type FROM execution ORDER BY occurred_at")
    assert [row[0] for row in rows] == ["initial", "reentry", "reduce"]
    assert "amended" not in books.events()


def test_a_fill_that_is_live_and_in_the_back_fill_is_one(books: Books) -> None:
    ledger = begin_ordering(books)
    ledger.handle(fill(1, "5000.00", 10))
    ledger.handle(listed(fill(1, "5000.00", 10)))
    assert figures(position_in(ledger.snapshot()).position.qty, ledger.snapshot().duplicate_count) == (1, 1)


@pytest.mark.parametrize(
    "ending",
    [
        FillsUnavailable("Sim1", Answer.REFUSED, "not supported"),
        FillsUnavailable("Sim1", Answer.SILENT, "no answer"),
        LinkDown("cut", at(20)),
        AccountsListed(("Other",)),
    ],
)
def test_without_a_back_fill_what_waited_is_folded_all_the_same(books: Books, ending: Fact) -> None:
    ledger = begin_ordering(books)
    handle_all(ledger, [fill(1, "5001.00", 11), fill(1, "5000.00", 10)])
    ledger.handle(ending)
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.entry_time) == (2, at(10))
    assert not any(account.fills_in_order for account in ledger.snapshot().accounts)


def test_a_back_fill_that_never_comes_is_waited_for_no_longer_than_its_deadline(books: Books) -> None:
    ledger = begin_ordering(books)
    ledger.handle(fill(1, "5000.00", 10))
    books.at(15)
    assert ledger.expire() is None
    books.at(15.1)
    assert position_in(ledger.expire()).position.qty == 1


def test_after_a_crash_in_between_a_new_ledger_folds_what_waited(books: Books) -> None:
    ledger = begin_ordering(books)
    handle_all(ledger, [fill(1, "5001.00", 11), fill(1, "5000.00", 10)])
    position = position_in(books.reopen().snapshot()).position
    assert figures(position.qty, position.entry_time) == (2, at(10))
    assert books.value("SELECT count(*) FROM execution WHERE entry_type IS NULL") == 0


def test_each_account_waits_for_its_own_back_fill_only(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("120005", "Sim1")), listed()])
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5000.00", 2, account="120005")])
    snapshot = ledger.snapshot()
    assert position_in(snapshot).position.key.account == "Sim1"
    assert [account.fills_in_order for account in snapshot.accounts] == [1, 0]


def test_prices_seen_during_the_back_fill_count_where_it_changes_nothing(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    handle_all(ledger, [LinkDown("cut", at(2)), LINK_UP, AccountsListed(("Sim1",))])
    handle_all(ledger, [seen("4990.00", "4995.00"), seen("4992.00", "5010.00"), listed()])
    excursion = position_in(ledger.snapshot()).position.excursion_now
    assert excursion is not None
    assert excursion.prices == prices("4990", "5010")


def test_prices_seen_after_an_exit_that_was_missed_are_not_the_trades_own(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    handle_all(ledger, [LinkDown("cut", at(2)), LINK_UP, AccountsListed(("Sim1",))])
    handle_all(ledger, [seen("4900.00"), listed(fill(-1, "5001.00", 3))])
    assert books.value("SELECT mae FROM traderecord") == 0


def test_a_late_fill_folds_its_trade_again_and_says_so(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5003.00", 3), fill(1, "5001.00", 2)])
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.opened_qty, position.realized_points) == (1, 2, 2.5)
    assert books.value("SELECT count(*) FROM traderecord") == 0
    assert ledger.snapshot().trade_count == 0
    assert books.events()[-1] == "amended"


def test_a_late_fill_counts_the_adverse_price_for_no_lot_that_was_not_held_yet(books: Books) -> None:
    """One lot from 100; nine more at 110 come late; at 100 ten lots would have been 90 points down."""
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "100.00", 1), fill(-10, "110.00", 3), fill(9, "110.00", 2)])
    assert books.value("SELECT mae FROM traderecord") == 0


def test_a_late_fill_further_back_leaves_what_was_seen_since_the_newest(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5000.00", 3), seen("4990.00"), fill(1, "5000.00", 2)])
    assert books.value("SELECT stretch_low FROM openposition") == 4990


def test_prices_before_a_fill_of_the_same_second_are_not_seen_again_after_it(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1, id="A"))
    handle_all(ledger, [seen("4990.00", "5000.00"), fill(9, "5000.00", 1, id="B")])
    assert books.value("SELECT mae FROM openposition") == -50
    assert books.value("SELECT stretch_low FROM openposition") == 5000


def test_a_late_fill_does_not_touch_the_trades_before_the_last_flat_point(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5001.00", 2), fill(1, "5000.00", 10), fill(1, "5000.00", 12)])
    before = books.rows("SELECT * FROM traderecord")
    ledger.handle(fill(1, "5002.00", 11))
    assert books.rows("SELECT * FROM traderecord") == before
    assert position_in(ledger.snapshot()).position.qty == 3


fills = st.lists(st.tuples(st.sampled_from([-3, -2, -1, 1, 2, 3]), st.integers(-8, 8)), min_size=2, max_size=9)


def script(moves: Sequence[tuple[int, int]]) -> list[Fill]:
    """A fill a second, from 5000 up and down by quarters."""
    walk = accumulate(step for _, step in moves)
    return [
        fill(qty, str(5000 + quarters / 4), second)
        for second, ((qty, _), quarters) in enumerate(zip(moves, walk, strict=True), start=1)
    ]


def derived_tables(database: Path) -> dict[str, list[dict[str, Any]]]:
    """What the fold made, with rows named by what they are instead of by when they came in."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    names = {row["seq"]: row["execution_id"] for row in connection.execute("SELECT seq, execution_id FROM execution")}
    tables = {
        "execution": "SELECT * FROM execution ORDER BY occurred_at",
        "traderecord": "SELECT * FROM traderecord ORDER BY exit_time, entry_time",
        "openposition": "SELECT * FROM openposition",
    }
    found = {name: [named(dict(row), names) for row in connection.execute(query)] for name, query in tables.items()}
    connection.close()
    return found


def named(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    for column in ("id", "trade_id", "opened_trade_id"):
        if column in row:
            row[column] = names.get(row[column])
    about_arrival = {"seq", "recorded_at", "created_at", "updated_at", "revision", "source", "chain"}
    # The course of prices is known only where fills and ticks come in turn.
    about_arrival |= {"peak_pnl", "max_pullback", "heat_total_us", "heat_spell_started_at"}
    return {column: value for column, value in row.items() if column not in about_arrival}


def book(batches: Sequence[Sequence[Fill]]) -> tuple[dict[str, list[dict[str, Any]]], int]:
    with tempfile.TemporaryDirectory() as directory:
        books = Books(Path(directory))
        ledger = books.begin("Sim1")
        for batch in batches:
            ledger.handle(batch[0] if len(batch) == 1 else listed(*batch))
        count = ledger.snapshot().trade_count
        books.close()
        return derived_tables(books.path), count


@settings(deadline=None, max_examples=30)
@given(fills, st.data())
def test_any_order_and_any_repetition_gives_the_tables_of_the_right_order(
    moves: Sequence[tuple[int, int]], data: st.DataObject
) -> None:
    in_order = script(moves)
    repeated = data.draw(st.lists(st.sampled_from(in_order), max_size=4))
    shuffled = data.draw(st.permutations([*in_order, *repeated]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shuffled) - 1), max_size=4)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    expected, trades = book([[each] for each in in_order])
    found, trade_count = book(batches)
    assert found == expected
    assert trade_count == trades == len(expected["traderecord"])
