"""The feed on its own thread: it hears, polls, tells, survives a fault, and ends when told to."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.clock import utc_now
from core.feed import FeedSource, FeedState, FeedStatus
from core.values import micros_from_utc
from data.dtc.market import PricesBegan, Traded
from data.dtc.price_reports import PriceReport, TradesHeard
from data.feeds.feed_thread import FeedThread
from data.feeds.tape import Tape
from data.feeds.tape_chunk import TapeRows
from tests.feed_desk import SYMBOL, FeedDesk, held
from tests.scid_files import append, tick, write_scid

_PATIENCE_S = 10.0


@pytest.fixture
def desk() -> FeedDesk:
    return FeedDesk()


@pytest.fixture
def thread(desk: FeedDesk) -> Iterator[FeedThread]:
    thread = FeedThread(lambda: desk.feed, desk.feed._outlets)
    thread.start()
    yield thread
    thread.stop()
    thread.join(_PATIENCE_S)
    assert not thread.is_alive()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def told(desk: FeedDesk) -> list[FeedStatus]:
    return [each for each in desk.published if isinstance(each, FeedStatus)]


def test_what_is_heard_reaches_the_tape_and_each_change_of_state_is_told(desk: FeedDesk, thread: FeedThread) -> None:
    assert thread.name == "feed"
    thread.hear(PricesBegan(SYMBOL))
    until(lambda: bool(told(desk)))
    thread.hear(TradesHeard(SYMBOL, [Traded(SYMBOL, 5050.0, desk.now_us)]))
    until(lambda: len(told(desk)) == 2)
    assert [each.state for each in told(desk)] == [FeedState.WAITING, FeedState.LIVE]
    assert desk.prices() == [5050.0]


def test_a_fault_in_one_turn_goes_to_the_funnel_and_the_next_turn_comes(
    desk: FeedDesk, thread: FeedThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", caught.append)
    broken: PriceReport = TradesHeard(SYMBOL, [])
    thread.hear(PricesBegan(SYMBOL))
    thread.hear(broken)
    until(lambda: bool(caught))
    thread.hear(TradesHeard(SYMBOL, [Traded(SYMBOL, 5050.0, desk.now_us)]))
    until(lambda: desk.prices() == [5050.0])
    assert caught[0].thread is thread


def test_a_file_is_followed_while_it_grows(tmp_path: Path) -> None:
    desk = FeedDesk(tmp_path)
    file = write_scid(tmp_path / "MESZ26.scid", tick(desk.now_us, 5050.25))
    desk.hold(held()).refuse()
    thread = FeedThread(lambda: desk.feed, desk.feed._outlets)
    thread.start()
    until(lambda: desk.prices() == [5050.25])
    append(file, tick(desk.now_us + 1, 5051.0))
    until(lambda: desk.prices() == [5050.25, 5051.0])
    thread.stop()
    thread.join(_PATIENCE_S)
    assert desk.tape.covered(SYMBOL)[0].source is FeedSource.SCID


def test_readers_see_a_beginning_of_what_is_written_and_nothing_else() -> None:
    tape, lots = Tape(), np.ones(7, np.int64)
    start_us = micros_from_utc(utc_now())
    is_over = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        length = 0
        while not is_over.is_set():
            ticks = tape.ticks(SYMBOL, 0, 2 * start_us)
            expected = np.arange(len(ticks.at_us))
            if len(expected) < length or not (ticks.at_us == start_us + expected).all():
                wrong.append("times")
            if not (ticks.prices == expected).all():
                wrong.append("prices")
            length = len(expected)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for first in range(0, 70_000, 7):
        numbers = np.arange(first, first + 7)
        price = numbers.astype(np.float64)
        tape.append(SYMBOL, TapeRows.of(start_us + numbers, (price, price, price), (lots, lots, lots)))
    is_over.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(tape.ticks(SYMBOL, 0, 2 * start_us).at_us) == 70_000
