"""An account that is met for the first time may be in mid-position."""

from dataclasses import replace
from decimal import Decimal

from core.facts import AccountsListed, Fill, PositionReported, PositionsListed
from core.values import Source
from data.audit import audit
from data.ledger import Ledger
from tests.fills import at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, position_in

DATABASES = ON_BOTH


def meet(books: Books) -> Ledger:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",))])
    return ledger


def told(qty: int, price: str, number: float, position: int | None = None) -> Fill:
    known = None if position is None else Decimal(position)
    return replace(fill(qty, price, number), source=Source.REPLAY, position_qty=known)


def holds(qty: int) -> PositionsListed:
    return PositionsListed("Sim1", (PositionReported("Sim1", "MESZ26", Decimal(qty), at(60)),), at(60))


def test_a_history_that_starts_flat_needs_nothing_inferred(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(1, "5000.00", 1, 1), told(-1, "5001.00", 2, 0), told(2, "5000.00", 3, 2)))
    assert books.value("SELECT count(*) FROM execution WHERE source = 'inferred'") == 0
    assert position_in(ledger.snapshot()).position.qty == 2


def test_a_history_that_starts_in_mid_position_begins_with_what_was_held(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(-1, "5001.00", 1, 1), told(-1, "5002.00", 2, 0), told(1, "5000.00", 3, 1)))
    assert position_in(ledger.snapshot()).position.qty == 1
    (trade,) = books.rows("SELECT side, qty, entry_price, realized_pnl FROM traderecord")
    assert trade[:] == ("LONG", 2, None, None)
    assert books.rows("SELECT qty, price FROM execution WHERE source = 'inferred'")[0][:] == (2, None)
    assert "inferred_opening" in books.events()
    assert audit(books.place) == []


def test_without_positions_in_the_fills_the_first_listing_of_positions_tells_what_was_held(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(-1, "5001.00", 1), told(-1, "5002.00", 2)))
    assert position_in(ledger.snapshot()).position.qty == -2
    books.at(60)
    snapshot = ledger.handle(holds(1))
    assert position_in(snapshot).position.qty == 1
    assert position_in(snapshot).is_verified
    assert audit(books.place) == []


def test_only_the_first_listing_ever_is_believed_like_that(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(1, "5001.00", 1)))
    books.at(60)
    handle_all(ledger, [holds(1), holds(5)])
    snapshot = ledger.snapshot()
    assert figures(position_in(snapshot).position.qty, position_in(snapshot).is_verified) == (1, False)


def test_a_position_without_any_fill_in_the_window_is_left_to_the_reconciliation(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed())
    assert ledger.handle(holds(2)) is not None
    assert ledger.snapshot().positions == ()


def test_an_answer_that_came_before_the_fills_were_folded_is_judged_again_behind_them(books: Books) -> None:
    """A listing brings an exit that nobody knew of: the broker's 'flat' agrees only then."""
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    books.at(60)
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), PositionsListed("Sim1", (), at(60))])
    assert not ledger.snapshot().accounts[0].is_verified
    ledger.handle(listed(told(-1, "5001.00", 3)))
    assert ledger.snapshot().accounts[0].is_verified


def test_positions_of_0_all_along_say_nothing(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(1, "5000.00", 1, 0), told(1, "5001.00", 2, 0)))
    assert position_in(ledger.snapshot()).position.qty == 2


def test_a_single_fill_with_a_position_of_0_says_nothing_either(books: Books) -> None:
    """Most likely the server does not fill the field in; the list of positions will tell."""
    ledger = meet(books)
    ledger.handle(listed(told(1, "5000.00", 1, 0)))
    assert position_in(ledger.snapshot()).position.qty == 1
