"""Two panels on one server: one writes, the other shows each state it commits, and can change nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import pytest
from sqlalchemy import URL

from core.commands import ConfirmMode
from core.errors import CommandRefused, LedgerInUse
from core.facts import PositionReported, PositionsListed
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Publication, StorageStatus
from core.values import Mode
from data import ledger_watch
from data.database import open_writer
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from data.ledger_watch import LedgerWatch, WatchedLedger
from tests import postgres
from tests.fills import at, contract_book, fill, prices
from tests.integration.conftest import Books, ServerBooks, log_on, seen
from tests.postgres import PostgresServer

DATABASES = ("postgresql",)
_PATIENCE_S = 20.0
_Told = TypeVar("_Told")


class Panel:
    """The threads of one panel on a server's ledger: it writes, or it watches who does."""

    def __init__(self, books: Books) -> None:
        self.published: SimpleQueue[Publication] = SimpleQueue()
        self.watch = LedgerWatch(
            lambda: WatchedLedger(_url(books), contract_book(), lambda: books.now),
            self.published.put,
            lambda: books.now,
        )
        self.ledger = LedgerThread(
            lambda: _open(books),
            self.published.put,
            on_open=lambda _symbols: None,
            on_wrong_server=lambda _reason: None,
            on_in_use=self.watch.start,
        )
        self.ledger.start()

    def until(self, kind: type[_Told], is_so: Callable[[_Told], bool] = lambda _told: True) -> _Told:
        while True:
            publication = self.published.get(timeout=_PATIENCE_S)
            if isinstance(publication, kind) and is_so(publication):
                return publication

    def until_fills(self, count: int) -> LedgerSnapshot:
        return self.until(LedgerSnapshot, lambda each: each.fill_count == count)

    def until_said(self, text: str) -> StorageStatus:
        return self.until(StorageStatus, lambda each: each.is_read_only and text in each.text)

    def end(self) -> None:
        self.ledger.stop()
        self.ledger.join(_PATIENCE_S)
        self.watch.stop()
        if self.watch.ident is not None:
            self.watch.join(_PATIENCE_S)
        assert not self.ledger.is_alive()
        assert not self.watch.is_alive()


def _open(books: Books) -> Ledger:
    connection = open_writer(books.place)
    try:
        return Ledger(connection, contract_book(), lambda: books.now, practice_modes={"Sim1": Mode.SIM})
    except BaseException:
        connection.close()
        raise


def _url(books: Books) -> URL:
    assert isinstance(books, ServerBooks)
    return books.url


@pytest.fixture
def panels(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Panel]]:
    """Opens panels one after the other; the first that comes writes."""
    monkeypatch.setattr(ledger_watch, "_PAUSE", 0.02)
    monkeypatch.setattr(ledger_watch, "_FIRST_PAUSE", 0.02)
    monkeypatch.setattr(ledger_watch, "_LONGEST_PAUSE", 0.1)
    opened: list[Panel] = []

    def open_panel() -> Panel:
        opened.append(Panel(books))
        return opened[-1]

    yield open_panel
    for panel in reversed(opened):
        panel.end()


@pytest.fixture
def writer(panels: Callable[[], Panel]) -> Panel:
    """A panel at work, with one fill booked."""
    panel = panels()
    for fact in [*log_on("Sim1"), fill(1, "5000.00", 1)]:
        panel.ledger.post(fact)
    panel.until_fills(1)
    return panel


@pytest.fixture
def reader(writer: Panel, panels: Callable[[], Panel]) -> Panel:
    panel = panels()
    panel.until_fills(1)
    return panel


def test_a_second_panel_shows_what_is_on_disk_and_says_that_it_only_reads(
    writer: Panel, panels: Callable[[], Panel]
) -> None:
    second = panels()
    assert second.until(LinkStatus).state is LinkState.DOWN
    assert second.until(StorageStatus) == second_status()
    snapshot = second.until_fills(1)
    assert snapshot.is_read_only
    assert [each.position.qty for each in snapshot.positions] == [1]


def second_status() -> StorageStatus:
    text = (
        "Another panel writes this ledger: here nothing is confirmed by the broker, "
        "and nothing can be changed or answered"
    )
    return StorageStatus(is_saved=True, waiting=0, text=text, is_read_only=True)


def test_each_state_the_writer_commits_is_shown_whole_under_its_revision(writer: Panel, reader: Panel) -> None:
    """Told one by one, the same position in every figure but for what only the link tells."""
    for number, fact in enumerate([fill(1, "5001.00", 2), fill(-1, "5002.00", 3), fill(-2, "5003.00", 4)], 2):
        writer.ledger.post(fact)
        written, read = writer.until_fills(number), reader.until_fills(number)
        assert read.revision == written.revision
        assert [each.position for each in read.positions] == [each.position for each in written.positions]
        assert read.trade_count == written.trade_count


def test_prices_that_go_by_at_the_writer_move_the_readers_extremes(writer: Panel, reader: Panel) -> None:
    writer.ledger.post(seen("4990.00", "5010.00"))
    wanted = prices("4990.00", "5010.00")
    assert reader.until(LedgerSnapshot, lambda each: each.positions[0].position.stretch == wanted).is_read_only


def test_what_the_broker_confirmed_to_the_writer_is_never_verified_here(writer: Panel, reader: Panel) -> None:
    held = PositionReported("Sim1", "MESZ26", fill(1, "1").qty, at(3))
    writer.ledger.post(PositionsListed("Sim1", (held,), at(3)))
    told = writer.until(LedgerSnapshot, lambda each: each.positions[0].is_verified)
    read = reader.until(LedgerSnapshot, lambda each: each.revision >= told.revision)
    (position,) = read.positions
    assert not position.is_verified
    assert position.verified_at == at(3)
    assert not read.accounts[0].is_verified
    assert not read.is_link_up
    assert read.stale == ()


def test_nothing_can_be_commanded_here(writer: Panel, reader: Panel, books: Books) -> None:
    reader.ledger.post(fill(1, "5001.00", 9))
    with pytest.raises(CommandRefused, match="Another panel writes this ledger: here it can only be read"):
        reader.ledger.submit(ConfirmMode("Sim1", Mode.LIVE)).result(_PATIENCE_S)
    reader.end()
    assert books.value("SELECT count(*) FROM execution") == 1
    assert books.value("SELECT mode FROM accountstate") == "SIM"


def test_a_writer_that_ends_is_told_and_the_next_start_takes_over(
    writer: Panel, reader: Panel, panels: Callable[[], Panel]
) -> None:
    writer.end()
    reader.until_said(
        "The panel that wrote this ledger has ended, and nothing is booked: restart this one to take over"
    )
    assert reader.watch.is_alive()
    reader.end()
    again = panels()
    assert not again.until_fills(1).is_read_only
    again.ledger.post(fill(1, "5001.00", 2))
    again.until_fills(2)


def test_another_writer_is_followed_as_the_first_was(writer: Panel, reader: Panel, panels: Callable[[], Panel]) -> None:
    writer.end()
    reader.until_said("has ended")
    other = panels()
    reader.until_said("Another panel writes this ledger")
    other.ledger.post(fill(1, "5001.00", 2))
    assert reader.until_fills(2).is_read_only


_HOLD = """
import sys, time
from sqlalchemy import make_url
from data.database import open_writer
connection = open_writer(make_url(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_writer_that_is_killed_frees_the_ledger(books: Books, panels: Callable[[], Panel]) -> None:
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    books.close()
    url = _url(books).render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, url], cwd=root, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        panel = panels()
        assert panel.until_fills(1).is_read_only
        os.kill(holder.pid, signal.SIGKILL)
        panel.until_said("has ended")
    finally:
        holder.kill()
        holder.communicate()


def test_a_writer_that_is_only_gone_for_a_moment_has_not_ended(
    writer: Panel, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session broke, and it takes the ledger again before anybody is told to."""
    there = iter([True, False, False, True, False, False])
    monkeypatch.setattr(WatchedLedger, "is_written", lambda _ledger: next(there, True))
    said: list[Publication] = []
    looks = 0

    class Watched(WatchedLedger):
        def look(self) -> LedgerSnapshot | None:
            nonlocal looks
            looks += 1
            if looks == 8:
                watch.stop()
            return super().look()

    watch = LedgerWatch(
        lambda: Watched(_url(books), contract_book(), lambda: books.now), said.append, lambda: books.now
    )
    watch.run()
    assert [each.text for each in said if isinstance(each, StorageStatus)] == [second_status().text]


@pytest.mark.says
def test_a_session_that_is_cut_is_said_since_when_and_made_anew(writer: Panel, reader: Panel, books: Books) -> None:
    readers = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'Heatline' "
        "AND datname = current_database() AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
    )
    assert postgres.run(_url(books), readers) == 1
    reader.until_said(f"Not connected to the database since {books.now.astimezone():%H:%M:%S}")
    reader.until_said("Another panel writes this ledger")
    writer.ledger.post(fill(1, "5001.00", 2))
    assert reader.until_fills(2).positions[0].position.qty == 2


@pytest.mark.says
def test_a_server_stopped_and_started_costs_the_reader_nothing(
    writer: Panel, reader: Panel, postgres_server: PostgresServer
) -> None:
    postgres_server.stop()
    try:
        reader.until_said("Not connected to the database since")
        writer.ledger.post(fill(1, "5001.00", 2))
    finally:
        postgres_server.start()
    assert reader.until_fills(2).is_read_only


@pytest.mark.says
def test_a_ledger_that_cannot_be_read_is_said_and_looked_at_again(books: Books, panels: Callable[[], Panel]) -> None:
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    version = books.value("SELECT version_num FROM alembic_version")
    books.tamper("UPDATE alembic_version SET version_num = '9999'")
    panel = panels()
    panel.until_said("was made by a newer Heatline")
    books.tamper("UPDATE alembic_version SET version_num = ?", version)
    panel.until_fills(1)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO commissionschedule VALUES ('', 'MES', 0, 1, 'USD')",
        "UPDATE ledgermeta SET revision = revision + 1",
        "DELETE FROM execution",
        "TRUNCATE positionevent",
        "DROP TABLE execution",
        "CREATE TABLE songs (title TEXT)",
        "SELECT nextval('positionevent_id_seq')",
    ],
)
def test_the_readers_connection_cannot_write(books: Books, statement: str) -> None:
    books.begin("Sim1").handle(fill(1, "5000.00", 1))
    watched = WatchedLedger(_url(books), contract_book(), lambda: books.now)
    before = watched.look()
    with pytest.raises(Exception, match="read-only transaction"), watched._connection.begin():
        watched._connection.exec_driver_sql(statement)
    watched.close()
    again = WatchedLedger(_url(books), contract_book(), lambda: books.now)
    assert again.look() == before
    again.close()


def test_a_watched_ledger_belongs_to_the_thread_that_opened_it(books: Books) -> None:
    books.begin("Sim1")
    watched = WatchedLedger(_url(books), contract_book(), lambda: books.now)
    for call in (watched.look, watched.is_written, watched.close):
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="belongs to the thread"):
            pool.submit(call).result()
    watched.close()


@pytest.mark.says
def test_a_second_window_on_a_file_stays_refused(tmp_path: Path) -> None:
    first = Books(tmp_path)
    first.open()
    told: list[Publication] = []
    panel = LedgerThread(first.open, told.append, on_open=lambda _symbols: None, on_wrong_server=lambda _reason: None)
    panel.run()
    assert isinstance(panel.failure, LedgerInUse)
    assert told == [StorageStatus(is_saved=False, waiting=0, text=str(panel.failure))]
    first.close()
