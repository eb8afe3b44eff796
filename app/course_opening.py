"""Puts the keeper of courses together: the ledger it reads, and where prices of the past are."""

from collections.abc import Callable
from pathlib import Path

from core.course_told import CourseTold
from data.contract_table import read_calendars, read_contract_book
from data.course_keeper import CourseKeeper, CourseSources
from data.course_questions import CourseQuestions
from data.feeds.price_records import PriceRecords
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.recorded_ticks import RecordedTicks
from data.feeds.scid_folder import ScidFolder
from data.feeds.tape import Tape
from data.place import Place


def open_courses(
    place: Place, sierra_data: Path | None, tape: Tape, post: Callable[[CourseTold], None]
) -> CourseKeeper:
    """The thread, ready to start; without a Data folder it has the tape only."""
    return CourseKeeper(lambda: _sources(place, sierra_data, tape), post)


def _sources(place: Place, sierra_data: Path | None, tape: Tape) -> CourseSources:
    """Made on the thread that asks them: it reads files."""
    calendar_of = read_calendars()
    recorded = None
    if sierra_data is not None:
        folder = ScidFolder(sierra_data)
        recorded = RecordedTicks(folder, RecordedPrices(folder, read_contract_book(), calendar_of))
    return CourseSources(CourseQuestions.at(place), PriceRecords(tape, recorded), calendar_of)
