"""Another program holds the file, for a moment or longer than we wait: fills queue up, and none is lost or doubled."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from core.facts import Fact
from core.snapshots import LedgerSnapshot, Publication, StorageStatus
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from tests.battery.conftest import count
from tests.battery.judging import assert_proven, booked_ids, derived_tables, must, reading
from tests.battery.trading import Trading, ids_of
from tests.integration.conftest import Books, handle_all

_FACTS = 12  # told while the file is held
_PATIENCE_MS = 50  # of the short form: the program's own five seconds are for the long one


@contextmanager
def running(books: Books, patience: int | None) -> Iterator[tuple[LedgerThread, list[Publication]]]:
    """The ledger on its own thread, which tries again by itself."""
    published: list[Publication] = []

    def open_ledger() -> Ledger:
        ledger = books.open()
        if patience is not None:
            driver = ledger._connection.connection.driver_connection
            assert driver is not None
            driver.execute(f"PRAGMA busy_timeout = {patience}")
        return ledger

    thread = LedgerThread(open_ledger, published.append, on_open=lambda _: None, on_wrong_server=lambda _: None)
    thread.start()
    try:
        yield thread, published
    finally:
        thread.stop()
        thread.join(30)
        assert not thread.is_alive()


def hold(path: Path, seconds: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


def wait_for(path: Path, fills: set[tuple[str, str]]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with reading(path) as connection:
            if booked_ids(connection) >= fills:
                return
        time.sleep(0.02)
    must(False, "not booked half a minute after the file was free")  # the condition is the time


def trade_beside_another_writer(books: Books, random: Random, holds: Sequence[float], patience: int | None) -> None:
    books.open()
    books.close()
    trading = Trading(random)
    told: list[Fact] = trading.log_on(())
    with running(books, patience) as (thread, published):
        for fact in told:
            thread.post(fact)
        for seconds in holds:
            facts = trading.facts(_FACTS)
            for fact in facts:
                thread.post(fact)
            told += facts
            hold(books.path, seconds)
        wait_for(books.path, ids_of(told))
    assert_undisturbed(books, told)
    assert_told_in_order(published)


def assert_undisturbed(books: Books, told: Sequence[Fact]) -> None:
    """The tables are those of a ledger that had the file for itself."""
    books.close()
    assert_proven(books.path)
    alone = Books(books.path.parent / "alone")
    handle_all(alone.open(), told)
    alone.close()
    assert derived_tables(books.path) == derived_tables(alone.path)
    order = "SELECT execution_id FROM execution ORDER BY seq"
    assert [row[0] for row in books.rows(order)] == [row[0] for row in alone.rows(order)]


def assert_told_in_order(published: Sequence[Publication]) -> None:
    revisions = [each.revision for each in published if isinstance(each, LedgerSnapshot)]
    assert revisions == sorted(revisions)
    storage = [each for each in published if isinstance(each, StorageStatus)]
    assert not storage or storage[-1].is_saved


@pytest.mark.says
def test_a_second_writer_for_a_moment_loses_and_doubles_nothing(books: Books, seed: int) -> None:
    trade_beside_another_writer(books, Random(seed), [0.1, 0.3, 0.6], _PATIENCE_MS)


@pytest.mark.battery
@pytest.mark.says
@pytest.mark.timeout(3600)
def test_fifty_second_writers_for_up_to_ten_seconds_lose_and_double_nothing(books: Books, seed: int) -> None:
    random = Random(seed)
    holds = [0.1 * 100 ** random.random() for _ in range(count("HOLDS", 50))]
    trade_beside_another_writer(books, random, holds, None)
