"""Every statement of every kind of fact fails with every kind of disk error: booked whole the next time, or not at all.

The rule is the one of `test_ledger_faults`; here are the rest of the facts and of the errors.
"""

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from itertools import count as count_up
from random import Random

import pytest

from core.contracts import Contract
from core.errors import StorageUnavailable
from core.facts import (
    AccountsListed,
    Answer,
    BalanceReported,
    ContractDefined,
    Fact,
    InputRefused,
    LinkDown,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
)
from data.ledger import Ledger
from tests.battery.conftest import count
from tests.battery.judging import assert_proven, derived_tables
from tests.battery.trading import Trading
from tests.fills import at, fill
from tests.integration import test_ledger_faults as rule
from tests.integration.conftest import LINK_UP, Books, Faults, handle_all, refused

_OPEN: list[Fact] = [fill(1, "5000.00", 1)]
_WAITING: list[Fact] = [LinkDown("cut", at(2)), LINK_UP, AccountsListed(("Sim1",)), fill(1, "5001.00", 3)]
_REPORT = PositionReported("Sim1", "MESZ26", Decimal(1), at(2))
CASES: dict[str, tuple[list[Fact], Fact]] = {
    **rule.CASES,
    "an add": (_OPEN, fill(2, "5001.00", 2)),
    "a short": ([], fill(-1, "5000.00", 1)),
    "a reduction": ([fill(2, "5000.00", 1)], fill(-1, "5001.00", 2)),
    "a fill for an account never seen": ([], fill(1, "5000.00", 1, account="Newcomer")),
    "a fill that waits": (_WAITING, fill(1, "5001.00", 4)),
    "the end of the link": (_OPEN, LinkDown("cut", at(2))),
    "a link": (_OPEN, LINK_UP),
    "a new account": (_OPEN, AccountsListed(("Another", "Sim1"))),
    "no back-fill": ([*_OPEN, *_WAITING], refused()),
    "a position that agrees": (_OPEN, _REPORT),
    "all positions": (_OPEN, PositionsListed("Sim1", (_REPORT,), at(2))),
    "no positions": (_OPEN, PositionsUnavailable("Sim1", Answer.REFUSED, "no", at(2))),
    "a balance": (_OPEN, BalanceReported("Sim1", Decimal(50_000), "USD", at(2))),
    "a contract": (_OPEN, ContractDefined("MESZ26", Contract(Decimal("0.25"), Decimal(50), "USD"))),
    "what is not understood": (_OPEN, InputRefused("Sim1", "no side", "{}")),
}
_IOERR = sqlite3.SQLITE_IOERR
CODES = {
    "FULL": sqlite3.SQLITE_FULL,
    "BUSY": sqlite3.SQLITE_BUSY,
    "READONLY": sqlite3.SQLITE_READONLY,
    "IOERR_READ": _IOERR | (1 << 8),
    "IOERR_WRITE": _IOERR | (3 << 8),
    "IOERR_FSYNC": _IOERR | (4 << 8),
}
FaultsOf = Callable[[Ledger], Faults]


@pytest.fixture
def faults_of() -> FaultsOf:
    return lambda ledger: Faults(ledger._connection)


def fail_each_statement(books: Books, faults_of: FaultsOf, patch: pytest.MonkeyPatch, case: str, code: str) -> None:
    patch.setitem(rule.CASES, case, CASES[case])
    rule.test_whichever_statement_fails_the_fact_is_booked_whole_the_next_time(books, faults_of, case, CODES[code])


@pytest.mark.says
@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_fact_survives_a_full_disk_at_every_statement(
    books: Books, faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    fail_each_statement(books, faults_of, monkeypatch, case, "FULL")


@pytest.mark.battery
@pytest.mark.says
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_fact_survives_every_error_at_every_statement(
    books: Books, faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch, case: str, code: str
) -> None:
    fail_each_statement(books, faults_of, monkeypatch, case, code)


def trade_on_a_bad_disk(books: Books, random: Random, facts: int) -> int:
    """Some statement of most facts fails, alone or with all behind it; the fact is told again. Returns the failures."""
    trading = Trading(random)
    script = [*trading.log_on(()), *trading.facts(facts)]
    ledger = books.open()
    faults = Faults(ledger._connection)
    failures = 0
    for fact in script:
        for attempt in count_up(1):
            # Later and later, so that the longest fact gets through at last.
            faults.fail(random.randrange(8 * attempt), random.choice([*CODES.values()]), is_lasting=attempt % 2 == 0)
            try:
                ledger.handle(fact)
                break
            except StorageUnavailable:
                failures += 1
    books.close()
    assert_proven(books.path)
    sound = Books(books.path.parent / "sound")
    handle_all(sound.open(), script)
    sound.close()
    assert derived_tables(books.path) == derived_tables(sound.path)
    return failures


@pytest.mark.says
def test_a_day_on_a_bad_disk_leaves_the_tables_of_a_good_one(books: Books, seed: int) -> None:
    assert trade_on_a_bad_disk(books, Random(seed), 100) > 50


@pytest.mark.battery
@pytest.mark.says
@pytest.mark.timeout(3600)
def test_many_days_on_bad_disks_leave_the_tables_of_good_ones(books: Books, seed: int) -> None:
    failures = 0
    for number in range(count("BAD_DISKS", 50)):
        each = Books(books.path.parent / str(number))
        failures += trade_on_a_bad_disk(each, Random(f"{seed}-{number}"), 200)
    print(f"{failures} statements failed")  # noqa: T201  # the figure of the closing note


def test_the_rule_finds_a_ledger_that_remembers_what_it_did_not_write(
    books: Books, faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken rule: memory advances before COMMIT."""
    monkeypatch.setattr("data.ledger_state.LedgerState.draft", lambda state: state)
    with pytest.raises(AssertionError):
        fail_each_statement(books, faults_of, monkeypatch, "a first fill", "FULL")
