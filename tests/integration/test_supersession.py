"""What was inferred or entered by hand gives way to the real fills that explain it."""

from dataclasses import replace

from core.facts import Fill
from core.values import Source
from data.audit import audit
from tests.fills import at, figures, fill
from tests.integration.conftest import ON_BOTH, Books, handle_all, listed, position_in

DATABASES = ON_BOTH


def inferred(qty: int, number: float) -> Fill:
    return fill(qty, None, number, id=f"~adopted:{number:g}", order="", source=Source.INFERRED)


def manual(qty: int, price: str, number: float) -> Fill:
    return fill(qty, price, number, id=f"~manual:{number:g}", order="", source=Source.MANUAL)


def real(qty: int, price: str, number: float) -> Fill:
    return replace(fill(qty, price, number), source=Source.REPLAY)


def test_an_adopted_position_gives_way_to_the_fills_that_made_it(books: Books) -> None:
    ledger = books.begin("Sim1")
    books.at(100)
    ledger.handle(inferred(2, 100))
    assert position_in(ledger.snapshot()).position.entry_price is None
    ledger.handle(listed(real(1, "5000.00", 40), real(1, "5001.00", 50)))
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.entry_price, position.entry_time) == (2, 5000.5, at(40))
    (row,) = books.rows("SELECT superseded_by, entry_type, trade_id FROM execution WHERE source = 'inferred'")
    assert row[:] == (3, None, None)
    assert "superseded" in books.events()
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position == position


def test_a_close_that_the_trader_told_gives_way_to_the_real_exit(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-1, "5009.00", 60))
    assert ledger.snapshot().positions == ()
    ledger.handle(listed(real(-1, "5002.00", 90)))
    assert ledger.snapshot().positions == ()
    (trade,) = books.rows("SELECT exit_price, realized_pnl FROM traderecord")
    assert trade[:] == (5002, 10)
    assert ledger.snapshot().trade_count == 1
    assert audit(books.place) == []


def test_a_real_exit_in_two_parts_explains_a_told_close_once_both_are_there(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(2, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-2, "5009.00", 60))
    handle_all(ledger, [real(-1, "5002.00", 70), real(-1, "5003.00", 71)])
    assert ledger.snapshot().positions == ()
    assert books.value("SELECT count(*) FROM traderecord") == 1
    assert audit(books.place) == []


def test_a_new_trade_does_not_explain_an_old_answer(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-1, "5009.00", 60))
    ledger.handle(fill(-1, "5005.00", 200))
    assert position_in(ledger.snapshot()).position.qty == -1
    assert "superseded" not in books.events()


def test_fills_that_come_to_another_quantity_explain_nothing(books: Books) -> None:
    ledger = books.begin("Sim1")
    books.at(100)
    ledger.handle(inferred(2, 100))
    ledger.handle(listed(real(3, "5000.00", 40)))
    assert position_in(ledger.snapshot()).position.qty == 5
    assert "superseded" not in books.events()


def test_what_gave_way_is_still_remembered_as_such_after_a_restart(books: Books) -> None:
    handle_all(books.begin("Sim1"), [inferred(1, 100), listed(real(1, "5000.00", 40))])
    ledger = books.reopen()
    ledger.handle(listed(real(1, "5000.00", 40), real(1, "5000.00", 41)))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert books.events().count("superseded") == 1
