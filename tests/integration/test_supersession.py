"""What was inferred or entered by hand gives way to the real fills that explain it."""

from dataclasses import replace
from decimal import Decimal

from core.commission import CommissionRate
from core.facts import Fill
from core.values import Source
from data.audit import audit
from tests.fills import at, figures, fill
from tests.integration.conftest import ON_BOTH, Books, handle_all, listed, log_on, position_in

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


def test_a_told_close_gives_way_part_by_part_and_the_position_never_turns(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(3, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-3, "5009.00", 60))
    results = []
    for number in (70, 71, 72):
        books.at(100 + number)
        ledger.handle(real(-1, "5003.00", number))
        assert ledger.snapshot().positions == ()
        assert ledger.snapshot().trade_count == 1
        assert audit(books.place) == []
        results.append(books.value("SELECT realized_points FROM traderecord"))
        ledger = books.reopen()
    assert figures(*results) == (3 + 2 * 9, 2 * 3 + 9, 3 * 3)
    stand = books.rows("SELECT qty FROM execution WHERE source = 'manual' AND superseded_by IS NULL")
    assert list(stand) == []
    assert books.events().count("superseded") == 3


def test_an_adopted_position_stays_what_the_broker_said_while_its_fills_come_in(books: Books) -> None:
    ledger = books.begin("Sim1")
    books.at(100)
    ledger.handle(inferred(2, 100))
    ledger.handle(listed(real(1, "5000.00", 40)))
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.entry_price, position.entry_time) == (2, None, at(40))
    ledger.handle(listed(real(1, "5000.00", 40), real(1, "5001.00", 50)))
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.entry_price, position.entry_time) == (2, 5000.5, at(40))
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position == position


def test_what_happened_after_the_answer_is_no_part_of_it(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(3, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-3, "5009.00", 60))
    books.at(500)
    ledger.handle(real(-1, "5003.00", 70))
    ledger.handle(fill(-1, "5005.00", 300))
    assert position_in(ledger.snapshot()).position.qty == -1
    assert books.value("SELECT sum(qty) FROM execution WHERE source = 'manual' AND superseded_by IS NULL") == 2


def test_a_new_entry_right_behind_the_answer_does_not_hide_the_exit(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-1, "5009.00", 60))
    books.at(101)
    ledger.handle(fill(1, "5020.00", 101))
    ledger.handle(listed(real(-1, "5005.00", 50)))
    assert position_in(ledger.snapshot()).position.qty == 1
    assert [row[:] for row in books.rows("SELECT side, exit_price FROM traderecord")] == [("LONG", 5005)]
    assert audit(books.place) == []


def test_an_adopted_position_gives_way_to_fills_with_a_reversal_among_them(books: Books) -> None:
    ledger = books.begin("Sim1")
    books.at(100)
    ledger.handle(inferred(-3, 90))
    fills = [real(2, "5000.00", 10), real(-3, "5001.00", 20), real(-3, "5002.00", 30), real(1, "5003.00", 40)]
    ledger.handle(listed(*fills))
    assert position_in(ledger.snapshot()).position.qty == -3
    assert books.value("SELECT count(*) FROM execution WHERE source = 'inferred' AND superseded_by IS NULL") == 0
    assert audit(books.place) == []


def test_fills_that_go_both_ways_and_come_to_less_are_no_part(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(3, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-3, "5009.00", 60))
    ledger.handle(listed(real(-1, "5003.00", 70), real(1, "5003.00", 71)))
    assert "superseded" not in books.events()


def test_what_still_stands_of_an_answer_costs_its_share(books: Books) -> None:
    rate = CommissionRate("", "MES", Decimal("0.62"), "USD", at(-86_400))
    ledger = books.open(practice_rates=[rate])
    handle_all(ledger, [*log_on("Sim1"), fill(3, "5000.00", 1)])
    books.at(100)
    handle_all(ledger, [manual(-3, "5009.00", 60), real(-1, "5003.00", 70)])
    assert books.value("SELECT round(commission * 100) FROM traderecord") == 6 * 62


def test_an_answer_inside_a_final_trade_gives_way_and_an_event_says_so(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    ledger.handle(manual(-1, "5009.00", 60))
    finish(books)
    ledger.handle(listed(real(-1, "5002.00", 90)))
    assert ledger.snapshot().positions == ()
    assert [row[:] for row in books.rows("SELECT exit_price, realized_pnl, exit_reason FROM traderecord")] == [
        (5002, 10, None)
    ]
    assert {"amended", "superseded"} <= set(books.events())
    assert audit(books.place) == []


def test_an_answer_in_front_of_a_final_trade_gives_way_and_leaves_that_alone(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    handle_all(ledger, [manual(-1, "5009.00", 60), fill(2, "5010.00", 200), fill(-2, "5011.00", 201)])
    finish(books)
    final = books.rows("SELECT * FROM traderecord WHERE qty = 2")
    ledger.handle(listed(real(-1, "5002.00", 90)))
    assert ledger.snapshot().positions == ()
    assert figures(ledger.snapshot().trade_count) == (2,)
    assert books.rows("SELECT * FROM traderecord WHERE qty = 2") == final
    assert books.value("SELECT realized_pnl FROM traderecord WHERE qty = 1") == 10
    assert audit(books.place) == []


def test_an_answer_stands_where_its_fill_would_change_a_final_trade(books: Books) -> None:
    """The real exit came when the next trade was running already: both would become one."""
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(100)
    handle_all(ledger, [manual(-1, "5009.00", 60), fill(2, "5010.00", 80), fill(-2, "5011.00", 201)])
    finish(books)
    final = books.rows("SELECT * FROM traderecord WHERE qty = 2")
    ledger.handle(listed(real(-1, "5002.00", 90)))
    assert "superseded" not in books.events()
    assert books.rows("SELECT * FROM traderecord WHERE qty = 2") == final
    assert audit(books.place) == []


def finish(books: Books) -> None:
    books.tamper("UPDATE traderecord SET excursion_final = true")
