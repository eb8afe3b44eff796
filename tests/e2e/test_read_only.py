"""Two real programs on one server: the second shows what the first writes and says so; a start after it takes over."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests import postgres
from tests.e2e.conftest import Child, Desk, wait_until


def start_panel(desk: Desk, url: URL, port: int, name: str, *arguments: str) -> Child:
    """A window with a folder of its own on the ledger they share."""
    address = url.set(drivername="postgresql").render_as_string()
    folder = str(desk.directory / name)
    window = ("--data-dir", folder, "--database", address, "--dtc", f"127.0.0.1:{port}", "--offscreen")
    return desk.start(*window, *arguments)


def see_panel(desk: Desk, url: URL, port: int, name: str) -> list[str]:
    """What a second panel says after some seconds."""
    start_panel(desk, url, port, name, "--for", "3", "--screenshot", str(desk.picture)).finish()
    return desk.seen()


def count(url: URL, query: str) -> int:
    return int(postgres.read(url, query)[0][0])


def is_booking(url: URL) -> bool:
    if not postgres.read(url, "SELECT 1 FROM pg_tables WHERE tablename = 'execution'"):
        return False
    return count(url, "SELECT count(*) FROM execution") > 0


@pytest.fixture
def url() -> Iterator[URL]:
    with postgres.serving() as server:
        yield server.blank_database()


def test_a_second_window_says_that_it_only_reads_and_a_start_after_the_writer_takes_over(desk: Desk, url: URL) -> None:
    exchange = desk.start_exchange("--trader", "7")
    writer = start_panel(desk, url, exchange.port, "writer")
    wait_until(lambda: is_booking(url), "a fill")
    words = see_panel(desk, url, exchange.port, "reader")
    assert any(each.startswith("READ ONLY · Another panel writes this ledger") for each in words), words
    assert any(each.startswith("Read only · fill") for each in words), words
    assert not any("verified with broker" in each or "NOT SAVED" in each for each in words)
    writer.kill()
    words = see_panel(desk, url, exchange.port, "next")
    assert not any("READ ONLY" in each for each in words)
    assert any(each.startswith("Ledger durable · fill") for each in words), words
