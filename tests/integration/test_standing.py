"""From when on a ledger that is opened has its fills asked for: never from behind a gap."""

from datetime import datetime

import pytest

from core.facts import AccountsListed, Answer, Fact, FillsListed, FillsUnavailable, LinkDown
from core.values import Source
from data.ledger import Ledger
from tests.fills import at, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all

LISTED = AccountsListed(("Sim1",))


def known(books: Books) -> datetime | None:
    """What the ledger says when it is opened again."""
    return books.reopen().standing().known_until.get("Sim1")


def hear(books: Books, ledger: Ledger, seconds: float, *facts: Fact) -> None:
    """The facts are heard so many seconds into the day."""
    books.now = at(seconds)
    handle_all(ledger, facts)


def told(number: float) -> Fact:
    return FillsListed("Sim1", (fill(1, "5000.00", number, source=Source.REPLAY),))


def test_a_ledger_that_was_never_told_all_fills_of_an_account_knows_no_time(books: Books) -> None:
    ledger = books.open()
    hear(books, ledger, 10, LINK_UP, LISTED, fill(1, "5000.00", 9))
    hear(books, ledger, 20, FillsUnavailable("Sim1", Answer.SILENT, "no answer"), fill(1, "5000.00", 19))
    assert known(books) is None


@pytest.mark.parametrize("books", ON_BOTH, indirect=True)
def test_what_was_told_whole_is_known_up_to_its_newest_fill_and_so_is_what_came_live_behind_it(books: Books) -> None:
    ledger = books.open()
    hear(books, ledger, 10, LINK_UP, LISTED, told(5))
    assert known(books) == at(5)
    ledger = books.reopen()
    hear(books, ledger, 20, LINK_UP, LISTED, told(5))
    hear(books, ledger, 40, fill(1, "5000.00", 30))
    assert known(books) == at(30)


@pytest.mark.parametrize(("again", "newest"), [((), 5), ((250,), 250)])
def test_a_fill_that_came_live_behind_a_gap_hides_it_only_once_all_was_told_again(
    books: Books, again: tuple[int, ...], newest: int
) -> None:
    ledger = books.open()
    hear(books, ledger, 10, LINK_UP, LISTED, told(5))
    hear(books, ledger, 20, LinkDown("cut", at(20)))
    for seconds in (100, 200):
        hear(books, ledger, seconds, LINK_UP, LISTED, FillsUnavailable("Sim1", Answer.REFUSED, "no"))
        hear(books, ledger, seconds + 10, fill(1, "5000.00", seconds + 9))
        hear(books, ledger, seconds + 20, LinkDown("cut", at(seconds + 20)))
    hear(books, ledger, 300, LINK_UP, LISTED, *map(told, again))
    assert known(books) == at(newest)


def test_a_link_is_noted_once_as_having_told_all(books: Books) -> None:
    ledger = books.open()
    hear(books, ledger, 10, LINK_UP, LISTED, *[FillsListed("Sim1", ())] * 3)
    assert books.events().count("fills_complete") == 1


def test_a_venue_whose_clock_runs_ahead_hides_nothing(books: Books) -> None:
    ledger = books.open()
    hear(books, ledger, 10, LINK_UP, LISTED, told(5000))
    assert known(books) == at(10)


def test_a_list_that_is_asked_for_again_on_the_same_link_holds_no_fill_up(books: Books) -> None:
    ledger = books.begin("Sim1")
    hear(books, ledger, 10, LISTED, fill(1, "5000.00", 9))
    (account,) = ledger.snapshot().accounts
    assert account.fills_in_order == 0
    assert [held.position.qty for held in ledger.snapshot().positions] == [1]
