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
from tests.dtc_talk import ACCOUNT, NOW, SYMBOL, Talk, filled, notices, past_fill


class Asked(Talk):
    """A session whose server knows one account, and one symbol, and has been asked about them."""

    def __init__(self) -> None:
        super().__init__()
        self.log_on()
        self.session.watch(SYMBOL)
        self.define()
        fills, orders, positions, balance = self.list_accounts()
        assert isinstance(fills, dtc.HistoricalOrderFillsRequest)
        assert isinstance(orders, dtc.OpenOrdersRequest)
        assert isinstance(positions, dtc.CurrentPositionsRequest)
        assert isinstance(balance, dtc.AccountBalanceRequest)
        self.fills, self.orders, self.positions, self.balance = (
            request.RequestID for request in (fills, orders, positions, balance)
        )


def position(**fields: Any) -> dtc.PositionUpdate:
    told: dict[str, Any] = {"TotalNumberMessages": 1, "MessageNumber": 1, "TradeAccount": ACCOUNT, "Symbol": SYMBOL}
    return dtc.PositionUpdate(**told | {"Quantity": 1} | fields)


def reported(qty: int, symbol: str = "MESZ26") -> PositionReported:
    return PositionReported(ACCOUNT, symbol, Decimal(qty), NOW)


def test_each_account_is_asked_about_by_name() -> None:
    talk = Talk().log_on()
    asked = talk.list_accounts("120005", "Sim1")
    assert [(type(message).__name__, getattr(message, "TradeAccount", "")) for message in asked] == [
        (name, account)
        for account in ("120005", "Sim1")
        for name in (
            "HistoricalOrderFillsRequest",
            "OpenOrdersRequest",
            "CurrentPositionsRequest",
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
    assert talk.hear(sentinel) == [AccountsListed(())]
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
    assert {fill.execution_id for fill in listed.fills} == {"E0", "E1", "E2"}


def test_a_part_that_cannot_be_read_leaves_the_answer_unknown() -> None:
    talk = Asked()
    rows = [position(RequestID=talk.positions, TotalNumberMessages=2, MessageNumber=2)]
    spoilt = f'{{"Type":306,"RequestID":{talk.positions},"Quantity":"many"}}'.encode()
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
    assert PositionsUnavailable(ACCOUNT, Answer.SILENT, "no answer", NOW) in events
    assert notices(events) == [
        "The server did not give the open orders of Sim1: no answer",
        "The server did not give the balance of Sim1: no answer",
    ]
    assert talk.wait(1) == []


def test_a_refusal_leaves_fills_and_positions_unknown() -> None:
    talk = Asked()
    events = talk.hear(
        dtc.HistoricalOrderFillsReject(RequestID=talk.fills, RejectText="TradeAccount is not set"),
        dtc.CurrentPositionsReject(RequestID=talk.positions),
        dtc.OpenOrdersReject(RequestID=talk.orders, RejectText="no"),
        dtc.AccountBalanceReject(RequestID=talk.balance, RejectText="no"),
    )
    assert events[:2] == [
        FillsUnavailable(ACCOUNT, Answer.REFUSED, "TradeAccount is not set"),
        PositionsUnavailable(ACCOUNT, Answer.REFUSED, "no reason given", NOW),
    ]
    assert len(notices(events)) == 2
    assert talk.wait(6) == []


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
        dtc.PositionUpdate(RequestID=talk.positions, NoPositions=1),
        dtc.AccountBalanceUpdate(RequestID=talk.balance, NoAccountBalances=1),
    )
    assert events == [
        FillsListed(ACCOUNT, ()),
        OrdersListed(ACCOUNT, frozenset(), NOW),
        PositionsListed(ACCOUNT, (), NOW),
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
    rows = [
        position(RequestID=talk.positions, TotalNumberMessages=2, Symbol="F.US.MESM25", Quantity=0),
        position(RequestID=talk.positions, TotalNumberMessages=2, MessageNumber=2, Symbol="NQZ26-CME", Quantity=-1),
    ]
    (listed,) = talk.hear(*rows)
    assert listed == PositionsListed(ACCOUNT, (reported(0, "MESM25"), reported(-1, "NQZ26")), NOW)
    assert [asked.Symbol for asked in talk.asked(dtc.SecurityDefinitionForSymbolRequest)] == ["NQZ26-CME"]


def test_one_bad_row_makes_the_whole_listing_unknown() -> None:
    talk = Asked()
    rows = [
        position(RequestID=talk.positions, TotalNumberMessages=2),
        position(RequestID=talk.positions, TotalNumberMessages=2, MessageNumber=2, Quantity=None),
    ]
    refused, unknown = talk.hear(*rows)
    assert isinstance(refused, InputRefused)
    assert isinstance(unknown, PositionsUnavailable)


def test_a_position_nobody_asked_for_is_reported() -> None:
    talk = Asked()
    assert talk.hear(position(Unsolicited=1)) == [reported(1)]
    assert talk.hear(position(Unsolicited=1, RequestID=talk.positions, Quantity=0)) == [reported(0)]
    assert talk.hear(position(RequestID=77)) == [reported(1)]


def test_a_late_answer_is_still_heard() -> None:
    talk = Asked()
    talk.wait(5.1)
    assert talk.hear(position(RequestID=talk.positions)) == [reported(1)]


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
