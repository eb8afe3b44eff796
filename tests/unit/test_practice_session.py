"""One client's talk with the exchange: bytes in, messages out, no socket."""

from typing import Any

import pytest

from core.errors import ProtocolViolation
from core.values import Side
from data.dtc import handshake, messages, order_requests
from data.dtc.codec import encode
from data.dtc.enums import Encoding
from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from data.practice.trader import follow_script
from tests.practice_talk import START_US, SYMBOL, Talk, types


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.log_on()
    return talk


def test_logon_names_the_exchange_and_defines_what_it_trades() -> None:
    welcome, definition = Talk().log_on()
    assert (welcome["ServerName"], welcome["Result"]) == ("Heatline Practice", 1)
    assert welcome["MarketDataSupported"] == welcome["TradingIsSupported"] == 1
    assert welcome["SecurityDefinitionsSupported"] == 1
    assert (definition["Type"], definition["RequestID"], definition["Symbol"]) == (507, 0, SYMBOL)


def test_a_binary_encoding_request_is_answered_in_binary_and_json_follows() -> None:
    talk = Talk()
    asked = handshake.encode_request(Encoding.JSON) + encode(messages.LogonRequest())
    for byte in asked:  # the stream may be cut anywhere
        talk.session.receive(bytes([byte]), now=0.0)
    assert talk.session.out.startswith(handshake.encode_response(Encoding.JSON))
    del talk.session.out[: handshake.SIZE]
    assert types(talk.heard()) == [2, 507]


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 40, b"{nonsense\0", b'{"a":1}\0'])
def test_garbage_ends_the_talk(garbage: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        Talk().session.receive(garbage, now=0.0)


def test_nothing_is_answered_before_logon() -> None:
    assert Talk().say(messages.TradeAccountsRequest(RequestID=1), messages.Heartbeat()) == []


@pytest.mark.says
def test_unknown_messages_and_unreadable_fields_are_ignored(talk: Talk) -> None:
    talk.session.receive(b'{"Type":9999,"x":1}\0{"Type":400,"RequestID":"what"}\0{"Type":102}\0', now=0.0)
    assert talk.heard() == []


def test_every_account_is_listed(talk: Talk) -> None:
    heard = talk.say(messages.TradeAccountsRequest(RequestID=4))
    assert [(row["TradeAccount"], row["MessageNumber"], row["TotalNumberMessages"]) for row in heard] == [
        (SIM_ACCOUNT, 1, 2),
        (LIVE_ACCOUNT, 2, 2),
    ]
    assert {row["RequestID"] for row in heard} == {4}


def test_no_open_orders_no_fills_and_no_positions_are_said_by_one_row_each(talk: Talk) -> None:
    orders, fills, positions = talk.say(
        messages.OpenOrdersRequest(RequestID=1),
        messages.HistoricalOrderFillsRequest(RequestID=2, TradeAccount=SIM_ACCOUNT, NumberOfDays=5),
        messages.CurrentPositionsRequest(RequestID=3),
    )
    assert (orders["Type"], orders["NoOrders"], orders["OrderUpdateReason"], orders["RequestID"]) == (301, 1, 1, 1)
    assert (fills["Type"], fills["NoOrderFills"], fills["TotalNumberMessages"], fills["RequestID"]) == (304, 1, 1, 2)
    assert (positions["Type"], positions["NoPositions"], positions["MessageNumber"]) == (306, 1, 1)


@pytest.mark.parametrize(
    ("request_fields", "reason"),
    [
        ({"NumberOfDays": 5}, "TradeAccount is not set"),
        ({"TradeAccount": SIM_ACCOUNT}, "NumberOfDays and StartDateTime are both 0"),
        ({"TradeAccount": "Sim9", "NumberOfDays": 5}, "There is no account Sim9"),
    ],
)
def test_a_question_for_fills_that_lacks_something_is_refused(
    talk: Talk, request_fields: dict[str, Any], reason: str
) -> None:
    (refused,) = talk.say(messages.HistoricalOrderFillsRequest(RequestID=7, **request_fields))
    assert (refused["Type"], refused["RequestID"], refused["RejectText"]) == (308, 7, reason)


def test_a_definition_gives_tick_and_tick_value_and_an_unknown_symbol_an_empty_one(talk: Talk) -> None:
    known, unknown = talk.say(
        messages.SecurityDefinitionForSymbolRequest(RequestID=1, Symbol=SYMBOL),
        messages.SecurityDefinitionForSymbolRequest(RequestID=2, Symbol="CLZ26"),
    )
    assert (known["MinPriceIncrement"], known["CurrencyValuePerIncrement"], known["Currency"]) == (0.25, 1.25, "USD")
    assert (known["SecurityType"], known["IsFinalMessage"], known["DisplayPriceMultiplier"]) == (1, 1, 1)
    assert (unknown["SecurityType"], unknown["Description"], unknown["RequestID"]) == (0, "", 2)


def test_a_market_order_is_accepted_opened_filled_and_changes_position_and_balance(talk: Talk) -> None:
    accepted, opened, filled, position, balance = talk.buy(2)
    assert [(m["OrderStatus"], m["OrderUpdateReason"]) for m in (accepted, opened, filled)] == [(2, 2), (4, 3), (7, 4)]
    assert (accepted["ClientOrderID"], accepted["LastFillQuantity"], accepted["FilledQuantity"]) == ("mine", None, 0)
    assert (filled["LastFillPrice"], filled["LastFillQuantity"], filled["FilledQuantity"]) == (5050.25, 2, 2)
    assert (filled["RemainingQuantity"], filled["LastFillDateTime"]) == (0, START_US)
    assert (position["Type"], position["Unsolicited"], position["Quantity"], position["AveragePrice"]) == (
        306,
        1,
        2,
        5050.25,
    )
    assert (balance["Type"], balance["Unsolicited"], balance["CashBalance"]) == (600, 1, 49_998.76)
    assert {(m["RequestID"], m.get("MessageNumber")) for m in (accepted, filled, position, balance)} == {(0, 1)}


def test_a_partial_fill_leaves_a_rest_that_the_last_fill_takes() -> None:
    talk = Talk(partial_fill_chance=1.0)
    talk.log_on()
    part, last = talk.buy(3)[2:4]
    assert [(m["OrderStatus"], m["OrderUpdateReason"]) for m in (part, last)] == [(10, 5), (7, 4)]
    assert part["LastFillQuantity"] + last["LastFillQuantity"] == last["FilledQuantity"] == 3
    assert part["RemainingQuantity"] == last["LastFillQuantity"]
    assert part["LastFillExecutionID"] != last["LastFillExecutionID"]
    assert part["ServerOrderID"] == last["ServerOrderID"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"OrderType": 5, "Price1": 5000.0}, "market, limit, stop and stop-limit orders only"),
        ({"OrderType": 2}, "The price of a limit order is not set"),
        ({"OrderType": 3, "Price1": 5000.1}, "no multiple of the tick 0.25"),
        ({"OrderType": 4, "Price1": 5000.0}, "The limit of a stop-limit order is not set"),
        ({"OrderType": 2, "Price1": -5000.0}, "-5000"),
        ({"Symbol": "CLZ26"}, "CLZ26 is not traded here"),
        ({"TradeAccount": ""}, "TradeAccount is not set"),
        ({"TradeAccount": "Sim9"}, "no account Sim9"),
        ({"BuySell": 0}, "BuySell is not set"),
        ({"Quantity": None}, "Quantity"),
        ({"Quantity": 0.5}, "Quantity"),
        ({"Quantity": 1.7976931348623157e308}, "Quantity"),
    ],
)
def test_an_order_that_cannot_be_executed_is_rejected_with_the_reason(
    talk: Talk, fields: dict[str, Any], reason: str
) -> None:
    (rejected,) = talk.buy(**{"qty": 1, **fields}) if "Quantity" not in fields else talk.buy(0, **fields)
    assert (rejected["OrderStatus"], rejected["OrderUpdateReason"], rejected["ClientOrderID"]) == (9, 8, "mine")
    assert reason in rejected["InfoText"]
    assert talk.exchange.books.accounts[SIM_ACCOUNT].fills == []


def test_flattening_takes_away_what_is_held_and_nothing_more(talk: Talk) -> None:
    talk.buy(3)
    flatten = order_requests.SubmitFlattenPositionOrder(Symbol=SYMBOL, TradeAccount=SIM_ACCOUNT)
    position = talk.say(flatten)[-2]
    assert (position["Quantity"], position["AveragePrice"], position["NoPositions"]) == (0, 0, 0)
    (rejected,) = talk.say(flatten)
    assert rejected["OrderUpdateReason"] == 8


def test_fills_are_listed_oldest_first_with_the_same_ids_as_live(talk: Talk) -> None:
    live = [m for m in talk.buy(2) + talk.buy(1, BuySell=2) if m.get("LastFillExecutionID")]
    rows = talk.say(messages.HistoricalOrderFillsRequest(RequestID=2, TradeAccount=SIM_ACCOUNT, NumberOfDays=1))
    assert [row["UniqueExecutionID"] for row in rows] == [m["LastFillExecutionID"] for m in live]
    assert [row["DateTime"] for row in rows] == [m["LastFillDateTime"] for m in live]
    assert [row["ServerOrderID"] for row in rows] == [m["ServerOrderID"] for m in live]
    assert [(row["BuySell"], row["Quantity"], row["PositionQuantity"]) for row in rows] == [(1, 2, 2), (2, 1, 1)]
    assert [(row["MessageNumber"], row["TotalNumberMessages"]) for row in rows] == [(1, 2), (2, 2)]


@pytest.mark.parametrize("unit", [1_000_000, 1000, 1])
def test_a_start_time_counts_in_seconds_milliseconds_or_microseconds(talk: Talk, unit: int) -> None:
    talk.buy(1)
    before, after = START_US // unit, START_US // unit + 1
    asked = [
        messages.HistoricalOrderFillsRequest(TradeAccount=SIM_ACCOUNT, StartDateTime=start) for start in (before, after)
    ]
    assert [row["NoOrderFills"] for row in talk.say(*asked)] == [0, 1]


def test_positions_list_flat_symbols_and_only_the_account_asked_for(talk: Talk) -> None:
    talk.buy(1)
    talk.buy(1, BuySell=2)
    talk.buy(2, TradeAccount=LIVE_ACCOUNT)
    both = talk.say(messages.CurrentPositionsRequest(RequestID=1))
    assert [(row["TradeAccount"], row["Quantity"]) for row in both] == [(SIM_ACCOUNT, 0), (LIVE_ACCOUNT, 2)]
    (sim,) = talk.say(messages.CurrentPositionsRequest(RequestID=2, TradeAccount=SIM_ACCOUNT))
    assert (sim["Quantity"], sim["NoPositions"], sim["Unsolicited"]) == (0, 0, 0)


def test_balances_of_all_accounts_are_answered(talk: Talk) -> None:
    rows = talk.say(messages.AccountBalanceRequest(RequestID=9))
    assert [(row["TradeAccount"], row["CashBalance"], row["AccountCurrency"]) for row in rows] == [
        (SIM_ACCOUNT, 50_000, "USD"),
        (LIVE_ACCOUNT, 50_000, "USD"),
    ]


def test_a_question_about_an_unknown_account_is_refused_in_its_own_way(talk: Talk) -> None:
    heard = talk.say(
        messages.OpenOrdersRequest(TradeAccount="Sim9"),
        messages.CurrentPositionsRequest(TradeAccount="Sim9"),
        messages.AccountBalanceRequest(TradeAccount="Sim9"),
    )
    assert types(heard) == [302, 307, 602]


def test_a_subscription_begins_with_a_snapshot_and_goes_on_tick_by_tick(talk: Talk) -> None:
    (snapshot,) = talk.say(messages.MarketDataRequest(SymbolID=5, Symbol=SYMBOL))
    assert (snapshot["Type"], snapshot["SymbolID"], snapshot["BidPrice"], snapshot["AskPrice"]) == (
        104,
        5,
        5050.0,
        5050.25,
    )
    for _ in range(3):
        talk.floor.publish_next(0.0)
    first, quote, second, third = talk.heard()
    assert types([first, quote, second, third]) == [107, 108, 107, 107]
    assert (first["Price"], first["Volume"], first["AtBidOrAsk"], first["SymbolID"]) == (5050.0, 1, 1, 5)
    assert (quote["BidPrice"], quote["AskPrice"]) == (5050.25, 5050.5)
    assert round(third["DateTime"] * 1e6) == START_US + 2


def test_unsubscribing_ends_the_ticks_and_an_unknown_symbol_is_refused(talk: Talk) -> None:
    (refused,) = talk.say(messages.MarketDataRequest(SymbolID=6, Symbol="CLZ26"))
    assert (refused["Type"], refused["SymbolID"]) == (103, 6)
    talk.say(messages.MarketDataRequest(SymbolID=5, Symbol=SYMBOL))
    talk.say(messages.MarketDataRequest(RequestAction=2, SymbolID=5))
    talk.floor.publish_next(0.0)
    assert talk.heard() == []


def test_a_fill_is_told_after_the_tick_it_met_and_before_the_next() -> None:
    talk = Talk(follow_script(SYMBOL, [(1, SIM_ACCOUNT, Side.BUY, 1)]))
    talk.log_on()
    talk.say(messages.MarketDataRequest(SymbolID=1, Symbol=SYMBOL))
    for _ in range(3):
        talk.floor.publish_next(0.0)
    heard = talk.heard()
    assert types(heard) == [107, 108, 107, 301, 301, 301, 306, 600, 107]
    assert heard[5]["LastFillPrice"] == heard[1]["AskPrice"]
    assert heard[5]["LastFillDateTime"] == round(heard[2]["DateTime"] * 1e6)


def test_heartbeats_go_out_at_the_clients_interval_and_a_silent_client_is_dropped() -> None:
    talk = Talk()
    talk.log_on(interval=5)
    for now, due in ((4.9, []), (5.0, [3]), (9.0, []), (10.0, [3])):
        talk.session.keep_alive(now)
        assert types(talk.heard()) == due
    talk.session.keep_alive(10.1)
    assert talk.session.ended


def test_any_byte_from_the_client_is_a_sign_of_life() -> None:
    talk = Talk()
    talk.log_on(interval=5)
    talk.session.receive(b"{", now=9.0)
    talk.session.keep_alive(18.0)
    assert not talk.session.ended


def test_a_client_who_logs_off_is_let_go(talk: Talk) -> None:
    talk.say(messages.Logoff())
    assert talk.session.ended


def test_before_the_first_subscription_the_market_waits(talk: Talk) -> None:
    assert talk.floor.due_at() is None
    talk.say(messages.MarketDataRequest(SymbolID=1, Symbol=SYMBOL))
    assert talk.floor.due_at() == 0.0
