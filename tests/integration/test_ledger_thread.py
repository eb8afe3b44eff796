"""The thread that owns the ledger: in order, saved before told, and never silent about what is not saved."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from core.commands import ConfirmMode
from core.errors import CommandRefused, ConfigError, LedgerBug
from core.facts import Fact, Fill, LinkUp
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Notice, Publication, StorageStatus
from core.values import Mode
from data import ledger_thread
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from tests.fills import START, figures, fill
from tests.integration.conftest import Books, Faults, disk_error, log_on

if TYPE_CHECKING:
    from data.standing import Standing

_PATIENCE_S = 10.0


class Desk:
    """A ledger thread and everything it published, with what was on disk at that moment."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.published: SimpleQueue[Publication] = SimpleQueue()
        self.on_disk: list[tuple[int, object]] = []
        self.watched: list[Standing] = []
        self.refused: list[str] = []
        self.faults: Faults | None = None
        self.thread = LedgerThread(
            self._open, self._publish, on_open=self.watched.append, on_wrong_server=self.refused.append
        )

    def post(self, *facts: Fact) -> None:
        for fact in facts:
            self.thread.post(fact)

    def stop(self) -> list[Publication]:
        """Everything posted is booked first; what was published since the last look."""
        if self.thread.ident is not None:
            self.thread.stop()
            self.thread.join(_PATIENCE_S)
            assert not self.thread.is_alive()
        return list(self._drain())

    def until(self, is_so: Callable[[Publication], bool]) -> Publication:
        while not is_so(publication := self.published.get(timeout=_PATIENCE_S)):
            pass
        return publication

    def _open(self) -> Ledger:
        ledger = self.books.open()
        self.faults = Faults(ledger._connection)
        return ledger

    def _publish(self, publication: Publication) -> None:
        if isinstance(publication, LedgerSnapshot):
            self.on_disk.append((publication.fill_count, self.books.value("SELECT count(*) FROM execution")))
        self.published.put(publication)

    def _drain(self) -> Iterator[Publication]:
        while True:
            try:
                yield self.published.get_nowait()
            except Empty:
                return


@pytest.fixture
def desk(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(ledger_thread, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(ledger_thread, "_IDLE", _PATIENCE_S)  # so that a fault meets the fact it is meant for
    desk = Desk(books)
    yield desk
    desk.stop()


def snapshots(published: list[Publication]) -> list[LedgerSnapshot]:
    return [each for each in published if isinstance(each, LedgerSnapshot)]


def is_unsaved(publication: Publication) -> bool:
    return isinstance(publication, StorageStatus) and not publication.is_saved


def test_what_is_on_disk_is_published_first_and_its_prices_are_asked_for(desk: Desk) -> None:
    desk.books.begin("Sim1").handle(fill(1, "5000.00"))
    desk.books.close()
    desk.thread.start()
    (first,) = snapshots(desk.stop())
    assert [each.position.qty for each in first.positions] == [1]
    assert not first.positions[0].is_verified
    assert [standing.wire_symbols for standing in desk.watched] == [("MESZ26-CME",)]


def test_each_snapshot_was_on_disk_before_it_was_published(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"), *[fill(1, "5000.00", number) for number in range(1, 21)])
    published = snapshots(desk.stop())
    assert [in_snapshot for in_snapshot, _ in desk.on_disk] == [in_file for _, in_file in desk.on_disk]
    assert published[-1].fill_count == 20
    revisions = [each.revision for each in published]
    assert revisions == sorted(revisions)


def test_a_duplicate_is_not_published(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"), fill(1, "5000.00"), *[fill(1, "5000.00")] * 5)
    published = snapshots(desk.stop())
    assert [each.fill_count for each in published].count(1) == 1


def test_everything_posted_before_stop_is_booked(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"), *[fill(1, "5000.00", number) for number in range(1, 201)])
    desk.stop()
    assert desk.books.value("SELECT count(*) FROM execution") == 200


@pytest.mark.says
def test_a_fill_that_cannot_be_saved_is_kept_and_goes_first_and_stop_tries_it_once_more(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"))
    desk.until(lambda each: isinstance(each, LedgerSnapshot) and len(each.accounts) == 1)
    assert desk.faults is not None
    desk.faults.fail(4, sqlite3.SQLITE_FULL)
    desk.post(*[fill(1, "5000.00", number) for number in (1, 2, 3)])
    unsaved = desk.until(is_unsaved)
    assert isinstance(unsaved, StorageStatus)
    assert "the disk is full" in unsaved.text
    assert unsaved.waiting >= 1
    told = desk.stop()
    assert told[0] == StorageStatus(is_saved=True, waiting=0, text="")
    assert [each.fill_count for each in snapshots(told)] == [1, 2, 3]
    assert [row[0] for row in desk.books.rows("SELECT execution_id FROM execution ORDER BY seq")] == ["E1", "E2", "E3"]
    assert desk.thread.failure is None


@pytest.mark.says
def test_a_disk_that_stays_full_holds_up_neither_the_caller_nor_the_end(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"))
    desk.until(lambda each: isinstance(each, LedgerSnapshot) and len(each.accounts) == 1)
    assert desk.faults is not None
    desk.faults.fail(0, is_lasting=True)
    desk.post(fill(1, "5000.00", 1), fill(1, "5000.00", 2))
    desk.until(is_unsaved)
    desk.stop()
    assert desk.books.value("SELECT count(*) FROM execution") == 0


@pytest.mark.says
def test_a_broken_rule_stops_the_booking_and_says_so(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"))
    desk.until(lambda each: isinstance(each, LedgerSnapshot) and len(each.accounts) == 1)
    assert desk.faults is not None
    desk.faults.fail(4, sqlite3.SQLITE_CONSTRAINT)
    desk.post(fill(1, "5000.00", 1), fill(1, "5000.00", 2))
    desk.until(is_unsaved)
    desk.thread.join(_PATIENCE_S)
    assert isinstance(desk.thread.failure, LedgerBug)
    desk.post(fill(1, "5000.00", 3))
    assert desk.books.value("SELECT count(*) FROM execution") == 0


@pytest.mark.says
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_nobody_thought_of_stops_the_booking_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_self: Ledger, fact: Fact) -> None:
        raise KeyError(fact)

    monkeypatch.setattr(Ledger, "handle", stumble)
    desk.thread.start()
    desk.post(fill(1, "5000.00"))
    desk.until(is_unsaved)
    desk.thread.join(_PATIENCE_S)
    assert isinstance(desk.thread.failure, LedgerBug)


@pytest.mark.says
def test_a_file_that_is_no_ledger_is_told_and_the_thread_ends(desk: Desk) -> None:
    desk.books.path.parent.mkdir()
    desk.books.path.write_bytes(b"")
    desk.thread.start()
    desk.until(is_unsaved)
    desk.thread.join(_PATIENCE_S)
    assert isinstance(desk.thread.failure, ConfigError)


def test_nothing_of_the_wrong_server_is_booked_until_the_right_one_is_back(desk: Desk) -> None:
    desk.books.begin("Sim1")
    desk.books.close()
    desk.thread.start()
    desk.post(LinkUp("Sierra", is_practice=False, at=START), fill(1, "5000.00", 1), *log_on("Sim1"))
    desk.post(fill(1, "5000.00", 2))
    told = desk.stop()
    assert [each.state for each in told if isinstance(each, LinkStatus)] == [LinkState.REFUSED]
    assert len([each for each in told if isinstance(each, Notice)]) == len(desk.refused) == 1
    assert [row[0] for row in desk.books.rows("SELECT execution_id FROM execution")] == ["E2"]


def test_facts_from_many_threads_are_each_booked_once(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"))

    def post(numbers: range) -> None:
        for number in numbers:
            desk.post(fill(1, "5000.00", number))

    posters = [threading.Thread(target=post, args=(range(1, 41),)) for _ in range(3)]
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    last = snapshots(desk.stop())[-1]
    assert figures(last.fill_count, last.positions[0].position.qty) == (40, 40)


def test_the_same_fill_twice_over_differs_in_nothing_but_the_count(desk: Desk) -> None:
    posted: list[Fill] = [fill(1, "5000.00", number) for number in (1, 2)]
    desk.thread.start()
    desk.post(*log_on("Sim1"), *posted, *posted)
    last = snapshots(desk.stop())[-1]
    assert last.positions[0].position.qty == 2
    assert desk.books.value("SELECT max(revision) FROM positionevent") == last.revision


@pytest.mark.says
def test_a_commit_that_reported_failure_but_was_done_is_looked_up_before_the_fill_is_tried_again(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"))
    desk.until(lambda each: isinstance(each, LedgerSnapshot) and len(each.accounts) == 1)
    assert desk.faults is not None
    dialect = desk.faults._connection.dialect
    commit = dialect.do_commit

    def lie(connection: Any) -> None:
        commit(connection)
        dialect.do_commit = commit  # type: ignore[method-assign]  # back again
        raise disk_error(sqlite3.SQLITE_IOERR)

    dialect.do_commit = lie  # type: ignore[method-assign,assignment]  # once
    desk.post(fill(1, "5000.00", 1), fill(1, "5001.00", 2))
    last = desk.until(lambda each: isinstance(each, LedgerSnapshot) and each.fill_count == 2)
    assert isinstance(last, LedgerSnapshot)
    assert last.positions[0].position.qty == 2
    desk.stop()
    assert desk.books.value("SELECT qty FROM openposition") == 2
    assert len(desk.watched) == 2


@pytest.mark.says
def test_a_ledger_that_cannot_be_opened_now_is_opened_when_it_can(desk: Desk) -> None:
    desk.books.begin("Sim1").handle(fill(1, "5000.00", 1))
    desk.books.close()
    in_the_way = desk.books.path.with_name("heatline.db.lock")
    in_the_way.unlink()
    in_the_way.mkdir()
    desk.thread.start()
    desk.until(is_unsaved)
    in_the_way.rmdir()
    desk.until(lambda each: isinstance(each, LedgerSnapshot) and each.fill_count == 1)
    assert desk.thread.failure is None


def test_a_command_is_carried_out_behind_the_facts_before_it_and_published(desk: Desk) -> None:
    desk.post(*log_on("Nobody"), fill(1, "5000.00", 1, account="Nobody"))
    done = desk.thread.submit(ConfirmMode("Nobody", Mode.LIVE))
    desk.thread.start()
    snapshot = done.result(_PATIENCE_S)
    assert snapshot is not None
    assert [each.position.key.mode for each in snapshot.positions] == [Mode.LIVE]
    assert desk.until(lambda each: each == snapshot) == snapshot


def test_a_command_that_does_not_fit_is_refused_and_booking_goes_on(desk: Desk) -> None:
    desk.thread.start()
    desk.post(*log_on("Sim1"), fill(1, "5000.00", 1))
    with pytest.raises(CommandRefused):
        desk.thread.submit(ConfirmMode("Sim1", Mode.LIVE)).result(_PATIENCE_S)
    desk.post(fill(1, "5001.00", 2))
    desk.stop()
    assert desk.books.value("SELECT qty FROM openposition") == 2


def test_a_command_that_comes_too_late_is_refused_and_not_forgotten(desk: Desk) -> None:
    desk.thread.start()
    desk.stop()
    with pytest.raises(CommandRefused):
        desk.thread.submit(ConfirmMode("Sim1", Mode.LIVE)).result(_PATIENCE_S)
