"""The mode of an account is the trader's to say, and all that is booked for it carries the label."""

import pytest

from core.commands import ConfirmMode
from core.errors import CommandRefused
from core.facts import AccountsListed
from core.values import Mode
from data.audit import audit
from tests.fills import fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, position_in

DATABASES = ON_BOTH

TABLES = ("execution", "openposition", "traderecord", "accountstate")


def test_an_answer_relabels_every_row_of_the_account(books: Books) -> None:
    ledger = books.begin("Nobody")
    handle_all(ledger, [fill(q, "5000.00", n, account="Nobody") for n, q in enumerate((1, -1, 2), start=1)])
    snapshot = ledger.carry_out(ConfirmMode("Nobody", Mode.LIVE))
    assert position_in(snapshot).position.key.mode is Mode.LIVE
    for table in TABLES:
        assert {row[0] for row in books.rows(f"SELECT DISTINCT mode FROM {table} WHERE account = 'Nobody'")} == {"LIVE"}  # noqa: S608  # names of ours
    assert books.value("SELECT count(*) FROM positionevent WHERE mode = 'UNKNOWN'") == 0
    assert books.events()[-1] == "mode_confirmed"
    assert audit(books.place) == []
    ledger.handle(fill(-2, "5003.00", 9, account="Nobody"))
    assert ledger.snapshot().positions == ()
    assert books.reopen().snapshot().accounts[0].mode is Mode.LIVE


def test_a_mode_that_is_known_stays_while_the_account_has_a_position(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    before = ledger.snapshot()
    with pytest.raises(CommandRefused, match="Sim1"):
        ledger.carry_out(ConfirmMode("Sim1", Mode.LIVE))
    assert ledger.snapshot() == before
    ledger.handle(fill(-1, "5000.00", 2))
    ledger.carry_out(ConfirmMode("Sim1", Mode.LIVE))
    assert {row[0] for row in books.rows("SELECT mode FROM traderecord")} == {"LIVE"}


def test_fills_that_wait_for_their_back_fill_are_relabelled_with_the_rest(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Nobody",)), fill(1, "5000.00", 1, account="Nobody")])
    ledger.carry_out(ConfirmMode("Nobody", Mode.SIM))
    ledger.handle(listed(account="Nobody"))
    assert position_in(ledger.snapshot()).position.key.mode is Mode.SIM
    assert audit(books.place) == []


def test_an_account_nobody_knows_is_refused(books: Books) -> None:
    ledger = books.begin("Sim1")
    with pytest.raises(CommandRefused):
        ledger.carry_out(ConfirmMode("Other", Mode.SIM))
