"""A final trade is never altered; everything else is folded again, and keeps what the trader wrote."""

from dataclasses import replace
from decimal import Decimal

from core.contracts import Contract, ContractBook
from core.facts import ContractDefined, Fill
from core.values import Source
from data.audit import audit
from tests.fills import at, figures, fill
from tests.integration.conftest import ON_BOTH, Books, handle_all, listed, log_on, position_in

DATABASES = ON_BOTH


def coarse(qty: int, price: str, second: int, position: int, *, id: str) -> Fill:  # noqa: A002  # it is the fill's id
    told = replace(fill(qty, price, second, id=id), resolution_us=1_000_000, position_qty=Decimal(position))
    return replace(told, source=Source.REPLAY)


def finish(books: Books) -> None:
    books.tamper("UPDATE traderecord SET excursion_final = true")


def test_a_fill_older_than_a_final_trade_opens_a_late_position_and_leaves_the_trade(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5002.00", 5)])
    finish(books)
    before = books.rows("SELECT * FROM traderecord")
    ledger.handle(fill(1, "5001.00", 3))
    assert books.rows("SELECT * FROM traderecord") == before
    assert position_in(ledger.snapshot()).position.qty == 1
    assert books.events()[-2:] == ["late", "amended"] or books.events()[-1] == "late"
    assert audit(books.place) == []
    reopened = books.reopen()
    assert position_in(reopened.snapshot()).position.qty == 1
    reopened.handle(fill(-1, "5004.00", 9))
    late = books.rows("SELECT exit_reason, realized_pnl FROM traderecord ORDER BY id")
    assert [row[:] for row in late] == [(None, 10), ("late", 15)]
    assert audit(books.place) == []


def test_a_trade_that_is_not_final_is_folded_again(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5002.00", 5), fill(1, "5001.00", 3)])
    assert position_in(ledger.snapshot()).position.opened_qty == 2
    assert "late" not in books.events()


def test_behind_a_final_trade_that_a_flip_ended_a_late_fill_goes_on_top_of_what_is_open(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-3, "5002.00", 5)])
    finish(books)
    before = books.rows("SELECT * FROM traderecord")
    ledger.handle(fill(-1, "5001.00", 3))
    assert books.rows("SELECT * FROM traderecord") == before
    assert position_in(ledger.snapshot()).position.qty == -3
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position.qty == -3


def test_a_whole_second_fill_is_put_in_its_place_by_the_position_it_led_to(books: Books) -> None:
    """Live 1 at 10.2 and its exit at 10.8; the listing's add says that it came between them."""
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 10.2), fill(-1, "5003.00", 10.8)])
    ledger.handle(listed(coarse(1, "5001.00", 10, 2, id="P")))
    rows = books.rows("SELECT execution_id, entry_type FROM execution ORDER BY fold_at, seq")
    assert [row[:] for row in rows] == [("E10.2", "initial"), ("P", "reentry"), ("E10.8", "reduce")]
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.entry_time) == (1, at(10.2))
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position.entry_price == position.entry_price


def test_a_busy_second_is_folded_the_same_however_it_is_shuffled(books: Books) -> None:
    moves = [(1, 1, "a"), (-1, 0, "b"), (2, 2, "c"), (-1, 1, "d"), (-1, 0, "e")]
    fills = [coarse(qty, f"500{n}.00", 10, position, id=name) for n, (qty, position, name) in enumerate(moves)]
    tables = []
    for number, order in enumerate((fills, fills[::-1], [*fills[2:], *fills[:2]])):
        other = books.another(f"shuffled{number}")
        other.begin("Sim1").handle(listed(*order))
        columns = "seq, execution_id, entry_type, trade_id, fold_at, chain"
        tables.append([row[:] for row in other.rows(f"SELECT {columns} FROM execution ORDER BY fold_at, seq")])  # noqa: S608  # names of ours
        other.close()
    assert tables[0] == tables[1] == tables[2]
    assert [row[1] for row in tables[0]] == ["a", "b", "c", "d", "e"]


def test_tags_and_note_move_with_the_trade_when_a_late_fill_opens_it_earlier(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 5), fill(-2, "5002.00", 9), fill(1, "5002.00", 10)])
    books.tamper("UPDATE traderecord SET tags = 'A+', note = 'patient' WHERE exit_price = 5002 AND side = 'LONG'")
    ledger.handle(fill(1, "4999.00", 2))
    (trade,) = books.rows("SELECT entry_price, tags, note FROM traderecord")
    assert trade[:] == (4999.5, "A+", "patient")


def test_tags_and_note_outlive_a_trade_that_is_open_again(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 5), fill(-1, "5002.00", 9)])
    books.tamper("UPDATE traderecord SET tags = 'A+'")
    ledger.handle(fill(1, "5001.00", 7))
    assert books.value("SELECT count(*) FROM traderecord") == 0
    books.reopen().handle(fill(-1, "5003.00", 12))
    assert books.value("SELECT tags FROM traderecord") == "A+"


def test_money_of_closed_trades_is_filled_in_once_the_contract_is_known(books: Books) -> None:
    ledger = books.open(contracts=ContractBook({}))
    handle_all(ledger, [*log_on("Sim1"), fill(1, "5000.00", 1), fill(-1, "5002.00", 2)])
    assert books.value("SELECT realized_pnl FROM traderecord") is None
    ledger.handle(ContractDefined("MESZ26", Contract(Decimal("0.25"), Decimal(5), "USD")))
    assert books.rows("SELECT realized_pnl, mfe, currency FROM traderecord")[0][:] == (10, 10, "USD")
    assert "money_known" in books.events()
    assert audit(books.place) == []
