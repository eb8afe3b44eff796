"""Snapshots of positions and balances: written in batches, never in a fill's way, looked up by moment."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from core.commands import ConfirmMode
from core.facts import BalanceReported, PositionReported, PositionsListed
from core.values import Mode
from data.database import open_reader, open_writer
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from data.snapshot_history import SnapshotHistory
from data.snapshot_notes import BALANCES, BROKER, OWN, POSITIONS, Note
from data.snapshots import SnapshotBuffer, insert_snapshots
from tests.fills import at, contract_book, figures, fill
from tests.integration.conftest import MODES, ON_BOTH, Books, Faults, handle_all

DATABASES = ON_BOTH
OWN_ROWS = "SELECT qty, average_price FROM positionsnapshot WHERE source = 'ledger' ORDER BY at"


def says(qty: int, seconds: float) -> PositionReported:
    return PositionReported("Sim1", "MESZ26", Decimal(qty), at(seconds))


def cash(amount: str, seconds: float, currency: str | None = "USD") -> BalanceReported:
    return BalanceReported("Sim1", Decimal(amount), currency, at(seconds))


def saved(ledger: Ledger) -> int:
    return ledger.save_snapshots(even_if_few=True)


def history(books: Books) -> SnapshotHistory:
    return SnapshotHistory(open_reader(books.place))


def note(number: int, qty: int = 1) -> Note:
    return POSITIONS, {
        "at": at(number), "mode": "SIM", "account": "Sim1", "symbol": "MESZ26", "qty": Decimal(qty),
        "average_price": None, "source": OWN,
    }  # fmt: skip


def test_each_change_of_our_own_fold_is_a_row_and_flat_is_0(books: Books) -> None:
    ledger = books.begin("Sim1")
    for number, (qty, price) in enumerate([(1, "5000.00"), (1, "5002.00"), (-2, "5003.00")], start=1):
        books.at(number)
        ledger.handle(fill(qty, price, number))
    assert saved(ledger) == 3
    rows = books.rows(OWN_ROWS)
    assert [(row["qty"], row["average_price"]) for row in rows] == [(1, 5000), (2, 5001), (0, None)]


def test_what_changes_no_quantity_is_no_row(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5000.00", 1)])
    assert saved(ledger) == 1
    assert saved(ledger) == 0


def test_changes_within_one_tick_of_the_clock_keep_their_order(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(1, "5000.00", 2), fill(-1, "5000.00", 3)])
    assert saved(ledger) == 3
    assert [row["qty"] for row in books.rows(OWN_ROWS)] == [1, 2, 1]
    assert history(books).latest_positions(OWN)["Sim1", "MESZ26"].qty == 1


def test_the_brokers_word_is_kept_beside_our_own(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00"), says(2, 5), PositionsListed("Sim1", (), at(6))])
    saved(ledger)
    rows = books.rows("SELECT at, qty FROM positionsnapshot WHERE source = 'broker' ORDER BY at")
    # What the list does not name is flat there.
    assert [row["qty"] for row in rows] == [2, 0]
    latest = history(books)
    assert figures(latest.latest_positions(BROKER)["Sim1", "MESZ26"].qty) == (0,)
    assert figures(latest.latest_positions(OWN)["Sim1", "MESZ26"].qty) == (1,)


def test_a_balance_is_a_row_where_it_changed(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [cash("50000", 1), cash("50000", 2), cash("50010.5", 3), cash("50010.5", 4, None)])
    assert saved(ledger) == 2
    rows = books.rows("SELECT cash_balance, currency FROM balancesnapshot ORDER BY at")
    assert [(row["cash_balance"], row["currency"]) for row in rows] == [(50000, "USD"), (50010.5, "USD")]


def test_what_waits_follows_the_mode_that_is_answered(books: Books) -> None:
    ledger = books.begin("Nobody")
    ledger.handle(fill(1, "5000.00", 1, account="Nobody"))
    ledger.carry_out(ConfirmMode("Nobody", Mode.LIVE))
    assert saved(ledger) == 1
    assert books.value("SELECT mode FROM positionsnapshot") == "LIVE"


def test_a_restart_knows_the_balance_that_was_told_last(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(cash("50000", 1))
    saved(ledger)
    again = books.reopen()
    again.handle(cash("50000", 5))
    assert saved(again) == 0


def test_the_latest_is_asked_for_by_moment(books: Books) -> None:
    ledger = books.begin("Sim1", "120005")
    handle_all(ledger, [cash("1", 1), cash("2", 5), replace(cash("9", 3), account="120005"), says(3, 2), says(4, 6)])
    saved(ledger)
    latest = history(books)
    assert {name: figures(each.cash_balance) for name, each in latest.latest_balances().items()} == {
        "Sim1": (2,),
        "120005": (9,),
    }
    then = latest.latest_balances(as_of=at(2))
    assert {name: figures(each.cash_balance) for name, each in then.items()} == {"Sim1": (1,)}
    assert latest.latest_positions(BROKER, as_of=at(1)) == {}
    assert figures(latest.latest_positions(BROKER, as_of=at(6))["Sim1", "MESZ26"].qty) == (4,)
    assert figures(latest.latest_positions(BROKER, as_of=at(5.9))["Sim1", "MESZ26"].qty) == (3,)


def test_a_bulk_insert_counts_what_was_not_there_yet(books: Books) -> None:
    books.begin("Sim1")
    rows = [note(number)[1] for number in (1, 2, 3)]
    with books._open[-1].begin():
        assert insert_snapshots(books._open[-1], POSITIONS, rows[:2]) == 2
        assert insert_snapshots(books._open[-1], POSITIONS, rows) == 1
        assert insert_snapshots(books._open[-1], BALANCES, []) == 0


def test_rows_are_due_after_a_second_or_two_hundred() -> None:
    buffer = SnapshotBuffer()
    assert not buffer.is_due(at(0))
    buffer.add([note(1)], at(0))
    assert not buffer.is_due(at(0.9))
    assert buffer.is_due(at(1))
    full = SnapshotBuffer()
    full.add([note(number) for number in range(199)], at(0))
    assert not full.is_due(at(0))
    full.add([note(200)], at(0))
    assert full.is_due(at(0))


@pytest.mark.says
def test_where_too_many_wait_the_oldest_stay_and_the_drop_is_counted_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    buffer = SnapshotBuffer(most_waiting=3)
    buffer.add([note(number) for number in range(5)], at(0))
    buffer.add([note(6)], at(0))
    assert (len(buffer), buffer.dropped) == (3, 3)
    assert [row["at"] for _, row in buffer._waiting] == [at(0), at(1), at(2)]
    assert len(caplog.records) == 1


@pytest.mark.says
def test_a_disk_error_keeps_the_rows_and_books_the_fills(books: Books, faults_of: Callable[[Ledger], Faults]) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    faults = faults_of(ledger)
    for _ in range(3):
        faults.fail(0)
        assert saved(ledger) == 0
    faults.fail(10**6)
    books.at(5)
    assert ledger.handle(fill(1, "5000.00", 2)) is not None
    assert books.value("SELECT count(*) FROM execution") == 2
    assert saved(ledger) == 2


@pytest.mark.says
def test_after_a_failure_even_a_full_batch_waits_its_turn(books: Books, faults_of: Callable[[Ledger], Faults]) -> None:
    ledger = books.begin("Sim1")
    ledger._snapshots.add([note(number) for number in range(300)], books.now)
    faults_of(ledger).fail(0)
    assert ledger.save_snapshots(even_if_few=False) == 0
    assert not ledger._snapshots.is_due(books.now)
    books.at(1)
    assert ledger.save_snapshots(even_if_few=False) == 300


@pytest.fixture
def thread(books: Books) -> Iterator[LedgerThread]:
    thread = LedgerThread(
        lambda: books.begin("Sim1"),
        lambda _publication: None,
        on_open=lambda _symbols: None,
        on_wrong_server=lambda _reason: None,
    )
    thread.start()
    yield thread
    thread.stop()
    thread.join(10)


def test_what_waits_is_written_at_stop(books: Books, thread: LedgerThread) -> None:
    for number in range(1, 6):
        thread.post(fill(1, "5000.00", number))
    thread.stop()
    thread.join(10)
    assert [row["qty"] for row in books.rows(OWN_ROWS)] == [1, 2, 3, 4, 5]


def test_what_waits_is_written_when_nothing_happens(books: Books, thread: LedgerThread) -> None:
    thread.post(fill(1, "5000.00", 1))
    deadline = time.monotonic() + 10
    while not _is_written(books):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_written(books: Books) -> bool:
    is_there = books.place != books.path or books.path.exists()
    return is_there and len(books.rows(OWN_ROWS)) > 0


def test_what_one_ledger_could_not_write_the_next_one_does(books: Books) -> None:
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    waiting = SnapshotBuffer()
    waiting.add([note(1)], at(0))
    books.close()
    again = Ledger(
        open_writer(books.place), contract_book(), lambda: books.now, practice_modes=MODES, snapshots=waiting
    )
    assert saved(again) == 1
    again.close()
