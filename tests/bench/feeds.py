"""Recorded prices against numpy reading the same bytes: a file followed to its end, and a day's window of it."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from data.feeds.scid_file import ScidFile
from data.feeds.scid_record import EPOCH_US, RECORD
from data.feeds.scid_tail import ScidTail
from tests.scid_files import HEADER_BYTES, MOMENT_US, RECORD_BYTES, header

_RECORDS = 1_000_000
_WINDOW = range(250_000, 750_000)
_BLOCK = 65_536
_STEP_US = 40_000
_ROUNDS = 25


def measure() -> list[str]:
    """Interleaves both, round by round; medians of processor time and their ratio: the file is in memory by then."""
    with tempfile.TemporaryDirectory() as directory:
        path = _write(Path(directory) / "MESZ26.scid")
        read, followed = _alternate(lambda: _read(path, 0, _RECORDS), lambda: _follow(path))
        scanned, found = _alternate(lambda: _scan(path), lambda: _window(path))
        quiet = _quiet_poll(path)
    return [
        f"numpy, {_RECORDS} records read:   {read * 1e3:8.1f} ms median",
        f"tail, {_RECORDS} records:         {followed * 1e3:8.1f} ms median, {followed / read:.2f}x numpy",
        f"bare scan for a window:       {scanned * 1e3:8.1f} ms median",
        f"window of {len(_WINDOW)} by time:   {found * 1e3:8.1f} ms median, {found / scanned:.2f}x the scan",
        f"a poll that finds nothing:    {quiet * 1e6:8.0f} us median",
    ]


def _write(path: Path) -> Path:
    records = np.zeros(_RECORDS, RECORD)
    records["time"] = MOMENT_US + EPOCH_US + np.arange(_RECORDS) * _STEP_US
    records["close"] = 5000 + np.random.default_rng(1).integers(-400, 400, _RECORDS) / 4
    records["low"], records["high"] = records["close"] - 0.25, records["close"]
    records["trades"] = records["volume"] = records["ask_volume"] = 1
    path.write_bytes(header() + records.tobytes())
    return path


def _alternate(bare: Callable[[], int], ours: Callable[[], int]) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ROUNDS):
        counts = set()
        for work, spent in zip((bare, ours), times, strict=True):
            started = time.thread_time()
            counts.add(work())
            spent.append(time.thread_time() - started)
        if len(counts) > 1:
            raise AssertionError(f"Not the same work was measured: {counts}")
    return statistics.median(times[0]), statistics.median(times[1])


def _read(path: Path, first: int, count: int) -> int:
    """Times and prices as plain columns, as a consumer takes them; in blocks, which is far faster than in one piece."""
    taken = 0
    with path.open("rb", buffering=0) as file:
        file.seek(HEADER_BYTES + first * RECORD_BYTES)
        while taken < count:
            records = np.fromfile(file, RECORD, min(_BLOCK, count - taken))
            at_us, price = records["time"] - EPOCH_US, records["close"].astype(np.float64)
            taken += min(len(at_us), len(price))
    return taken


def _follow(path: Path) -> int:
    tail, count = ScidTail(ScidFile(path), 0), 0
    while True:
        polled = tail.poll()
        count += min(len(polled.ticks.at_us), len(polled.ticks.price))
        if not polled.has_more:
            return count


def _scan(path: Path) -> int:
    """The records of the window by their numbers, which a reader by time has to find."""
    return _read(path, _WINDOW.start, len(_WINDOW))


def _window(path: Path) -> int:
    start_us, end_us = (MOMENT_US + number * _STEP_US for number in (_WINDOW.start, _WINDOW.stop))
    return sum(min(len(block.at_us), len(block.price)) for block in ScidFile(path).ticks_between(start_us, end_us))


def _quiet_poll(path: Path) -> float:
    tail = ScidTail(ScidFile(path), MOMENT_US + (_RECORDS - 1) * _STEP_US)
    tail.poll()
    times = []
    for _ in range(1_000):
        started = time.thread_time()
        tail.poll()
        times.append(time.thread_time() - started)
    return statistics.median(times)
