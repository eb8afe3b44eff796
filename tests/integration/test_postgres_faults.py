"""A server that goes, at any statement and for any time, costs no fill and doubles none."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import URL

from core.errors import StorageUnavailable
from core.facts import Fact
from core.snapshots import LedgerSnapshot, Publication, StorageStatus
from data import ledger_thread
from data.audit import audit
from data.database import open_writer
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from tests import postgres
from tests.fills import contract_book, fill
from tests.integration.conftest import MODES, Books, ServerBooks, handle_all, listed, log_on, seen
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from data.standing import Standing

DATABASES = ("postgresql",)
_PATIENCE_S = 20.0


class Cuts:
    """Ends the writer's session from outside, just before its n-th statement."""

    def __init__(self, ledger: Ledger, url: URL) -> None:
        raw: Any = ledger._connection.connection.driver_connection
        self._pid = raw.info.backend_pid
        self._url = url
        self._left: int | None = None
        raw.cursor_factory = self._cursor()

    def cut(self, statement: int) -> None:
        self._left = statement

    def _cursor(self) -> type["psycopg.Cursor[Any]"]:
        cuts = self

        class CutCursor(psycopg.Cursor[Any]):
            def execute(self, *arguments: Any, **options: Any) -> Any:
                cuts.step()
                return super().execute(*arguments, **options)

            def executemany(self, *arguments: Any, **options: Any) -> Any:
                cuts.step()
                return super().executemany(*arguments, **options)

        return CutCursor

    def step(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            postgres.run(self._url, "SELECT pg_terminate_backend(?, 5000)", self._pid)
            self._left = None
        else:
            self._left -= 1


CASES: dict[str, tuple[list[Fact], Fact]] = {
    "a first fill": ([], fill(1, "5000.00", 1)),
    "a reversal": ([fill(1, "5000.00", 1)], fill(-2, "5001.00", 2)),
    "a late fill": ([fill(1, "5000.00", 1), fill(-1, "5001.00", 3)], fill(1, "5002.00", 2)),
    "a listing": ([fill(1, "5000.00", 1)], listed(fill(1, "5000.00", 1), fill(-1, "5001.00", 2))),
    "prices": ([fill(1, "5000.00", 1)], seen("4990.00")),
}


@pytest.mark.says
@pytest.mark.parametrize("case", CASES)
def test_whichever_statement_the_server_goes_at_the_fact_is_booked_once(books: Books, case: str) -> None:
    """Cuts before the first statement, then the second, and so on until the fact gets through."""
    before, fact = CASES[case]
    failing = 0
    while True:
        postgres.clear(_url(books))
        ledger = books.begin("Sim1")
        handle_all(ledger, before)
        on_disk = books.value("SELECT count(*) FROM execution")
        Cuts(ledger, _url(books)).cut(failing)
        try:
            ledger.handle(fact)
        except StorageUnavailable:
            assert ledger.is_in_doubt
            assert books.value("SELECT count(*) FROM execution") == on_disk
        else:
            break
        books.close()
        ledger = books.open()
        ledger.handle(fact)
        assert audit(books.place) == []
        assert ledger.handle(fact) is None
        books.close()
        failing += 1
    assert failing >= 2
    books.close()


class Desk:
    """A ledger thread on a server, with what it published."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.ledger: Ledger | None = None
        self.opened: list[Standing] = []
        self.published: SimpleQueue[Publication] = SimpleQueue()
        self.thread = LedgerThread(
            self._open, self.published.put, on_open=self.opened.append, on_wrong_server=lambda _reason: None
        )

    def until(self, is_so: Callable[[Publication], bool]) -> None:
        while not is_so(self.published.get(timeout=_PATIENCE_S)):
            pass

    def until_fills(self, count: int) -> None:
        self.until(lambda each: isinstance(each, LedgerSnapshot) and each.fill_count == count)

    def until_unsaved(self) -> None:
        self.until(lambda each: isinstance(each, StorageStatus) and not each.is_saved)

    def end(self) -> None:
        self.thread.stop()
        self.thread.join(_PATIENCE_S)
        assert not self.thread.is_alive()
        while True:
            try:
                self.published.get_nowait()
            except Empty:
                return

    def _open(self) -> Ledger:
        connection = open_writer(self.books.place)
        try:
            self.ledger = Ledger(connection, contract_book(), lambda: self.books.now, practice_modes=MODES)
        except BaseException:
            connection.close()
            raise
        return self.ledger


@pytest.fixture
def desk(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(ledger_thread, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(ledger_thread, "_LONGEST_PAUSE", 0.1)
    desk = Desk(books)
    desk.thread.start()
    for fact in [*log_on("Sim1"), fill(1, "5000.00", 1)]:
        desk.thread.post(fact)
    desk.until_fills(1)
    yield desk
    desk.end()


@pytest.mark.says
def test_a_commit_whose_answer_never_came_is_looked_up_before_the_fill_is_tried_again(desk: Desk) -> None:
    """The server had it all, and the link broke: the fill counts as known, and what follows folds onto it."""
    assert desk.ledger is not None
    connection = desk.ledger._connection
    dialect = connection.dialect
    commit = dialect.do_commit

    def lose(raw: Any) -> None:
        commit(raw)
        dialect.do_commit = commit  # type: ignore[method-assign]  # back again
        raw.driver_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    dialect.do_commit = lose  # type: ignore[method-assign,assignment]  # once
    desk.thread.post(fill(1, "5001.00", 2))
    desk.until_unsaved()
    desk.thread.post(fill(1, "5002.00", 3))
    desk.until_fills(3)
    desk.end()
    assert desk.books.value("SELECT qty FROM openposition") == 3
    assert desk.books.value("SELECT count(*) FROM execution") == 3
    assert len(desk.opened) == 2
    assert audit(desk.books.place) == []


@pytest.mark.says
def test_a_session_that_is_cut_is_made_anew_and_nothing_is_lost_or_doubled(desk: Desk) -> None:
    assert desk.ledger is not None
    Cuts(desk.ledger, _url(desk.books)).cut(0)
    for number in (2, 3, 4):
        desk.thread.post(fill(1, "5001.00", number))
    desk.until_fills(4)
    desk.end()
    assert desk.books.value("SELECT count(*) FROM execution") == 4
    assert audit(desk.books.place) == []


@pytest.mark.says
def test_while_another_panel_has_taken_over_this_one_says_not_saved_and_goes_on_when_it_may(desk: Desk) -> None:
    assert desk.ledger is not None
    raw: Any = desk.ledger._connection.connection.driver_connection
    postgres.run(_url(desk.books), "SELECT pg_terminate_backend(?, 5000)", raw.info.backend_pid)
    other = open_writer(desk.books.place)
    desk.thread.post(fill(1, "5001.00", 2))
    desk.until(lambda each: isinstance(each, StorageStatus) and "Another Heatline is writing" in each.text)
    other.close()
    desk.until_fills(2)


@pytest.mark.says
def test_a_server_stopped_and_started_costs_nothing(desk: Desk, postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    desk.thread.post(fill(1, "5001.00", 2))
    desk.until_unsaved()
    desk.thread.post(fill(-1, "5002.00", 3))
    postgres_server.start()
    desk.until_fills(3)
    desk.end()
    assert desk.books.value("SELECT qty FROM openposition") == 1
    assert desk.books.value("SELECT count(*) FROM execution") == 3
    assert audit(desk.books.place) == []


def _url(books: Books) -> URL:
    assert isinstance(books, ServerBooks)
    return books.url
