"""The thread that has trades told what is recorded of them: when they close, after a gap, and at every start."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.clock_offset import clock_offset
from core.course_told import SETTLED_US, CourseTold, PathSpan, Recorded, TradeAsked, tell_course
from core.entry_context import entry_context
from core.errors import HeatlineError
from core.session_day import SessionCalendar
from core.snapshots import LedgerSnapshot
from core.tape import Coverage
from data.course_questions import CourseQuestions, Question, Wanting
from data.feeds.price_records import PriceRecord, PriceRecords
from data.feeds.scid_record import ScidNotReady

_PAUSE_S = 0.5
_BETWEEN_TWO_S = 0.02  # the ledger has other things to do, too
_OPEN_AGAIN_S = 30.0
_FIRST_LOOK_S, _LONGEST_LOOK_S = 1.0, 60.0  # between two looks at a file that has not grown far enough
_CLOCK_MARGIN_US = 61_000_000
_log = logging.getLogger(__name__)

_Evidence = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CourseSources:
    """What a keeper asks on its own thread: the ledger, the records of prices, the sessions of a symbol."""

    questions: CourseQuestions
    records: PriceRecords
    calendar_of: Callable[[str], SessionCalendar]


@dataclass(slots=True)
class _Watched:
    """A trade that wants its course, and what was known when it was last told."""

    wanting: Wanting
    question: Question | None = None
    evidence: _Evidence | None = None
    told_at: float = 0.0


@dataclass(slots=True)
class _Look:
    """What was seen of a file last time, and when to look again."""

    span: tuple[int, int] | None
    due: float
    pause: float = _FIRST_LOOK_S


class CourseKeeper(threading.Thread):
    """Tells the ledger the course of each trade as soon as there is more of it on record; one at a time, oldest first.

    Where nothing is recorded that is told once, and what was seen live stays.
    """

    def __init__(
        self,
        open_sources: Callable[[], CourseSources],
        post: Callable[[CourseTold], None],
        span: PathSpan | None = None,
    ) -> None:
        """`open_sources` is called on the thread itself, once the ledger has been heard of."""
        super().__init__(name="courses")
        self._open_sources = open_sources
        self._post = post
        self._span = span or PathSpan()
        self._opened: CourseSources | None = None
        self._is_stopping = threading.Event()
        self._heard: LedgerSnapshot | None = None
        self._read_at: tuple[object, ...] | None = None
        self._rewritten: dict[str, int] = {}
        self._lock = threading.Lock()
        self._watched: dict[int, _Watched] = {}
        self._looks: dict[str, _Look] = {}

    def hear(self, ledger: LedgerSnapshot) -> None:
        """Any thread may call this; it never waits."""
        self._heard = ledger

    def rewritten(self, symbol: str, from_us: int) -> None:
        """The record of a symbol is another now, from then on. Any thread may call this."""
        with self._lock:
            self._rewritten[symbol] = min(from_us, self._rewritten.get(symbol, from_us))

    def stop(self) -> None:
        """Ends the thread after the trade that it is at. Any thread may call this, more than once."""
        self._is_stopping.set()

    def run(self) -> None:
        pause = 0.0
        while not self._is_stopping.wait(pause):
            pause = _PAUSE_S
            try:
                pause = _BETWEEN_TWO_S if self._turn() else _PAUSE_S
            except (ScidNotReady, HeatlineError) as error:
                _log.info("Courses are told later: %s", error)
            except Exception as error:  # noqa: BLE001  # a bug goes into the one funnel, and other trades have courses
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self)))

    def _turn(self) -> bool:
        """Tells one course; False where there is none to tell."""
        ledger = self._heard
        if ledger is None:
            return False
        self._bring_up_to_date(ledger)
        return any(self._tell(watched) for watched in list(self._watched.values()))

    @property
    def _sources(self) -> CourseSources:
        if self._opened is None:
            self._opened = self._open_sources()
        return self._opened

    def _bring_up_to_date(self, ledger: LedgerSnapshot) -> None:
        with self._lock:
            rewritten, self._rewritten = self._rewritten, {}
        read_at = (ledger.fill_count, ledger.trade_count, [each.position.trade_id for each in ledger.positions])
        if read_at == self._read_at and not rewritten:
            return
        found = self._sources.questions.wanting(rewritten)
        self._read_at = read_at
        for symbol in rewritten:
            self._looks.clear()
            _log.info("The record of %s was rewritten: courses are told anew", symbol)
        known = self._watched
        self._watched = {
            each.trade_id: known[each.trade_id]
            if each.trade_id in known and known[each.trade_id].wanting == each and not rewritten
            else _Watched(each)
            for each in found
        }

    def _tell(self, watched: _Watched) -> bool:
        """Whether there was more to tell of it than before."""
        if watched.evidence is None:
            watched.question = self._sources.questions.question(watched.wanting.trade_id)
        question = watched.question
        if question is None:
            watched.evidence = ()
            return False
        evidence = self._evidence(watched, question)
        if evidence == watched.evidence:
            return False
        # Before the reading: what cannot be read now has its turn when there is more of it.
        watched.evidence, watched.told_at = evidence, time.monotonic()
        told = self._course(question)
        if told.is_final and told.is_path_whole:
            self._watched.pop(told.trade_id, None)
        self._post(told)
        return True

    def _evidence(self, watched: _Watched, question: Question) -> _Evidence:
        generation, taped = self._sources.records.taped(question.key.symbol)
        asked = question.asked
        if watched.wanting.is_open:
            is_due = time.monotonic() - watched.told_at >= _OPEN_AGAIN_S
            return (generation, len(taped.stretches), *((watched.told_at,) if is_due else (watched.evidence or ())[2:]))
        on_tape = self._reached(taped, asked)
        if all(on_tape):
            return (generation, on_tape)
        span = self._span_of(question)
        return (generation, on_tape, self._reached(Coverage.of([span] if span else []), asked))

    def _reached(self, coverage: Coverage, asked: TradeAsked) -> tuple[bool, ...]:
        """Which of the moments that matter a record has passed: the begin of the trade, its end, that of its path."""
        behind_us = asked.ends_us + self._span.after_us + SETTLED_US
        return (
            coverage.within(asked.begins_us, asked.ends_us) > 0,
            coverage.holds(asked.begins_us, asked.ends_us + SETTLED_US),
            coverage.holds(asked.ends_us, asked.ends_us + SETTLED_US),
            coverage.holds(asked.ends_us, behind_us),
            coverage.holds(asked.begins_us - self._span.before_us, behind_us),
        )

    def _span_of(self, question: Question) -> tuple[int, int] | None:
        """A file that does not grow is looked at less and less often."""
        now, look = time.monotonic(), self._looks.get(question.wire_symbol)
        if look is not None and now < look.due:
            return look.span
        span = self._sources.records.recorded_span(question.wire_symbol)
        pause = _FIRST_LOOK_S
        if look is not None and span == look.span:
            pause = min(2 * look.pause, _LONGEST_LOOK_S)
        self._looks[question.wire_symbol] = _Look(span, now + pause, pause)
        return span

    def _course(self, question: Question) -> CourseTold:
        asked, symbol = question.asked, question.key.symbol
        record = self._sources.records.record(symbol, question.wire_symbol, question.known)
        start_us = asked.begins_us - self._span.before_us
        # Of an open trade all there is.
        end_us = asked.ends_us + self._span.after_us if asked.is_closed else _newest_us(record)
        coverage = record.coverage
        recorded = Recorded(
            ticks=record.ticks(start_us, max(end_us, asked.ends_us) + 1),
            coverage=coverage,
            sources=record.sources(asked.begins_us, asked.ends_us),
            context=entry_context(asked.stops[0], self._sources.calendar_of(symbol), coverage, record.session),
            offset_us=_offset_us(question, record),
        )
        return tell_course(asked, recorded, self._span)


def _newest_us(record: PriceRecord) -> int:
    return max((end for _, end in record.coverage.stretches), default=0)


def _offset_us(question: Question, record: PriceRecord) -> int | None:
    if not question.clock:
        return None
    first_us, last = question.clock[0].at_us, question.clock[-1]
    last_us = last.at_us + last.resolution_us
    return clock_offset(question.clock, record.ticks(first_us - _CLOCK_MARGIN_US, last_us + _CLOCK_MARGIN_US))
