"""A disk that fails at any moment costs no fill and doubles none; nothing is told before it is on disk."""

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import event

from core.errors import LedgerBug, StorageUnavailable
from core.facts import AccountsListed, Fact, LinkDown
from data.audit import audit
from data.ledger import Ledger
from tests.fills import at, fill
from tests.integration.conftest import LINK_UP, Books, Faults, disk_error, handle_all, listed, log_on, position_in, seen

FAULTS = [
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR | (3 << 8),  # SQLITE_IOERR_WRITE: only the lowest byte is the primary code
    sqlite3.SQLITE_BUSY,
]
FaultsOf = Callable[[Ledger], Faults]

CASES: dict[str, tuple[list[Fact], Fact]] = {
    "a first fill": ([], fill(1, "5000.00", 1)),
    "an exit": ([fill(1, "5000.00", 1)], fill(-1, "5001.00", 2)),
    "a reversal": ([fill(1, "5000.00", 1)], fill(-2, "5001.00", 2)),
    "a late fill": ([fill(1, "5000.00", 1), fill(-1, "5001.00", 3)], fill(1, "5002.00", 2)),
    "a back-fill": (
        [LinkDown("cut", at(0)), LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00", 3)],
        listed(fill(1, "5000.00", 1), fill(-1, "5001.00", 2)),
    ),
    "prices": ([fill(1, "5000.00", 1)], seen("4990.00")),
}
NEVER_THE_SAME = ("at", "recorded_at", "created_at", "updated_at")


def tables(books: Books) -> dict[str, list[dict[str, object]]]:
    names = ("execution", "openposition", "traderecord", "positionevent", "accountstate", "ledgermeta")
    return {name: [dict(row) for row in books.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3")] for name in names}  # noqa: S608  # names of ours


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("case", CASES)
def test_whichever_statement_fails_the_fact_is_booked_whole_the_next_time(
    books: Books, faults_of: FaultsOf, case: str, code: int
) -> None:
    """Fails the first statement, then the second, and so on until the fact gets through."""
    before, fact = CASES[case]
    ledger = books.begin("Sim1")
    handle_all(ledger, before)
    faults = faults_of(ledger)
    on_disk, remembered = tables(books), ledger.snapshot()
    snapshot = None
    failing = 0
    while snapshot is None:
        faults.fail(failing, code)
        try:
            snapshot = ledger.handle(fact)
        except StorageUnavailable:
            failing += 1
            assert ledger.snapshot() == remembered
            assert tables(books) == on_disk
    assert failing >= 3, "BEGIN, the writes and the revision each had their turn"
    assert snapshot.revision == remembered.revision + 1
    assert audit(books.path) == []
    assert tables(books) == undisturbed(books, before, fact)


def undisturbed(books: Books, before: list[Fact], fact: Fact) -> dict[str, list[dict[str, object]]]:
    other = Books(books.path.parent / "other")
    handle_all(other.begin("Sim1"), [*before, fact])
    other.close()
    return tables(other)


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("is_applied", [False, True])
def test_a_failing_commit_leaves_the_fact_to_be_booked_once(
    books: Books, monkeypatch: pytest.MonkeyPatch, code: int, *, is_applied: bool
) -> None:
    """Even one that reports failure after the disk had it all: the fill then counts as known."""
    ledger = books.begin("Sim1")
    dialect = ledger._connection.dialect
    commit = dialect.do_commit

    def fail(connection: sqlite3.Connection) -> None:
        if is_applied:
            commit(connection)  # type: ignore[arg-type]  # the driver's own is what SQLAlchemy hands over
        raise disk_error(code)

    with monkeypatch.context() as patched:
        patched.setattr(dialect, "do_commit", fail)
        with pytest.raises(StorageUnavailable):
            ledger.handle(fill(1, "5000.00", 1))
    assert ledger.snapshot().positions == ()
    assert books.value("SELECT count(*) FROM execution") == int(is_applied)
    if is_applied:
        ledger = books.reopen()
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5001.00", 2)])
    assert [row[0] for row in books.rows("SELECT execution_id FROM execution ORDER BY seq")] == ["E1", "E2"]
    assert position_in(ledger.snapshot()).position.qty == 2
    assert audit(books.path) == []


def test_a_disk_that_is_really_full_takes_the_fill_once_there_is_room(books: Books) -> None:
    ledger = books.begin("Sim1")
    raw = ledger._connection.connection.driver_connection
    assert raw is not None
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages}")
    number = 0
    with pytest.raises(StorageUnavailable, match="the disk is full"):  # noqa: PT012  # at which fill is SQLite's affair
        while number < 5_000:
            number += 1
            ledger.handle(fill(1 if number % 2 else -1, "5000.00", number))
    booked = books.value("SELECT count(*) FROM execution")
    assert booked == number - 1
    raw.execute("PRAGMA max_page_count = 1000000")
    ledger.handle(fill(1 if number % 2 else -1, "5000.00", number))
    assert books.value("SELECT count(*) FROM execution") == number
    assert audit(books.path) == []


def test_another_program_that_holds_the_file_is_waited_out(books: Books) -> None:
    ledger = books.begin("Sim1")
    raw = ledger._connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(books.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="in use"):
        ledger.handle(fill(1, "5000.00"))
    other.execute("ROLLBACK")
    other.close()
    assert position_in(ledger.handle(fill(1, "5000.00"))).position.qty == 1


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR])
def test_what_cannot_pass_by_itself_is_a_bug_and_no_matter_of_waiting(
    books: Books, faults_of: FaultsOf, code: int
) -> None:
    ledger = books.begin("Sim1")
    faults_of(ledger).fail(2, code)
    with pytest.raises(LedgerBug):
        ledger.handle(fill(1, "5000.00"))
    assert books.value("SELECT count(*) FROM execution") == 0


def test_the_snapshot_of_a_fill_exists_only_once_the_fill_is_on_disk(books: Books) -> None:
    """At the very moment of COMMIT the ledger still says what it said before, and so does the file."""
    ledger = books.begin("Sim1")
    at_commit: list[tuple[object, int]] = []

    def look(_connection: object) -> None:
        at_commit.append((books.value("SELECT count(*) FROM execution"), ledger.snapshot().fill_count))

    event.listen(ledger._connection.engine, "commit", look)
    snapshot = ledger.handle(fill(1, "5000.00"))
    assert at_commit == [(0, 0)]
    assert snapshot is not None
    assert (books.value("SELECT count(*) FROM execution"), snapshot.fill_count) == (1, 1)


def test_a_log_on_that_failed_half_way_is_repeated_without_harm(books: Books, faults_of: FaultsOf) -> None:
    ledger = books.open()
    faults = faults_of(ledger)
    for fact in log_on("Sim1", "120005"):
        for failing in range(20):
            faults.fail(failing)
            try:
                ledger.handle(fact)
                break
            except StorageUnavailable:
                continue
    assert [account.account for account in ledger.snapshot().accounts] == ["120005", "Sim1"]
    assert books.events() == ["link_up", "fills_complete", "fills_complete"]
