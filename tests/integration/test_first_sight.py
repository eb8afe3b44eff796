"""An account that is met for the first time may be in mid-position."""

from dataclasses import replace
from decimal import Decimal

from core.facts import AccountsListed, Fill, PositionReported, PositionsListed
from core.values import Source
from data.audit import audit
from data.ledger import Ledger
from tests.fills import at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, position_in, refused

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


def holds_now(books: Books, qty: int) -> PositionsListed:
    return PositionsListed("Sim1", (PositionReported("Sim1", "MESZ26", Decimal(qty), books.now),), books.now)


def test_the_first_listing_is_believed_though_it_comes_right_behind_the_fills(books: Books) -> None:
    """The broker is asked what he holds at once: fills of long ago are no reason to wait for a report."""
    books.at(600)
    ledger = meet(books)
    ledger.handle(listed(told(1, "5001.00", 1), told(1, "5002.00", 2)))
    snapshot = ledger.handle(holds_now(books, 5))
    assert figures(position_in(snapshot).position.qty, position_in(snapshot).is_verified) == (5, True)
    assert audit(books.place) == []


def test_a_listing_that_differs_from_old_fills_verifies_nothing(books: Books) -> None:
    """They came late, but they are not young: no report of a position is still on its way behind them."""
    ledger = books.begin("Sim1")
    books.at(600)
    ledger.handle(holds_now(books, 0))
    ledger.handle(listed(told(1, "5001.00", 1)))
    ledger.handle(holds_now(books, 0))
    assert not position_in(ledger.snapshot()).is_verified


def test_an_add_as_large_as_what_was_held_before_it_explains_nothing_of_that(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(2, "5000.00", 1, 4)))
    assert position_in(ledger.snapshot()).position.qty == 4
    assert books.value("SELECT count(*) FROM execution WHERE superseded_by IS NOT NULL") == 0
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position.qty == 4


def test_a_live_add_right_behind_the_first_known_fill_explains_nothing_of_what_was_held_before(books: Books) -> None:
    ledger = meet(books)
    ledger.handle(listed(told(1, "5000.00", 1, 2)))
    ledger.handle(fill(1, "5000.25", 2))
    assert position_in(ledger.snapshot()).position.qty == 3
    assert audit(books.place) == []


def test_a_history_that_comes_long_after_the_logon_begins_with_what_was_held_too(books: Books) -> None:
    ledger = meet(books)
    books.at(600)
    ledger.expire()
    ledger.handle(fill(1, "5020.00", 600))
    ledger.handle(listed(told(-1, "5000.00", 1, 2)))
    assert position_in(ledger.snapshot()).position.qty == 3
    assert books.value("SELECT count(*) FROM traderecord") == 0
    assert audit(books.place) == []


def test_what_was_adopted_gives_way_to_a_history_that_begins_in_mid_position(books: Books) -> None:
    ledger = meet(books)
    books.at(600)
    handle_all(ledger, [refused(), holds_now(books, 2)])
    books.at(610)
    ledger.handle(holds_now(books, 2))
    ledger.handle(listed(told(-1, "5000.00", 1, 2)))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert books.value("SELECT count(*) FROM traderecord") == 0
    assert audit(books.place) == []


def test_a_trade_that_ends_with_an_adopted_opening_counts_apart(books: Books) -> None:
    """Its exit is the broker's average for another position: no result of a trade."""
    ledger = meet(books)
    books.at(600)
    handle_all(ledger, [refused(), holds_now(books, 2)])
    books.at(610)
    ledger.handle(holds_now(books, 2))
    ledger.handle(listed(told(-1, "5000.00", 1)))
    assert [row["exit_reason"] for row in books.rows("SELECT exit_reason FROM traderecord")] == ["adopted"]


def test_a_first_listing_behind_a_gap_in_the_fills_tells_nothing_of_what_was_held_before(books: Books) -> None:
    """The history was told whole, then the link fell, and on the next one it is refused: the gap explains as much."""
    books.at(600)
    ledger = meet(books)
    ledger.handle(listed(told(2, "5001.00", 1)))
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), refused(), holds_now(books, -2)])
    assert position_in(ledger.snapshot()).position.qty == 2
    assert books.value("SELECT count(*) FROM execution WHERE source = 'inferred'") == 0
