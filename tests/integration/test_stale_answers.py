"""What the trader answers about a stale position: booked whole or refused, and giving way to real fills."""

from datetime import datetime
from decimal import Decimal

import pytest

from core.commands import AskAgain, ClosePosition, CorrectPosition, KeepPosition, StaleAnswer
from core.errors import CommandRefused
from core.facts import LinkDown
from core.statistics import Statistics, summarise
from core.trade_filter import TradeFilter
from data.audit import audit
from data.journal import Journal
from tests.fills import at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, listed, position_in
from tests.integration.reconciling import Desk

DATABASES = ON_BOTH
ME = "MESZ26"


def in_question(books: Books, qty: int = 2, broker: int = 0) -> Desk:
    """A position since 0 s at 5000.00, of which the broker says otherwise: in question at 14 s."""
    desk = Desk.begin(books)
    desk.holds(qty)
    desk.lists_twice({ME: broker}, average="5001.00")
    desk.asked.clear()
    return desk


def close(desk: Desk, price: str | None, when: datetime | None = None) -> ClosePosition:
    known = None if price is None else Decimal(price)
    return ClosePosition(desk.stale.key, desk.stale.revision, known, when or desk.now)


def correct(desk: Desk, qty: int, average: str | None = None, when: datetime | None = None) -> CorrectPosition:
    known = None if average is None else Decimal(average)
    return CorrectPosition(desk.stale.key, desk.stale.revision, Decimal(qty), known, when or desk.now)


def statistics(books: Books) -> Statistics:
    (found,) = summarise(Journal.at(books.place).trades(TradeFilter()))
    return found


def answered(books: Books) -> str:
    (row,) = books.rows("SELECT detail FROM positionevent WHERE kind = 'stale_answered'")
    return str(row[0])


def refusal(desk: Desk, command: StaleAnswer) -> str:
    before = (desk.snapshot, desk.books.events())
    with pytest.raises(CommandRefused) as refused:
        desk.ledger.carry_out(command)
    assert (desk.snapshot, desk.books.events()) == before
    return str(refused.value)


def test_still_open_leaves_the_list_and_the_position_unverified(books: Books) -> None:
    desk = in_question(books)
    desk.ledger.carry_out(KeepPosition(desk.stale.key, desk.stale.revision))
    assert (desk.snapshot.stale, position_in(desk.snapshot).is_verified) == ((), False)
    assert answered(books) == "LONG 2 MESZ26 in Sim1; the broker: flat; the trader: still open"
    desk.lists_twice({})
    desk.is_silent()
    assert (desk.snapshot.stale, desk.asked) == ((), [])
    desk.lists_twice({ME: 1})
    assert figures(desk.stale.broker_qty) == (1,)


@pytest.mark.parametrize(("qty", "pnl"), [(2, 50), (-2, -50)], ids=["long", "short"])
def test_closed_at_a_price_is_one_manual_execution_and_a_reconciled_trade(books: Books, qty: int, pnl: int) -> None:
    desk = in_question(books, qty)
    desk.ledger.carry_out(close(desk, "5005.00", at(5)))
    assert (desk.held(), desk.snapshot.stale) == ({}, ())
    (row,) = books.rows("SELECT qty, price, source FROM execution WHERE source <> 'live'")
    assert row[:] == (2, 5005, "manual")
    (trade,) = books.rows("SELECT exit_reason, realized_pnl, exit_price, mae FROM traderecord")
    assert trade[:] == ("reconciled", pnl, 5005, None)
    assert Journal.at(books.place).trades(TradeFilter())[0].exit_time == at(5)
    assert answered(books).endswith(f"the trader: closed at 5005.00 at {at(5).isoformat()}")
    assert figures(statistics(books).n, statistics(books).gross_pnl) == (1, pnl)
    assert audit(books.place) == []
    desk.lists({})
    assert desk.account().is_verified


def test_closed_without_a_price_invents_no_result(books: Books) -> None:
    desk = in_question(books)
    desk.ledger.carry_out(close(desk, None))
    (trade,) = books.rows("SELECT exit_reason, realized_pnl, net_pnl, exit_price, mfe FROM traderecord")
    assert trade[:] == ("reconciled", None, None, None, None)
    assert (statistics(books).n, statistics(books).left_out, statistics(books).adopted) == (0, 1, 0)
    assert "unpriced" in answered(books)
    assert audit(books.place) == []
    assert books.reopen().snapshot().positions == ()


@pytest.mark.parametrize("price", ["5009.00", None])
def test_a_told_close_gives_way_to_the_real_exit_and_the_trade_counts_like_any(books: Books, price: str | None) -> None:
    desk = in_question(books)
    desk.ledger.carry_out(close(desk, price))
    desk.later(5)
    desk.ledger.handle(listed(fill(-1, "5002.00", 6), fill(-1, "5003.00", 7)))
    assert desk.held() == {}
    (trade,) = books.rows("SELECT exit_reason, realized_pnl FROM traderecord")
    assert trade[:] == (None, 25)
    assert (statistics(books).n, statistics(books).left_out) == (1, 0)
    assert audit(books.place) == []


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
def test_a_larger_quantity_is_one_added_fill_that_makes_the_average_right(books: Books, sign: int) -> None:
    desk = in_question(books, sign, 3 * sign)
    desk.ledger.carry_out(correct(desk, 3 * sign, "5001.00"))
    position = position_in(desk.snapshot).position
    assert figures(position.qty, position.entry_price) == (3 * sign, 5001)
    assert books.rows("SELECT qty, price FROM execution WHERE source = 'manual'")[0][:] == (2, Decimal("5001.5"))
    assert (desk.snapshot.stale, position.excursion_now) == ((), None)
    assert audit(books.place) == []
    desk.later(5)
    desk.ledger.handle(listed(fill(sign, "5000.50", 6), fill(sign, "5001.50", 7)))
    position = position_in(desk.snapshot).position
    assert position.qty == 3 * sign
    assert position.entry_price == Decimal("5000.66666667")
    desk.ledger.handle(fill(-3 * sign, "5001.00", 30))
    assert (statistics(books).n, statistics(books).left_out) == (1, 0)
    assert books.value("SELECT exit_reason FROM traderecord") is None
    assert audit(books.place) == []


def test_a_larger_quantity_without_an_average_has_none(books: Books) -> None:
    desk = in_question(books, 1, 3)
    desk.ledger.carry_out(correct(desk, 3))
    position = position_in(desk.snapshot).position
    assert figures(position.qty, position.entry_price) == (3, None)
    assert audit(books.place) == []


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
def test_a_smaller_quantity_is_one_unpriced_reduction(books: Books, sign: int) -> None:
    desk = in_question(books, 3 * sign, sign)
    desk.ledger.carry_out(correct(desk, sign, "5001.00"))
    position = position_in(desk.snapshot).position
    assert figures(position.qty, position.entry_price, position.realized_points) == (sign, 5000, None)
    assert books.rows("SELECT qty, price FROM execution WHERE source = 'manual'")[0][:] == (2, None)
    desk.ledger.handle(fill(-sign, "5001.00", 30))
    assert (statistics(books).n, statistics(books).left_out) == (0, 1)
    desk.later(5)
    desk.ledger.handle(listed(fill(-2 * sign, "5002.00", 6)))
    assert (statistics(books).n, statistics(books).left_out) == (1, 0)
    assert books.value("SELECT realized_pnl FROM traderecord") == sign * 25
    assert audit(books.place) == []


def reversed_position(books: Books, sign: int) -> Desk:
    desk = in_question(books, 2 * sign, -sign)
    desk.ledger.carry_out(correct(desk, -sign, "5004.00"))
    position = position_in(desk.snapshot).position
    assert figures(position.qty, position.entry_price) == (-sign, 5004)
    return desk


REAL_REVERSALS = {
    "one fill": ((3, "5003.00", 6),),
    "a close and an opening": ((2, "5003.00", 6), (1, "5003.00", 7)),
    "an opening first": ((1, "5003.00", 6), (2, "5003.00", 7)),
    "three parts": ((1, "5003.00", 6), (1, "5003.00", 7), (1, "5003.00", 8)),
}


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
def test_the_other_side_closes_unpriced_and_opens_the_rest_at_the_average(books: Books, sign: int) -> None:
    reversed_position(books, sign)
    rows = books.rows("SELECT qty, price, entry_type FROM execution WHERE source = 'manual' ORDER BY seq")
    assert [row[:] for row in rows] == [(2, None, "exit"), (1, 5004, "initial")]
    (trade,) = books.rows("SELECT exit_reason, realized_pnl, qty FROM traderecord")
    assert trade[:] == ("reconciled", None, 2)
    assert audit(books.place) == []


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("parts", REAL_REVERSALS.values(), ids=REAL_REVERSALS)
@pytest.mark.parametrize("is_listed", [True, False], ids=["listed", "one by one"])
def test_a_told_reversal_gives_way_to_the_real_one_however_it_was_filled(
    books: Books, sign: int, parts: tuple[tuple[int, str, int], ...], *, is_listed: bool
) -> None:
    desk = reversed_position(books, sign)
    desk.later(5)
    fills = [fill(-sign * qty, price, number) for qty, price, number in parts]
    for batch in [fills] if is_listed else [[each] for each in fills]:
        desk.ledger.handle(listed(*batch))
    position = position_in(desk.snapshot).position
    assert figures(position.qty, position.entry_price) == (-sign, 5003)
    (trade,) = books.rows("SELECT exit_reason, realized_pnl FROM traderecord")
    assert trade[:] == (None, sign * 30)
    assert books.value("SELECT count(*) FROM execution WHERE source = 'manual' AND superseded_by IS NULL") == 0
    assert (statistics(books).n, statistics(books).left_out) == (1, 0)
    assert audit(books.place) == []


def test_ask_again_puts_the_question_and_leaves_the_entry(books: Books) -> None:
    desk = in_question(books)
    desk.later(2)
    desk.ledger.carry_out(AskAgain(desk.stale.key, desk.stale.revision))
    assert desk.asked == ["Sim1"]
    assert desk.stale.doubt == "flat"
    assert answered(books).endswith("the trader: ask again")
    desk.ledger.carry_out(AskAgain(desk.stale.key, desk.stale.revision))
    assert desk.asked == ["Sim1"]


def test_an_answer_to_what_has_changed_since_is_refused(books: Books) -> None:
    desk = in_question(books)
    old = close(desk, "5005.00")
    desk.lists_twice({ME: 1})
    assert refusal(desk, old) == "LONG 2 MESZ26 in Sim1 has changed since you were asked: look again"
    desk.lists({ME: 2})
    assert refusal(desk, old) == "LONG 2 MESZ26 in Sim1 has changed since you were asked: it is no longer in question"
    desk.ledger.handle(fill(-2, "5000.00", 30))
    assert refusal(desk, old) == "MESZ26 in Sim1 has changed since you were asked: it is flat"


def test_an_answer_is_carried_out_once(books: Books) -> None:
    desk = in_question(books)
    command = close(desk, "5005.00")
    desk.ledger.carry_out(command)
    assert "has changed since you were asked" in refusal(desk, command)


def test_without_a_link_nothing_is_closed_or_corrected_and_nobody_asked(books: Books) -> None:
    desk = in_question(books)
    desk.ledger.handle(LinkDown("cut", desk.now))
    for command in (close(desk, None), correct(desk, 1)):
        assert refusal(desk, command) == "Without a link to Sierra Chart nothing is closed or corrected"
    assert refusal(desk, AskAgain(desk.stale.key, desk.stale.revision)).startswith("Without a link")
    desk.ledger.carry_out(KeepPosition(desk.stale.key, desk.stale.revision))
    assert desk.snapshot.stale == ()


def test_while_fills_are_read_nothing_is_closed(books: Books) -> None:
    desk = in_question(books)
    desk.ledger.handle(LINK_UP)
    assert refusal(desk, close(desk, None)) == "The fills of Sim1 are still being read: answer once they are"


def test_a_close_before_the_entry_or_in_the_future_is_refused(books: Books) -> None:
    desk = in_question(books)
    assert "cannot have ended before" in refusal(desk, close(desk, None, at(-1)))
    assert "is still to come" in refusal(desk, close(desk, None, at(15)))
    assert "is still to come" in refusal(desk, correct(desk, 1, None, at(15)))


@pytest.mark.parametrize(
    ("qty", "reason"), [("0", "it needs a quantity"), ("NaN", "it needs a quantity"), ("2", "that is what is booked")]
)
def test_a_correction_needs_another_quantity(books: Books, qty: str, reason: str) -> None:
    desk = in_question(books)
    command = CorrectPosition(desk.stale.key, desk.stale.revision, Decimal(qty), None, desk.now)
    assert refusal(desk, command) == f"LONG 2 MESZ26 in Sim1 cannot be corrected to {qty}: {reason}"


def test_an_average_that_no_fill_can_lead_to_is_refused(books: Books) -> None:
    desk = in_question(books, 2, 3)
    assert refusal(desk, correct(desk, 3, "50.00")).endswith("would take a fill at -9850")
    assert "needs a price that is a number" in refusal(desk, correct(desk, 3, "Infinity"))


def test_an_answer_that_cannot_be_written_changes_nothing(books: Books, request: pytest.FixtureRequest) -> None:
    desk = in_question(books)
    faults = request.getfixturevalue("faults_of")(desk.ledger)
    before = desk.snapshot
    faults.fail(3)
    with pytest.raises(Exception, match="disk"):
        desk.ledger.carry_out(close(desk, None))
    assert desk.snapshot == before
    assert books.value("SELECT count(*) FROM traderecord") == 0
