"""A day of synthetic trades on the tape or in a .scid file, and who tells a ledger the courses in it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.course_told import CourseTold, PathSpan
from core.feed import FeedSource
from core.session_day import CHICAGO
from core.values import micros_from_utc
from data.course_keeper import CourseKeeper, CourseSources
from data.course_questions import CourseQuestions
from data.feeds.price_records import PriceRecords
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.recorded_ticks import RecordedTicks
from data.feeds.scid_folder import ScidFolder
from data.feeds.tape import Tape
from data.feeds.tape_chunk import TapeRows
from data.ledger import Ledger
from tests.fills import at, contract_book
from tests.integration.conftest import Books
from tests.scid_files import bar, tick, write_scid

Course = Sequence[tuple[float, float]]  # seconds into the day, and the price then
SHORT_PATH = PathSpan(before_us=2_000_000, after_us=2_000_000)


def us(seconds: float) -> int:
    return micros_from_utc(at(seconds))


def taped(tape: Tape, course: Course, source: FeedSource = FeedSource.DTC, symbol: str = "MESZ26") -> None:
    """One stretch of the tape, covered from the first trade to the last."""
    at_us = np.array([us(second) for second, _ in course], np.int64)
    prices = np.array([price for _, price in course])
    lots = np.ones(len(course), np.int64)
    tape.begin_stretch(symbol, source, int(at_us[0]))
    tape.append(symbol, TapeRows.of(at_us, (prices, prices, prices), (lots, lots * 0, lots)))
    tape.cover(symbol, int(at_us[-1]))


def written(folder: Path, course: Course, name: str = "MESZ26_FUT_CME") -> Path:
    """A file of the same trades, as Sierra Chart writes them."""
    folder.mkdir(exist_ok=True)
    return write_scid(folder / f"{name}.scid", *(tick(us(second), price) for second, price in course))


def bars_written(folder: Path, *bars: tuple[float, float, float, float, float]) -> Path:
    """Bars of a second: when they began, then open, high, low, close."""
    folder.mkdir(exist_ok=True)
    return write_scid(folder / "MESZ26_FUT_CME.scid", *(bar(us(second), *prices) for second, *prices in bars))


class Teller:
    """A keeper without its thread: turns come when a test says so, and what it posts goes straight to the ledger."""

    def __init__(self, books: Books, ledger: Ledger, tape: Tape | None = None, folder: Path | None = None) -> None:
        self.tape = tape or Tape()
        self.told: list[CourseTold] = []
        self._ledger = ledger
        recorded = None
        if folder is not None:
            scid = ScidFolder(folder, lambda: books.now)
            prices = RecordedPrices(scid, contract_book(), lambda _symbol: CHICAGO, lambda: books.now)
            recorded = RecordedTicks(scid, prices)
        self.keeper = CourseKeeper(
            lambda: CourseSources(
                CourseQuestions.at(books.place), PriceRecords(self.tape, recorded), lambda _symbol: CHICAGO
            ),
            self.told.append,
            SHORT_PATH,
        )

    def tell(self) -> list[CourseTold]:
        """All there is to tell now, told."""
        first = len(self.told)
        self.keeper.hear(self._ledger.snapshot())
        while self.keeper._turn():
            self._ledger.handle(self.told[-1])
            self.keeper.hear(self._ledger.snapshot())
        return self.told[first:]
