"""What is asked after the logon, and what counts as an answer. No answer is unknown, never none."""

from decimal import Decimal
from typing import Any

import pytest

from core.errors import LinkLost, ProtocolViolation
from core.facts import (
    AccountsListed,
    Answer,
    BalanceReported,
    Fill,
    FillsListed,
    FillsUnavailable,
    InputRefused,
    OrdersListed,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
)
from core.order import OrderReported
from data.dtc import messages as dtc
from data.dtc import observer, requests
from data.dtc.requests import Question, Requests
from data.dtc.rounds import RoundEnded
from tests.dtc_talk import ACCOUNT, NOW, SYMBOL, Talk, filled, notices, past_fill


class Asked(Talk):
    """A session whose server knows one account, and one symbol, and has been asked about them."""

    def __init__(self) -> None:
        super().__init__()
        self.log_on()
        self.session.watch(SYMBOL)
        self.define()
        fills, orders, balance = self.list_accounts()
        assert isinstance(fills, dtc.HistoricalOrderFillsRequest)
        assert isinstance(orders, dtc.OpenOrdersRequest)
        assert isinstance(balance, dtc.AccountBalanceRequest)
        self.fills, self.orders, self.balance = (request.RequestID for request in (fills, orders, balance))

    def list_no_fills(self) -> int | None:
        """Answers the question for fills; the number of that for positions, which follows."""
        self.hear(dtc.HistoricalOrderFillResponse(RequestID=self.fills, NoOrderFills=1))
        (question,) = self.asked(dtc.CurrentPositionsRequest)
        return question.RequestID


def position(**fields: Any) -> dtc.PositionUpdate:
    told: dict[str, Any] = {"TotalNumberMessages": 1, "MessageNumber": 1, "TradeAccount": ACCOUNT, "Symbol": SYMBOL}
    return dtc.PositionUpdate(**told | {"Quantity": 1} | fields)


def reported(qty: int, wire_symbol: str = SYMBOL, symbol: str = "MESZ26") -> PositionReported:
    return PositionReported(ACCOUNT, symbol, Decimal(qty), NOW, wire_symbol=wire_symbol)


def test_each_account_is_asked_about_by_name() -> None:
    talk = Talk().log_on()
    asked = talk.list_accounts("120005", "Sim1")
    assert [(type(message).__name__, getattr(message, "TradeAccount", "")) for message in asked] == [
        (name, account)
        for account in ("120005", "Sim1")
        for name in (
            "HistoricalOrderFillsRequest",
            "OpenOrdersRequest",
            "AccountBalanceRequest",
        )
    ]
    ids = [getattr(message, "RequestID", 0) for message in asked]
    assert len(set(ids)) == len(ids)
    assert all(message.NumberOfDays for message in asked if isinstance(message, dtc.HistoricalOrderFillsRequest))


def test_no_account_is_an_answer_too() -> None:
    talk = Talk().log_on()
    (question,) = talk.asked(dtc.TradeAccountsRequest)
    sentinel = dtc.TradeAccountResponse(RequestID=question.RequestID, TotalNumberMessages=1, MessageNumber=1)
    assert talk.hear(sentinel) == [AccountsListed(()), RoundEnded()]
    assert talk.said() == []


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 1, 2), (0, 1, 2), (1, 1, 1)])
def test_an_answer_is_whole_when_all_its_parts_are_there_in_whatever_order(numbers: tuple[int, ...]) -> None:
    talk = Asked()
    parts = [
        past_fill(RequestID=talk.fills, TotalNumberMessages=3, MessageNumber=number, UniqueExecutionID=f"E{at}")
        for at, number in enumerate(numbers)
    ]
    assert talk.hear(*parts[:-1]) == []
    (listed,) = talk.hear(parts[-1])
    assert isinstance(listed, FillsListed)
    assert len(talk.asked(dtc.CurrentPositionsRequest)) == 1
    assert {fill.execution_id for fill in listed.fills} == {"E0", "E1", "E2"}


def test_a_part_that_cannot_be_read_leaves_the_answer_unknown() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [position(RequestID=asked, TotalNumberMessages=2, MessageNumber=2)]
    spoilt = f'{{"Type":306,"RequestID":{asked},"Quantity":"many"}}'.encode()
    (refused,) = talk.hear_bytes(spoilt + b"\0")
    assert isinstance(refused, InputRefused)
    assert talk.hear(*rows) == []
    assert PositionsUnavailable(ACCOUNT, Answer.SILENT, "no answer", NOW) in talk.wait(5.1)


def test_half_an_answer_is_no_answer() -> None:
    talk = Asked()
    talk.hear(past_fill(RequestID=talk.fills, TotalNumberMessages=2))
    assert FillsUnavailable(ACCOUNT, Answer.SILENT, "no answer") in talk.wait(5.1)


def test_an_answer_may_take_its_time_as_long_as_it_goes_on() -> None:
    talk, events = Asked(), list[object]()
    for number in range(1, 5):
        part = past_fill(RequestID=talk.fills, TotalNumberMessages=4, MessageNumber=number)
        events += talk.hear(part)
        assert not [event for event in talk.wait(4) if isinstance(event, FillsUnavailable)]
    assert isinstance(events[0], FillsListed)


def test_silence_leaves_fills_and_positions_unknown_and_is_told() -> None:
    talk = Asked()
    events = talk.wait(5.1)
    assert FillsUnavailable(ACCOUNT, Answer.SILENT, "no answer") in events
    assert notices(events) == [
        "The server did not give the open orders of Sim1: no answer",
        "The server did not give the balance of Sim1: no answer",
    ]
    talk.hear(dtc.Heartbeat())
    assert PositionsUnavailable(ACCOUNT, Answer.SILENT, "no answer", NOW) in talk.wait(5.1)


def test_a_refusal_leaves_fills_and_positions_unknown() -> None:
    talk = Asked()
    events = talk.hear(
        dtc.HistoricalOrderFillsReject(RequestID=talk.fills, RejectText="TradeAccount is not set"),
        dtc.OpenOrdersReject(RequestID=talk.orders, RejectText="no"),
        dtc.AccountBalanceReject(RequestID=talk.balance, RejectText="no"),
    )
    assert events[0] == FillsUnavailable(ACCOUNT, Answer.REFUSED, "TradeAccount is not set")
    assert len(notices(events)) == 2
    (question,) = talk.asked(dtc.CurrentPositionsRequest)
    assert talk.hear(dtc.CurrentPositionsReject(RequestID=question.RequestID)) == [
        PositionsUnavailable(ACCOUNT, Answer.REFUSED, "no reason given", NOW),
        RoundEnded(),
    ]


def test_a_refusal_of_one_question_is_none_of_another() -> None:
    talk = Asked()
    assert talk.hear(dtc.CurrentPositionsReject(RequestID=talk.fills)) == []
    assert talk.hear(dtc.OrderUpdate(RequestID=talk.fills, NoOrders=1)) == []
    assert FillsUnavailable(ACCOUNT, Answer.SILENT, "no answer") in talk.wait(5.1)


def test_the_sentinels_are_answers_without_data() -> None:
    talk = Asked()
    events = talk.hear(
        dtc.HistoricalOrderFillResponse(RequestID=talk.fills, NoOrderFills=1),
        dtc.OrderUpdate(RequestID=talk.orders, OrderUpdateReason=1, NoOrders=1),
        dtc.AccountBalanceUpdate(RequestID=talk.balance, NoAccountBalances=1),
    )
    assert events == [FillsListed(ACCOUNT, ()), OrdersListed(ACCOUNT, frozenset(), NOW)]
    (question,) = talk.asked(dtc.CurrentPositionsRequest)
    assert talk.hear(dtc.PositionUpdate(RequestID=question.RequestID, NoPositions=1)) == [
        PositionsListed(ACCOUNT, (), NOW),
        RoundEnded(),
    ]
    assert talk.wait(6) == []


def test_an_end_mark_that_names_no_order_ends_the_list_and_is_no_order() -> None:
    talk = Asked()
    order = filled(RequestID=talk.orders, OrderUpdateReason=1, TotalNumMessages=3)
    end = dtc.OrderUpdate(RequestID=talk.orders, OrderUpdateReason=1, TotalNumMessages=3, MessageNumber=2)
    reported, listed = talk.hear(order, end, end)
    assert isinstance(reported, OrderReported)
    assert listed == OrdersListed(ACCOUNT, frozenset({"17"}), NOW)
    assert not any("open orders" in text for text in notices(talk.wait(5.1)))


def test_flat_old_contracts_in_a_listing_are_told_and_not_watched() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [
        position(RequestID=asked, TotalNumberMessages=2, Symbol="F.US.MESM25", Quantity=0, AveragePrice=5996.5),
        position(RequestID=asked, TotalNumberMessages=2, MessageNumber=2, Symbol="NQZ26-CME", Quantity=-1),
    ]
    assert talk.hear(*rows) == []
    (listed,) = (event for event in talk.wait(5.1) if isinstance(event, PositionsListed))
    assert listed.positions == (reported(0, "F.US.MESM25", "MESM25"), reported(-1, "NQZ26-CME", "NQZ26"))
    assert [asked.Symbol for asked in talk.asked(dtc.SecurityDefinitionForSymbolRequest)] == ["NQZ26-CME"]


def test_one_bad_row_makes_the_whole_listing_unknown() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [
        position(RequestID=asked, TotalNumberMessages=2),
        position(RequestID=asked, TotalNumberMessages=2, MessageNumber=2, Quantity=None),
    ]
    refused, told, unknown = talk.hear(*rows)
    assert isinstance(refused, InputRefused)
    assert told == reported(1)
    assert isinstance(unknown, PositionsUnavailable)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([(0, 0, {})], "how long it is"),
        ([(3, 1, {}), (3, 1, {}), (3, 3, {})], "tells rows twice"),
        ([(2, 1, {}), (2, 2, {"NoPositions": 1})], "and names some"),
    ],
)
def test_a_list_of_positions_that_may_leave_some_out_is_unknown_and_what_it_tells_is_heard(
    rows: list[tuple[int, int, dict[str, Any]]], fault: str
) -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    *told, unknown = talk.hear(
        *[position(RequestID=asked, TotalNumberMessages=total, MessageNumber=at, **more) for total, at, more in rows]
    )
    assert set(told) == {reported(1)}
    assert isinstance(unknown, PositionsUnavailable)
    assert fault in unknown.reason


@pytest.mark.parametrize("numbers", [(1, 3), (2, 3), (1,)])
def test_a_list_of_positions_with_a_hole_is_no_answer(numbers: tuple[int, ...]) -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [position(RequestID=asked, TotalNumberMessages=3, MessageNumber=number) for number in numbers]
    assert talk.hear(*rows) == []
    assert PositionsUnavailable(ACCOUNT, Answer.SILENT, "no answer", NOW) in talk.wait(5.1)


def test_what_comes_unasked_in_the_middle_of_a_list_is_no_part_of_it() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [position(RequestID=asked, TotalNumberMessages=2, MessageNumber=number) for number in (1, 2)]
    unasked = position(Unsolicited=1, Quantity=3)
    first, listed = talk.hear(rows[0], unasked, rows[1])
    assert first == reported(3)
    assert listed == PositionsListed(ACCOUNT, (reported(1), reported(1)), NOW)


def test_the_list_of_one_account_is_not_mixed_with_what_it_says_of_another() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    rows = [
        position(RequestID=asked, TotalNumberMessages=2, MessageNumber=1, TradeAccount="Sim2", Quantity=-5),
        position(RequestID=asked, TotalNumberMessages=2, MessageNumber=2),
    ]
    other, listed = talk.hear(*rows)
    assert isinstance(other, PositionReported)
    assert (other.account, other.qty) == ("Sim2", Decimal(-5))
    assert listed == PositionsListed(ACCOUNT, (reported(1),), NOW)


def test_the_average_of_a_position_is_told_on_the_scale_of_its_symbol() -> None:
    talk = Talk().log_on()
    talk.session.watch(SYMBOL)
    told = position(Unsolicited=1, AveragePrice=505025)
    assert talk.hear(told, position(Unsolicited=1, AveragePrice=0)) == []
    _, first, second = talk.define(DisplayPriceMultiplier=0.009999999776482582)
    assert isinstance(first, PositionReported)
    assert isinstance(second, PositionReported)
    assert (first.average, first.wire_symbol) == (Decimal("5050.25"), SYMBOL)
    assert second.average is None


def test_a_position_nobody_asked_for_is_reported() -> None:
    talk = Asked()
    assert talk.hear(position(Unsolicited=1)) == [reported(1)]
    asked = talk.list_no_fills()
    assert talk.hear(position(Unsolicited=1, RequestID=asked, Quantity=0)) == [reported(0)]
    assert talk.hear(position(RequestID=77)) == [reported(1)]


def test_a_late_answer_is_still_heard() -> None:
    talk = Asked()
    asked = talk.list_no_fills()
    talk.wait(5.1)
    assert talk.hear(position(RequestID=asked)) == [reported(1)]


def test_balances_are_reported_asked_for_or_not() -> None:
    talk = Asked()
    balance = dtc.AccountBalanceUpdate(RequestID=talk.balance, TradeAccount=ACCOUNT, CashBalance=2000)
    assert talk.hear(balance, dtc.AccountBalanceUpdate(Unsolicited=1, TradeAccount=ACCOUNT, CashBalance=2000.5)) == [
        BalanceReported(ACCOUNT, Decimal(2000), None, NOW),
        BalanceReported(ACCOUNT, Decimal("2000.5"), None, NOW),
    ]


def test_a_bad_row_of_the_history_is_refused_before_the_list() -> None:
    talk = Asked()
    rows = [
        past_fill(RequestID=talk.fills, TotalNumberMessages=2),
        past_fill(RequestID=talk.fills, TotalNumberMessages=2, Quantity=0),
    ]
    refused, listed = talk.hear(*rows)
    assert isinstance(refused, InputRefused)
    assert isinstance(listed, FillsListed)
    assert len(listed.fills) == 1


def test_a_report_that_each_round_tells_again_is_refused_once() -> None:
    talk = Asked()
    refused, _ = talk.hear(past_fill(RequestID=talk.fills, Quantity=0))
    assert isinstance(refused, InputRefused)
    talk.session.reconcile(ACCOUNT, talk.monotonic)
    talk.wait(5.1)
    (question,) = talk.asked(dtc.HistoricalOrderFillsRequest)
    assert [type(event) for event in talk.hear(past_fill(RequestID=question.RequestID, Quantity=0))] == [FillsListed]


def test_facts_come_in_the_order_of_the_stream() -> None:
    talk = Asked()
    events = talk.hear(filled(), position(Unsolicited=1), filled(LastFillExecutionID="E2"))
    assert [type(event) for event in events] == [Fill, PositionReported, Fill]


def test_an_answer_without_end_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "LONGEST_ANSWER", 10)
    questions = Requests(patience=5)
    number = questions.ask(Question.FILLS, ACCOUNT, 0)
    for _ in range(10):
        assert questions.collect(Question.FILLS, number, past_fill(), total=1_000_000, now=0) is None
    with pytest.raises(ProtocolViolation, match="more than 10"):
        questions.collect(Question.FILLS, number, past_fill(), total=1_000_000, now=0)


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "_MOST_HELD", 10)
    with pytest.raises(LinkLost, match="definition"):
        Talk().log_on().hear(*[filled()] * 11)
