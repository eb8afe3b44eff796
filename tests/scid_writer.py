"""Sierra writing a .scid file, and who follows it: synthetic trades, each with a price that names it."""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from data.feeds.scid_file import ScidFile
from data.feeds.scid_tail import Polled, ScidTail
from tests.scid_files import MOMENT_US, RECORD_BYTES, SECOND_US, append, bar, header, tick

BURST = 750  # trades a second at a busy open
_FLUSH_S = 0.02  # plays the second between two flushes


class Follower:
    """Polls and keeps what was handed on, as the owner of a tape would."""

    def __init__(self, path: Path, since_us: int = 0) -> None:
        self.tail = ScidTail(ScidFile(path), since_us)
        self.seen: list[tuple[int, float]] = []
        self.rewritten: list[int] = []

    def poll(self) -> Polled:
        polled = self.tail.poll()
        self.seen += zip(polled.ticks.at_us.tolist(), polled.ticks.price.tolist(), strict=True)
        if polled.rewritten:
            self.rewritten.append(polled.rewritten.from_us)
        return self.poll() if polled.has_more else polled


def trade(number: int, per_second: int = BURST) -> tuple[int, float]:
    """Trade `number` of a market in which three trades at a time share a stamp."""
    return MOMENT_US + number // 3 * 3 * SECOND_US // per_second, 5000.0 + number % 100_000 / 4


def packed(number: int) -> bytes:
    return tick(*trade(number))


def records(numbers: Iterable[int]) -> bytes:
    return b"".join(packed(number) for number in numbers)


def trades(numbers: Iterable[int]) -> list[tuple[int, float]]:
    return [trade(number) for number in numbers]


class Sierra(threading.Thread):
    """Writes as Sierra does: bursts gathered between two flushes, cut anywhere; now and then begins the file anew."""

    def __init__(self, path: Path, seed: int, flushes: int) -> None:
        super().__init__()
        self._path = path
        self._random = np.random.default_rng(seed)
        self._flushes = flushes
        self.written = 0

    def run(self) -> None:
        unflushed = b""
        for flush in range(self._flushes):
            until = self.written + int(self._random.integers(0, BURST + 1))
            unflushed += records(range(self.written, until))
            self.written = until
            cut = int(self._random.integers(0, len(unflushed) + 1))
            append(self._path, unflushed[:cut])
            unflushed = unflushed[cut:]
            if flush % 7 == 6:
                self._begin_anew()
                unflushed = b""
            time.sleep(_FLUSH_S)
        append(self._path, unflushed)

    def _begin_anew(self) -> None:
        """Deletes all data and downloads, in pieces; sometimes into a new file, sometimes into the same."""
        everything = records(range(self.written))
        if self._random.random() < 0.5:
            self._path.unlink()
        self._path.write_bytes(header())
        for piece in range(0, len(everything), 100_000):
            append(self._path, everything[piece : piece + 100_000])
            time.sleep(0.001)


class SierraBars(threading.Thread):
    """Writes bars as Sierra does: each is rewritten in its place while it grows, then the next one begins."""

    def __init__(self, path: Path, bars: int) -> None:
        super().__init__()
        self._path = path
        self._bars = bars
        self.finished: list[tuple[int, float]] = []

    def run(self) -> None:
        for number in range(self._bars):
            at_us, opened = MOMENT_US + number * SECOND_US, 5000.0 + number
            append(self._path, bar(at_us, opened, opened, opened, opened))
            for growth in range(1, 6):
                with self._path.open("r+b") as file:
                    file.seek(-RECORD_BYTES, os.SEEK_END)
                    file.write(bar(at_us, opened, opened + growth, opened, opened + growth))
                time.sleep(0.0005)
            self.finished.append((at_us, opened + 5))
