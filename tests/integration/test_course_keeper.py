"""The keeper's own thread beside a ledger's own thread; what it reads, in which order, and how often."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.course_told import CourseTold
from core.facts import Fact
from core.session_day import CHICAGO
from core.snapshots import LedgerSnapshot, Publication
from data.audit import audit
from data.course_keeper import CourseKeeper, CourseSources
from data.course_questions import CourseQuestions
from data.feeds.price_records import PriceRecords
from data.feeds.tape import Tape
from data.ledger_thread import LedgerThread
from tests.courses import SHORT_PATH, Teller, taped, us, written
from tests.fills import fill
from tests.integration.conftest import Books, handle_all, log_on, seen

# Two lots in and out, a turn, and the way back: two trades, from 1 to 5 and from 5 to 8.
FILLS = [fill(1, "100.00", 1), fill(1, "97.00", 2), fill(-3, "102.00", 5), fill(1, "104.00", 8)]
COURSE = [(0.0, 100.5), (1.0, 100.0), (2.0, 97.0), (3.0, 105.0), (4.0, 103.5), (5.0, 102.0), (6.0, 90.0), (8.0, 104.0),
          (12.0, 101.25), (20.0, 101.0)]  # fmt: skip
TRADES = (
    "SELECT id, mae, mfe, mae_possible, mfe_possible, max_pullback, heat_total_us, coverage, excursion_final, points "
    "FROM traderecord LEFT JOIN pricepath ON trade_id = id ORDER BY id"
)


def trades(books: Books) -> list[tuple[object, ...]]:
    return [tuple(row) for row in books.rows(TRADES)]


@contextmanager
def running(books: Books, tape: Tape, published: list[Publication]) -> Iterator[LedgerThread]:
    """Both threads as the program has them."""
    books.begin()
    books.close()

    def publish(publication: Publication) -> None:
        published.append(publication)
        if isinstance(publication, LedgerSnapshot):
            keeper.hear(publication)

    ledger = LedgerThread(books.open, publish, on_open=lambda _standing: None, on_wrong_server=lambda _reason: None)
    keeper = CourseKeeper(
        lambda: CourseSources(CourseQuestions.at(books.place), PriceRecords(tape, None), lambda _symbol: CHICAGO),
        ledger.post,
        SHORT_PATH,
    )
    ledger.start()
    keeper.start()
    try:
        yield ledger
    finally:
        keeper.stop()
        keeper.join()
        ledger.stop()
        ledger.join()


def test_a_trade_that_closes_is_final_without_anybody_asking(books: Books) -> None:
    tape = Tape()
    published: list[Publication] = []
    taped(tape, COURSE)
    with running(books, tape, published) as ledger:
        facts: list[Fact] = [*log_on("Sim1"), *FILLS]
        for fact in facts:
            ledger.post(fact)
        deadline = time.monotonic() + 20
        while not any(isinstance(each, LedgerSnapshot) and each.courses_told >= 2 for each in published):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert [row[-2] for row in trades(books)] == [1, 1]
    assert audit(books.place) == []


def test_trades_are_told_one_at_a_time_and_the_oldest_first(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, FILLS)
    teller = Teller(books, ledger, tape)
    assert [told.trade_id for told in teller.tell()] == [1, 3]


def test_what_is_told_is_not_worked_out_again_before_there_is_more(books: Books, tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    ledger = books.begin()
    handle_all(ledger, FILLS)
    teller = Teller(books, ledger, folder=tmp_path / "Data")
    assert len(teller.tell()) == 2
    assert teller.tell() == []
    written(tmp_path / "Data", COURSE)
    teller.keeper.rewritten("MESZ26", us(0))
    assert [told.is_final for told in teller.tell()] == [True, True]
    assert teller.tell() == []


def test_a_final_trade_whose_record_is_rewritten_is_told_anew(books: Books, tmp_path: Path) -> None:
    written(tmp_path / "Data", [each for each in COURSE if each[0] != 3.0])
    ledger = books.begin()
    handle_all(ledger, FILLS)
    teller = Teller(books, ledger, folder=tmp_path / "Data")
    teller.tell()
    assert trades(books)[0][2] == 50
    written(tmp_path / "Data", COURSE)
    teller.keeper.rewritten("MESZ26", us(9))
    assert teller.tell() == []
    teller.keeper.rewritten("MESZ26", us(3))
    teller.tell()
    assert trades(books)[0][2] == 65
    assert audit(books.place) == []


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[Fact]:
    """The fills in their order, prices seen between them, and each course that can ever be told of them."""
    told: list[CourseTold] = []
    for until in range(4, len(COURSE) + 1):
        books = Books(tmp_path_factory.mktemp("told"))
        ledger = books.begin()
        handle_all(ledger, FILLS)
        tape = Tape()
        taped(tape, COURSE[:until])
        told += Teller(books, ledger, tape).tell()
        books.close()
    return list(told)


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_the_order_of_courses_and_fills_and_how_often_they_come_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Fact], data: st.DataObject
) -> None:
    books = Books(tmp_path_factory.mktemp("any"))
    ledger = books.begin()
    courses = data.draw(st.lists(st.sampled_from(steps), max_size=12))
    fills: list[Fact] = list(FILLS)
    while fills or courses:
        if fills and (not courses or data.draw(st.booleans())):
            ledger.handle(fills.pop(0))
            ledger.handle(seen("95", "103"))
        else:
            ledger.handle(courses.pop(0))
    final = [each for each in steps if isinstance(each, CourseTold) and each.is_final and each.is_path_whole]
    for told in data.draw(st.permutations(final)):
        ledger.handle(told)
        ledger.handle(told)
    expected = Books(tmp_path_factory.mktemp("plain"))
    plain = expected.begin()
    handle_all(plain, [*FILLS, *final])
    assert trades(books) == trades(expected)
    assert audit(books.place) == []
    books.close()
    expected.close()
