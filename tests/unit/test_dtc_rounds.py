"""What is asked when, with a clock that the test turns: rounds, repetition, and never a position before its fills."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import (
    AccountsListed,
    Answer,
    FillsListed,
    FillsUnavailable,
    OrdersListed,
    PositionsListed,
    PositionsUnavailable,
)
from data.dtc import messages as dtc
from data.dtc.observer import Event
from data.dtc.rounds import RoundEnded
from data.dtc.timing import Timing
from tests.dtc_talk import Talk, notices

STEADY = Timing(jitter=0, heartbeat_interval=10_000)
_NOT_HERE = "Non-simulated Trade Account (120005) cannot be used with Trade Simulation Mode"
_REJECTS: dict[type[dtc.Message], type[dtc.Message]] = {
    dtc.HistoricalOrderFillsRequest: dtc.HistoricalOrderFillsReject,
    dtc.OpenOrdersRequest: dtc.OpenOrdersReject,
    dtc.CurrentPositionsRequest: dtc.CurrentPositionsReject,
    dtc.AccountBalanceRequest: dtc.AccountBalanceReject,
}
_NAMES: dict[type[dtc.Message], str] = {
    dtc.TradeAccountsRequest: "accounts",
    dtc.HistoricalOrderFillsRequest: "fills",
    dtc.OpenOrdersRequest: "orders",
    dtc.CurrentPositionsRequest: "positions",
    dtc.AccountBalanceRequest: "balance",
}


class Server(Talk):
    """A server that answers as it is told to; `asked_for` is what it has heard since last looked at."""

    def __init__(self, *accounts: str, timing: Timing = STEADY) -> None:
        super().__init__(timing)
        self.accounts = accounts or ("Sim1",)
        self.log_on()

    def open(self) -> list[dtc.Message]:
        return [message for message in self.said() if type(message) in _NAMES]

    def answer(self, question: Any) -> list[Event]:
        number = question.RequestID
        match question:
            case dtc.TradeAccountsRequest():
                rows: list[dtc.Message] = [
                    dtc.TradeAccountResponse(
                        RequestID=number, TotalNumberMessages=len(self.accounts), TradeAccount=account
                    )
                    for account in self.accounts
                ]
                return self.hear(*rows)
            case dtc.HistoricalOrderFillsRequest():
                return self.hear(dtc.HistoricalOrderFillResponse(RequestID=number, NoOrderFills=1))
            case dtc.OpenOrdersRequest():
                return self.hear(dtc.OrderUpdate(RequestID=number, OrderUpdateReason=1, NoOrders=1))
            case dtc.CurrentPositionsRequest():
                return self.hear(dtc.PositionUpdate(RequestID=number, NoPositions=1))
        return self.hear(dtc.AccountBalanceUpdate(RequestID=number, NoAccountBalances=1))

    def reject(self, question: Any, text: str = "no") -> list[Event]:
        return self.hear(_REJECTS[type(question)](RequestID=question.RequestID, RejectText=text))

    def answer_all(self, *besides: str) -> list[Event]:
        """Answers whatever is asked until nothing more is, but for the questions named."""
        events: list[Event] = []
        while questions := self.open():
            for question in questions:
                if named(question) not in besides:
                    events += self.answer(question)
        return events

    def asked_for(self) -> list[str]:
        return [named(question) for question in self.open()]


def named(question: Any) -> str:
    account = getattr(question, "TradeAccount", "")
    return f"{_NAMES[type(question)]} {account}".strip()


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def test_a_round_asks_for_accounts_then_for_each_and_for_positions_behind_the_fills() -> None:
    server = Server("120005", "Sim1")
    (accounts,) = server.open()
    server.answer(accounts)
    first = server.open()
    assert [named(question) for question in first] == [
        "fills 120005", "orders 120005", "balance 120005", "fills Sim1", "orders Sim1", "balance Sim1",
    ]  # fmt: skip
    server.answer(first[3])
    (positions,) = server.open()
    assert named(positions) == "positions Sim1"


@pytest.mark.parametrize("way", ["refused", "silent"])
def test_positions_are_asked_for_when_the_fills_are_not_told_either(way: str) -> None:
    server = Server()
    (accounts,) = server.open()
    server.answer(accounts)
    fills, *_ = server.open()
    events = server.reject(fills) if way == "refused" else server.wait(5.1)
    assert FillsUnavailable in kinds(events)
    assert "positions Sim1" in server.asked_for()


def test_the_end_of_a_round_is_told_behind_its_last_fact_and_once() -> None:
    server = Server("120005", "Sim1")
    events = server.answer_all()
    assert kinds(events).count(RoundEnded) == 1
    assert isinstance(events[-1], RoundEnded)
    assert kinds(events).count(PositionsListed) == 2


def test_a_round_begins_by_itself_after_a_while() -> None:
    server = Server()
    server.answer_all()
    server.wait(299)
    assert server.asked_for() == []
    assert server.session.next_deadline() == pytest.approx(server.monotonic + 1)
    server.wait(1)
    assert RoundEnded in kinds(server.answer_all())
    server.wait(300)
    assert server.asked_for() == ["accounts"]


def test_an_account_that_is_new_is_asked_about_and_one_that_is_gone_is_not() -> None:
    server = Server("Sim1")
    server.answer_all("positions Sim1")
    server.wait(5.1)
    server.accounts = ("Sim2",)
    server.session.reconcile(None, server.monotonic)
    events = server.answer_all()
    assert AccountsListed(("Sim2",)) in events
    assert [event.account for event in events if isinstance(event, PositionsListed)] == ["Sim2"]
    server.wait(290)
    assert server.asked_for() == []


def put_again(server: Server, name: str) -> Any:
    """The question when it is put again, still without an answer."""
    server.answer_all(name)
    server.wait(5.1)
    server.wait(5)
    (question,) = server.open()
    assert named(question) == name
    return question


def test_an_account_that_goes_while_it_is_asked_about_is_asked_about_no_more() -> None:
    server = Server("Sim1")
    put_again(server, "positions Sim1")
    server.accounts = ("Sim2",)
    server.session.reconcile(None, server.monotonic)
    server.answer_all()
    assert PositionsUnavailable in kinds(server.wait(5.1))
    server.wait(250)
    assert server.asked_for() == []


def test_an_answer_from_before_the_fills_of_a_round_is_none_of_it() -> None:
    server = Server("Sim1")
    old = put_again(server, "positions Sim1")
    server.session.reconcile("Sim1", server.monotonic)
    assert server.answer(old) == []
    events = server.answer_all()
    assert kinds(events) == [FillsListed, OrdersListed, PositionsListed, RoundEnded]


def test_one_account_alone_can_be_asked_about() -> None:
    server = Server("120005", "Sim1")
    server.answer_all()
    server.session.reconcile("Sim1", server.monotonic)
    events = server.answer_all()
    assert AccountsListed not in kinds(events)
    assert [event.account for event in events if isinstance(event, FillsListed | PositionsListed)] == ["Sim1"] * 2
    assert isinstance(events[-1], RoundEnded)


def test_an_account_that_is_not_known_is_looked_for() -> None:
    server = Server("Sim1")
    server.answer_all()
    server.session.reconcile("Sim7", server.monotonic)
    assert server.asked_for() == ["accounts"]


def test_many_wishes_while_a_round_runs_become_one_more() -> None:
    server = Server()
    for wish in (None, "Sim1", None, None, "Sim1"):
        server.session.reconcile(wish, server.monotonic)
    events = server.answer_all()
    assert kinds(events).count(RoundEnded) == 2
    assert kinds(events).count(AccountsListed) == 2
    assert server.asked_for() == []


@pytest.mark.parametrize("name", ["positions Sim1", "fills Sim1", "balance Sim1", "orders Sim1"])
def test_a_question_without_an_answer_is_put_again_later_each_time_until_it_is_answered(name: str) -> None:
    server = Server(timing=replace(STEADY, round_interval=10_000))
    server.answer_all(name)
    # Five seconds of patience come before each pause.
    waits = [5 + pause + 1 for pause in (5, 10, 20, 40, 80, 160, 300, 300)]
    assert [_until_asked(server, name, is_answered=number == 7) for number in range(8)] == waits
    server.session.reconcile("Sim1", server.monotonic)
    server.answer_all(name)
    assert _until_asked(server, name, is_answered=True) == 11


def test_accounts_that_are_not_told_are_asked_for_again() -> None:
    server = Server()
    assert server.asked_for() == ["accounts"]
    assert _until_asked(server, "accounts", is_answered=True) == 11
    assert kinds(server.answer_all()) == [FillsListed, OrdersListed, PositionsListed, RoundEnded]


def _until_asked(server: Server, name: str, *, is_answered: bool) -> int:
    """Seconds until a question is put again; then it is answered, or left to be overdue."""
    for passed in count(1):
        server.wait(1)
        for question in server.open():
            if named(question) == name:
                if is_answered:
                    server.answer(question)
                return passed
            server.answer(question)
    raise AssertionError


def test_a_failure_is_said_to_the_trader_once_and_told_to_the_ledger_each_time() -> None:
    server = Server()
    events = server.answer_all("positions Sim1", "balance Sim1", "orders Sim1")
    for _ in range(60):
        events += server.wait(1)
        server.said()
    assert notices(events) == [
        "The server did not give the open orders of Sim1: no answer",
        "The server did not give the balance of Sim1: no answer",
    ]
    assert kinds(events).count(PositionsUnavailable) == 4


@pytest.mark.parametrize("text", [_NOT_HERE, _NOT_HERE.upper()])
def test_the_wrong_simulation_mode_cannot_be_asked_away_before_the_next_round(text: str) -> None:
    server = Server()
    (accounts,) = server.open()
    server.answer(accounts)
    for question in server.open():
        server.reject(question, text)
    (positions,) = server.open()
    unknown, ended = server.reject(positions, text)
    assert isinstance(unknown, PositionsUnavailable)
    assert (unknown.answer, unknown.reason) == (Answer.NOT_HERE, text)
    assert isinstance(ended, RoundEnded)
    server.wait(290)
    assert server.asked_for() == []
    server.wait(10)
    assert PositionsListed in kinds(server.answer_all())


def test_an_account_of_which_only_positions_are_silent_stays_unknown() -> None:
    server = Server()
    for _ in range(4):
        server.answer_all("positions Sim1")
        unknown = [event for event in server.wait(5.1) if isinstance(event, PositionsUnavailable)]
        assert [event.answer for event in unknown] == [Answer.SILENT]
        server.session.reconcile(None, server.monotonic)


def test_without_an_answer_for_the_accounts_those_known_are_asked_about() -> None:
    server = Server()
    server.answer_all()
    server.session.reconcile(None, server.monotonic)
    assert server.asked_for() == ["accounts"]
    assert notices(server.wait(5.1)) == ["The server did not give the accounts of the link: no answer"]
    assert kinds(server.answer_all()) == [FillsListed, OrdersListed, PositionsListed, RoundEnded]
    server.wait(5)
    assert server.asked_for() == ["accounts"]


def test_a_late_answer_to_fills_has_the_positions_asked_for_behind_it() -> None:
    server = Server()
    server.answer_all("fills Sim1")
    server.wait(5.1)
    server.answer_all("fills Sim1")
    server.wait(5.1)
    events = server.answer_all()
    assert kinds(events) == [FillsListed, PositionsListed, RoundEnded]


def test_pauses_are_never_in_step() -> None:
    pauses = {Timing().spread(300.0) for _ in range(20)}
    assert len(pauses) > 10
    assert all(240 <= pause <= 360 for pause in pauses)


_STEPS = st.lists(
    st.tuples(st.sampled_from(("answer", "reject", "not here", "wait", "want", "want one")), st.integers(0, 20)),
    max_size=60,
)


@given(_STEPS)
def test_whatever_the_server_does_positions_come_behind_fills_and_only_when_told(
    steps: list[tuple[str, int]],
) -> None:
    server = Server("A", "B")
    open_questions: list[Any] = server.open()
    told: set[str] = set()
    behind_fills: set[str] = set()
    for step, number in steps:
        question = open_questions.pop(number % len(open_questions)) if open_questions else None
        if isinstance(question, dtc.CurrentPositionsRequest) and step == "answer":
            told.add(question.TradeAccount or "")
        events = _take(server, step, number, question)
        for event in events:
            match event:
                case FillsListed() | FillsUnavailable():
                    behind_fills.add(event.account)
                case PositionsListed():
                    assert event.account in told
                    assert event.account in behind_fills
                    told.discard(event.account)
                case PositionsUnavailable():
                    assert event.account in behind_fills
        for asked in server.open():
            if isinstance(asked, dtc.HistoricalOrderFillsRequest) and not _is_repeated(server, asked):
                behind_fills.discard(asked.TradeAccount or "")
            if isinstance(asked, dtc.CurrentPositionsRequest):
                assert asked.TradeAccount in behind_fills
            open_questions.append(asked)


def _is_repeated(server: Server, asked: dtc.HistoricalOrderFillsRequest) -> bool:
    """A question put again by itself belongs to the round before."""
    rounds = server.session._observer._rounds
    return ("fills", asked.TradeAccount) not in rounds._running


def _take(server: Server, step: str, number: int, question: Any) -> list[Event]:
    match step:
        case "answer" if question is not None:
            return server.answer(question)
        case "reject" | "not here" if type(question) in _REJECTS:
            return server.reject(question, _NOT_HERE if step == "not here" else "no")
        case "want":
            server.session.reconcile(None, server.monotonic)
        case "want one":
            server.session.reconcile("A", server.monotonic)
    return server.wait(number)
