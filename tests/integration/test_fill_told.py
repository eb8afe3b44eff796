"""Which fills are news: those told as they happened in this run, and no others."""

from core.facts import Fact
from core.values import Source
from tests.fills import fill
from tests.integration.conftest import Books, handle_all, listed


def _newest(books: Books, *facts: Fact) -> dict[str, int | None]:
    ledger = books.begin("Sim1", "120005")
    handle_all(ledger, facts)
    return {each.account: each.newest_fill.seq if each.newest_fill else None for each in ledger.snapshot().accounts}


def test_a_fill_told_live_is_its_accounts_newest(books: Books) -> None:
    facts = [fill(1, "5000.00", 1), fill(1, "5000.00", 2, account="120005"), fill(-1, "5001.00", 3)]
    assert _newest(books, *facts) == {"Sim1": 3, "120005": 2}


def test_a_back_fill_is_no_news(books: Books) -> None:
    assert _newest(books, listed(fill(1, "5000.00", 1, source=Source.REPLAY))) == {"Sim1": None, "120005": None}


def test_a_fill_heard_again_is_no_news(books: Books) -> None:
    once, other = fill(1, "5000.00", 1), fill(1, "5000.00", 2, account="120005")
    assert _newest(books, once, other, once) == {"Sim1": 1, "120005": 2}


def test_after_a_start_nothing_has_been_told_yet(books: Books) -> None:
    _newest(books, fill(1, "5000.00", 1))
    assert all(each.newest_fill is None for each in books.reopen().snapshot().accounts)
