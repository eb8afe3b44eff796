"""From when on fills are asked for: no gap is ever skipped, whatever came live behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.dtc import messages as dtc
from data.dtc.back_fill import OVERLAP, BackFill
from tests.dtc_talk import ACCOUNT, NOW, SYMBOL, Talk, filled, past_fill

NINE = datetime(2026, 9, 15, 9, tzinfo=UTC)


class Day:
    """One account through the connections of a day; the clock is the test's."""

    def __init__(self) -> None:
        self.now = NINE
        self.back_fill = BackFill(7, lambda: self.now)
        self.talk = Talk(back_fill=self.back_fill)

    def connect(self) -> dtc.HistoricalOrderFillsRequest:
        """A new connection; the question for fills that it begins with."""
        self.talk = Talk(back_fill=self.back_fill).log_on()
        self.talk.session.watch(SYMBOL)
        self.talk.define()
        (question,) = (
            asked for asked in self.talk.list_accounts() if isinstance(asked, dtc.HistoricalOrderFillsRequest)
        )
        return question

    def start(self) -> datetime:
        return datetime.fromtimestamp(float(self.connect().StartDateTime or 0), UTC)

    def list(self, question: dtc.HistoricalOrderFillsRequest, *times: datetime) -> None:
        self.talk.hear(*[listed(question, at, len(times)) for at in times] or [no_fills(question)])

    def fill_live(self) -> None:
        self.talk.hear(filled(LastFillDateTime=int(self.now.timestamp() * 1000), LastFillExecutionID=str(self.now)))


def listed(question: dtc.HistoricalOrderFillsRequest, at: datetime, total: int = 1, **more: Any) -> dtc.Message:
    told = {"RequestID": question.RequestID, "TotalNumberMessages": total, "UniqueExecutionID": str(at)}
    return past_fill(**told | {"DateTime": int(at.timestamp())} | more)


def no_fills(question: dtc.HistoricalOrderFillsRequest) -> dtc.Message:
    return dtc.HistoricalOrderFillResponse(RequestID=question.RequestID, NoOrderFills=1)


def test_an_account_that_was_never_seen_is_asked_for_some_days() -> None:
    question = Day().connect()
    assert (question.NumberOfDays, question.StartDateTime) == (7, 0)


def test_a_known_account_is_asked_for_from_a_little_before_its_newest_fill_in_the_ledger() -> None:
    day = Day()
    day.back_fill.begin_behind({ACCOUNT: NINE - timedelta(hours=3, seconds=0.5)})
    question = day.connect()
    assert question.StartDateTime == int((NINE - timedelta(hours=3, seconds=1) - OVERLAP).timestamp())
    assert question.NumberOfDays == 0


def test_an_answer_in_full_moves_the_start_to_its_newest_fill() -> None:
    day = Day()
    question = day.connect()
    day.list(question, NINE - timedelta(hours=2), NINE - timedelta(hours=1))
    assert day.start() == NINE - timedelta(hours=1) - OVERLAP


def test_a_fill_that_came_live_behind_a_gap_does_not_hide_the_gap() -> None:
    day = Day()
    day.list(day.connect(), NINE - timedelta(minutes=1))
    day.fill_live()
    day.now += timedelta(hours=2)
    day.connect()
    day.fill_live()
    day.talk.wait(5.1)
    day.now += timedelta(hours=1)
    assert day.start() == NINE - timedelta(minutes=1) - OVERLAP


@pytest.mark.parametrize("answer", ["half", "refused", "silent", "empty"])
def test_what_is_no_answer_in_full_leaves_the_start_where_it_was(answer: str) -> None:
    day = Day()
    day.back_fill.begin_behind({ACCOUNT: NINE})
    day.now += timedelta(hours=1)
    question = day.connect()
    match answer:
        case "half":
            day.talk.hear(listed(question, day.now, total=2))
        case "refused":
            day.talk.hear(dtc.HistoricalOrderFillsReject(RequestID=question.RequestID, RejectText="no"))
        case "empty":
            day.list(question)
    day.talk.wait(5.1)
    day.now += timedelta(hours=1)
    assert day.start() == NINE - OVERLAP


def test_a_clock_that_runs_ahead_at_the_broker_does_not_hide_what_comes() -> None:
    day = Day()
    day.list(day.connect(), NINE + timedelta(hours=5))
    day.now += timedelta(hours=1)
    assert day.start() <= NINE - OVERLAP
    day.back_fill.begin_behind({"Sim2": NOW + timedelta(days=1)})
    assert (day.back_fill.question("Sim2", 1).StartDateTime or 0) <= (day.now - OVERLAP).timestamp()


def test_the_fills_of_another_account_in_the_answer_prove_nothing_about_this_one() -> None:
    day = Day()
    day.back_fill.begin_behind({ACCOUNT: NINE - timedelta(hours=4)})
    question = day.connect()
    day.talk.hear(listed(question, NINE, TradeAccount="Sim2"))
    assert day.start() == NINE - timedelta(hours=4) - OVERLAP


def test_a_ledger_that_holds_less_than_was_told_is_told_again() -> None:
    day = Day()
    day.list(day.connect(), NINE)
    day.back_fill.begin_behind({ACCOUNT: NINE - timedelta(hours=1)})
    assert day.start() == NINE - timedelta(hours=1) - OVERLAP
    day.back_fill.begin_behind({ACCOUNT: NINE + timedelta(hours=1)})
    assert day.start() == NINE - timedelta(hours=1) - OVERLAP


@given(st.lists(st.tuples(st.sampled_from(("live", "cut", "listed", "silent")), st.integers(1, 300)), max_size=30))
def test_no_fill_is_ever_made_outside_of_what_is_still_to_be_listed(steps: list[tuple[str, int]]) -> None:
    day, made, known = Day(), set[datetime](), set[datetime]()
    question = day.connect()
    for step, minutes in steps:
        day.now += timedelta(minutes=minutes)
        made.add(day.now)
        if step == "live":
            day.fill_live()
            known.add(day.now)
            continue
        question = day.connect()
        start = datetime.fromtimestamp(float(question.StartDateTime or 0), UTC)
        assert all(at >= start for at in made - known)
        if step == "listed":
            told = sorted(at for at in made if at >= start)
            day.list(question, *told)
            known |= set(told)
