"""Facts in, snapshots out: what the ledger says of accounts, positions and their confirmation."""

import threading
from decimal import Decimal
from itertools import pairwise

import pytest

from core.contracts import Contract, ContractBook
from core.errors import CommandRefused
from core.facts import (
    AccountsListed,
    Answer,
    BalanceReported,
    ContractDefined,
    InputRefused,
    LinkDown,
    LinkUp,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
)
from core.snapshots import LedgerSnapshot
from core.values import Mode
from data.ledger_state import LedgerKind
from tests.fills import START, at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, log_on, position_in, seen

DATABASES = ON_BOTH

REAL = LinkUp("Sierra Chart", is_practice=False, at=START)


def says(qty: int, seconds: float = 0, symbol: str = "MESZ26") -> PositionReported:
    return PositionReported("Sim1", symbol, Decimal(qty), at(seconds))


def lists(*positions: PositionReported) -> PositionsListed:
    return PositionsListed("Sim1", positions, at(0))


def is_verified(snapshot: LedgerSnapshot) -> tuple[bool, bool]:
    """The position, and the account as a whole."""
    return position_in(snapshot).is_verified, snapshot.accounts[0].is_verified


def test_a_new_ledger_is_empty_and_nobodys(books: Books) -> None:
    snapshot = books.open().snapshot()
    assert (snapshot.revision, snapshot.fill_count, snapshot.trade_count) == (0, 0, 0)
    assert (snapshot.positions, snapshot.accounts, snapshot.is_practice) == ((), (), False)


def test_every_commit_counts_the_revision_once_and_the_database_agrees(books: Books) -> None:
    ledger = books.begin()
    revisions = [ledger.snapshot().revision]
    for number in (1, 2, 3):
        snapshot = ledger.handle(fill(1, "5000.00", number))
        assert snapshot is not None
        revisions.append(snapshot.revision)
    assert [later - earlier for earlier, later in pairwise(revisions)] == [1, 1, 1]
    assert books.value("SELECT revision FROM ledgermeta") == revisions[-1]
    assert books.value("SELECT max(revision) FROM positionevent") == revisions[-1]


def test_only_the_thread_that_opened_the_ledger_may_use_it(books: Books) -> None:
    ledger = books.begin()
    caught: list[RuntimeError] = []

    def intrude() -> None:
        for method, arguments in (("handle", [fill(1, "5000.00")]), ("expire", []), ("close", [])):
            try:
                getattr(ledger, method)(*arguments)
            except RuntimeError as error:
                caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert len(caught) == 3
    assert books.value("SELECT count(*) FROM execution") == 0


@pytest.mark.parametrize(("own", "other"), [(LINK_UP, REAL), (REAL, LINK_UP)])
def test_a_ledger_refuses_the_other_kind_of_server(books: Books, own: LinkUp, other: LinkUp) -> None:
    ledger = books.open()
    ledger.handle(own)
    before = ledger.snapshot()
    with pytest.raises(CommandRefused):
        ledger.handle(other)
    assert ledger.snapshot() == before
    with pytest.raises(CommandRefused):
        books.reopen().handle(other)


@pytest.mark.parametrize(("kind", "server"), [(LedgerKind.REAL, LINK_UP), (LedgerKind.PRACTICE, REAL)])
def test_a_new_ledger_becomes_only_what_it_may(books: Books, kind: LedgerKind, server: LinkUp) -> None:
    with pytest.raises(CommandRefused):
        books.open(may_become=[kind]).handle(server)
    assert books.value("SELECT kind FROM ledgermeta") is None


def test_practice_accounts_have_their_mode_and_any_other_is_unknown(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1", "120005", "Nobody"))])
    modes = {account.account: account.mode for account in ledger.snapshot().accounts}
    assert modes == {"Sim1": Mode.SIM, "120005": Mode.LIVE, "Nobody": Mode.UNKNOWN}


def test_a_listing_confirms_the_position_and_the_account(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00"))
    assert is_verified(ledger.snapshot()) == (False, False)
    ledger.handle(lists(says(1)))
    assert is_verified(ledger.snapshot()) == (True, True)
    assert position_in(ledger.snapshot()).verified_at == at(0)


def test_an_empty_listing_confirms_flat_and_refutes_open(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(lists())
    assert ledger.snapshot().accounts[0].is_verified
    ledger.handle(fill(1, "5000.00"))
    books.at(10)
    ledger.handle(lists())
    assert is_verified(ledger.snapshot()) == (False, False)
    assert books.events()[-1] == "broker_disagrees"


def test_a_position_the_broker_lists_and_we_do_not_have_is_a_disagreement(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(lists(says(2, symbol="MNQZ26")))
    assert not ledger.snapshot().accounts[0].is_verified


@pytest.mark.parametrize("answer", [Answer.SILENT, Answer.REFUSED])
def test_silence_and_refusal_confirm_nothing(books: Books, answer: Answer) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(PositionsUnavailable("Sim1", answer, "no", at(3)))
    assert not ledger.snapshot().accounts[0].is_verified
    (row,) = books.rows("SELECT * FROM accountstate")
    assert (row["verified_at"], row["last_answer"]) == (None, answer.value)


def test_a_fill_that_no_position_follows_ends_the_confirmation_after_two_seconds(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(lists())
    ledger.handle(fill(1, "5000.00"))
    books.at(2)
    assert ledger.expire() is None
    assert is_verified(ledger.snapshot()) == (True, True)
    books.at(2.1)
    snapshot = ledger.expire()
    assert snapshot is not None
    assert is_verified(snapshot) == (False, False)
    assert ledger.expire() is None


def test_the_position_that_follows_a_fill_keeps_it_confirmed(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [lists(), fill(1, "5000.00"), says(1, 1)])
    books.at(60)
    assert ledger.expire() is None
    assert is_verified(ledger.snapshot()) == (True, True)


def test_a_fill_that_waits_for_its_back_fill_counts_when_the_broker_is_asked(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00"), lists(says(1)), listed()])
    assert is_verified(ledger.snapshot()) == (True, True)


def test_the_link_takes_the_confirmation_with_it(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00"), lists(says(1)), LinkDown("cut", at(5))])
    assert is_verified(ledger.snapshot()) == (False, False)
    assert position_in(ledger.snapshot()).verified_at == at(0)
    handle_all(ledger, log_on("Sim1"))
    assert is_verified(ledger.snapshot()) == (False, False)


@pytest.mark.says
def test_a_report_that_cannot_be_read_ends_the_confirmation_of_its_account(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00"), lists(says(1))])
    ledger.handle(InputRefused("Sim1", "A fill without a readable side", "raw"))
    assert is_verified(ledger.snapshot()) == (False, False)
    assert (
        books.rows("SELECT detail FROM positionevent ORDER BY id DESC")[0][0] == "A fill without a readable side: raw"
    )


def test_a_balance_is_kept_with_its_currency(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(BalanceReported("Sim1", Decimal("51284.5"), "USD", at(1)))
    ledger.handle(BalanceReported("Sim1", Decimal(51000), None, at(2)))
    account = books.reopen().snapshot().accounts[0]
    assert figures(account.cash_balance, account.currency, account.balance_at) == (51000, "USD", at(2))


def test_prices_widen_the_extremes_on_disk_and_say_nothing_when_they_do_not(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(2, "5000.00"))
    assert ledger.handle(seen("4995.00", "5001.00")) is not None
    (row,) = books.rows("SELECT * FROM openposition")
    assert (row["mae"], row["mfe"], row["trade_min_price"], row["trade_max_price"]) == (-50, 10, 4995, 5001)
    assert ledger.handle(seen("4996.00", "5000.00")) is None
    assert ledger.handle(seen("1.00", symbol="MNQZ26")) is None


def test_what_the_server_defines_fills_in_the_money_of_an_open_position(books: Books) -> None:
    ledger = books.open(contracts=ContractBook({}))
    handle_all(ledger, [*log_on("Sim1"), fill(1, "5000.00"), seen("4999.00", "5000.00")])
    assert books.rows("SELECT mae, point_value, trade_min_price FROM openposition")[0][:] == (None, None, 4999)
    ledger.handle(ContractDefined("MESZ26", Contract(Decimal("0.25"), Decimal(5), "USD")))
    assert books.rows("SELECT mae, point_value FROM openposition")[0][:] == (-5, 5)
    assert "contract_defined" in books.events()


def test_what_the_server_defined_is_not_forgotten_over_a_restart(books: Books) -> None:
    ledger = books.open(contracts=ContractBook({}))
    defined = ContractDefined("MESZ26", Contract(Decimal("0.25"), Decimal(5), "USD"))
    handle_all(ledger, [*log_on("Sim1"), defined, fill(1, "5000.00", 1)])
    books.close()
    again = books.open(contracts=ContractBook({}))
    handle_all(again, [*log_on("Sim1"), fill(-1, "5002.00", 2)])
    assert books.value("SELECT realized_pnl FROM traderecord") == 10


def test_the_symbols_in_play_are_asked_for_by_their_wire_names(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5000.00", 2, account="120005")])
    assert ledger.symbols_in_play() == ("MESZ26-CME",)
