"""The manners of Sierra's that the exchange can take on: what a client gets with each of them, and without."""

from typing import Any

import pytest

from core.errors import CommandRefused, ConfigError
from core.values import Mode, Side
from data.dtc import messages
from data.dtc.enums import OrderType
from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from data.practice.quirks.names import QuirkName
from data.practice.quirks.table import QUIRKS
from data.practice.trader import nobody
from tests.practice_talk import START_US, SYMBOL, Received, Talk, types


def talk_with(*quirks: str, partial_fill_chance: float = 0.0) -> Talk:
    talk = Talk(nobody, *quirks, partial_fill_chance=partial_fill_chance)
    talk.log_on()
    return talk


def positions(talk: Talk, account: str = SIM_ACCOUNT) -> list[Received]:
    return talk.say(messages.CurrentPositionsRequest(RequestID=5, TradeAccount=account))


def fills(talk: Talk, account: str = SIM_ACCOUNT) -> list[Received]:
    return talk.say(messages.HistoricalOrderFillsRequest(RequestID=6, TradeAccount=account, NumberOfDays=1))


def open_orders(talk: Talk, account: str = SIM_ACCOUNT) -> list[Received]:
    return talk.say(messages.OpenOrdersRequest(RequestID=7, TradeAccount=account))


def accounts(talk: Talk) -> list[str]:
    return [row["TradeAccount"] for row in talk.say(messages.TradeAccountsRequest(RequestID=8))]


def told_fills(heard: list[Received]) -> list[Received]:
    return [message for message in heard if message.get("LastFillExecutionID")]


def numbers(rows: list[Received], total: str = "TotalNumberMessages") -> list[tuple[int, int]]:
    return [(row["MessageNumber"], row[total]) for row in rows]


def test_every_name_has_its_quirk_and_every_quirk_says_what_it_copies() -> None:
    assert set(QUIRKS) == set(QuirkName)
    assert all(make().__class__.__doc__ for make in QUIRKS.values())


def test_an_unknown_quirk_is_refused_and_those_there_are_are_named() -> None:
    with pytest.raises(ConfigError, match=r"no quirk 'rude'.*no-positions"):
        Talk(nobody, "rude")
    with pytest.raises(CommandRefused, match="no quirk 'rude'"):
        talk_with().floor.manners.switch("rude", on=True)


def test_without_a_quirk_a_fill_is_told_once_and_its_position_at_once() -> None:
    talk = talk_with()
    assert types(talk.trade(SIM_ACCOUNT, Side.BUY, 2)) == [301, 301, 301, 306, 600]
    (held,) = positions(talk)
    assert (held["Type"], held["Quantity"]) == (306, 2)


def test_no_positions_refuses_the_question_and_tells_none_unasked() -> None:
    talk = talk_with("no-positions")
    assert types(talk.trade(SIM_ACCOUNT, Side.BUY, 2)) == [301, 301, 301, 600]
    (refused,) = positions(talk)
    assert (refused["Type"], refused["RequestID"]) == (307, 5)
    assert "Trade Simulation Mode" in refused["RejectText"]


def test_silent_leaves_four_questions_without_an_answer_and_goes_on_with_the_rest() -> None:
    talk = talk_with("silent")
    assert positions(talk) == fills(talk) == open_orders(talk) == []
    assert talk.say(messages.AccountBalanceRequest(RequestID=9)) == []
    assert accounts(talk) == [SIM_ACCOUNT, LIVE_ACCOUNT]
    assert types(talk.trade(SIM_ACCOUNT, Side.BUY, 1)) == [301, 301, 301, 306, 600]
    assert types(talk.say(messages.MarketDataRequest(SymbolID=1, Symbol=SYMBOL))) == [104]


def test_a_question_that_is_not_answered_while_silent_is_answered_after() -> None:
    talk = talk_with("silent")
    talk.floor.manners.switch("silent", on=False)
    assert types(positions(talk)) == [306]


def test_duplicate_fills_come_again_at_once_and_behind_what_follows() -> None:
    talk = talk_with("duplicate-fills")
    heard = talk.trade(SIM_ACCOUNT, Side.BUY, 3, 1, 2)
    first, second = dict.fromkeys(fill["LastFillExecutionID"] for fill in told_fills(heard))
    told = [message.get("LastFillExecutionID") or message["Type"] for message in heard]
    assert told == [301, 301, first, first, second, first, second, 306, second, 600]


def test_position_lag_tells_positions_a_second_and_a_half_after_the_fill() -> None:
    talk = talk_with("position-lag")
    talk.trade(SIM_ACCOUNT, Side.BUY, 1)
    assert [row["Quantity"] for row in talk.wait(1.5)] == [1]
    assert 306 not in types(talk.trade(SIM_ACCOUNT, Side.BUY, 2))
    assert talk.wait(1.0) == []
    assert [row["Quantity"] for row in positions(talk)] == [1]
    assert talk.floor.manners.due_at() == 3.0
    (late,) = talk.wait(0.5)
    assert (late["Type"], late["Quantity"], late["Unsolicited"]) == (306, 3, 1)
    assert [row["Quantity"] for row in positions(talk)] == [3]
    assert talk.floor.manners.due_at() is None


def test_switching_position_lag_off_tells_what_it_held_back() -> None:
    talk = talk_with("position-lag")
    talk.trade(SIM_ACCOUNT, Side.SELL, 1)
    talk.floor.tell(talk.floor.manners.switch("position-lag", on=False))
    assert [row["Quantity"] for row in talk.heard()] == [-1]
    assert [row["Quantity"] for row in positions(talk)] == [-1]


def test_phantom_contract_lists_an_expired_contract_beside_what_is_held() -> None:
    talk = talk_with("phantom-contract")
    (alone,) = positions(talk)
    assert (alone["Symbol"], alone["Quantity"], alone["AveragePrice"]) == ("MESM25-CME", 1, 5996.5)
    assert (alone["NoPositions"], alone["TradeAccount"]) == (0, SIM_ACCOUNT)
    talk.trade(SIM_ACCOUNT, Side.BUY, 2)
    rows = positions(talk)
    assert [row["Symbol"] for row in rows] == [SYMBOL, "MESM25-CME"]
    assert numbers(rows) == [(1, 2), (2, 2)]


def test_flat_old_contracts_are_rows_of_no_quantity() -> None:
    rows = positions(talk_with("flat-old-contracts"), LIVE_ACCOUNT)
    assert [(row["Symbol"], row["Quantity"], row["NoPositions"]) for row in rows] == [
        ("MESU25-CME", 0, 0),
        ("MESZ25-CME", 0, 0),
    ]
    assert numbers(rows) == [(1, 2), (2, 2)]
    (none,) = positions(talk_with())
    assert none["NoPositions"] == 1


def test_an_extra_row_without_an_order_ends_the_open_orders() -> None:
    talk = talk_with("extra-open-order-row")
    talk.order(OrderType.LIMIT, Side.BUY, 1, 5000.0)
    order, extra = open_orders(talk)
    assert order["ServerOrderID"]
    assert (extra["Type"], extra["ServerOrderID"], extra["OrderUpdateReason"], extra["NoOrders"]) == (301, "", 1, 0)
    assert extra["RequestID"] == order["RequestID"] == 7
    plain = talk_with()
    plain.order(OrderType.LIMIT, Side.BUY, 1, 5000.0)
    assert len(open_orders(plain)) == 1


def test_refuse_history_rejects_the_question_for_fills_only() -> None:
    talk = talk_with("refuse-history")
    talk.trade(SIM_ACCOUNT, Side.BUY, 1)
    (refused,) = fills(talk)
    assert (refused["Type"], refused["RequestID"]) == (308, 6)
    assert types(positions(talk)) == [306]


def test_ids_differ_in_history_from_those_told_live_but_stay_the_same() -> None:
    talk = talk_with("ids-differ-in-history")
    (live,) = told_fills(talk.trade(SIM_ACCOUNT, Side.BUY, 1))
    (listed,) = fills(talk)
    assert listed["UniqueExecutionID"] != live["LastFillExecutionID"]
    assert listed["ServerOrderID"] == live["ServerOrderID"]
    assert fills(talk) == [listed]


def test_ids_restart_with_each_start_of_the_exchange() -> None:
    def ids(*quirks: str) -> list[tuple[str, str]]:
        told = told_fills(talk_with(*quirks).trade(SIM_ACCOUNT, Side.BUY, 1))
        return [(fill["ServerOrderID"], fill["LastFillExecutionID"]) for fill in told]

    assert ids("ids-restart") == ids("ids-restart") == [("1", "E1")]
    assert ids() != ids()


def test_ids_that_restart_never_meet_an_order_at_work() -> None:
    talk = talk_with("ids-restart")
    talk.order(OrderType.LIMIT, Side.BUY, 1, 5000.0)
    talk.floor.manners.switch("ids-restart", on=False)
    talk.exchange.ids._order_count = 0
    talk.floor.manners.switch("ids-restart", on=True)
    talk.order(OrderType.LIMIT, Side.BUY, 1, 5000.0)
    assert [row["ServerOrderID"] for row in open_orders(talk)] == ["1", "2"]


def test_history_starts_mid_position_and_the_running_quantity_shows_it() -> None:
    talk = talk_with("history-starts-mid-position")
    for side, qty in ((Side.BUY, 1), (Side.SELL, 1), (Side.SELL, 2), (Side.SELL, 1), (Side.BUY, 1)):
        talk.trade(SIM_ACCOUNT, side, qty)
    rows = fills(talk)
    assert [(row["Quantity"], row["PositionQuantity"]) for row in rows] == [(1, -3), (1, -2)]
    assert numbers(rows) == [(1, 2), (2, 2)]


def test_history_that_starts_mid_position_may_hold_nothing_at_all() -> None:
    talk = talk_with("history-starts-mid-position")
    talk.trade(SIM_ACCOUNT, Side.BUY, 1)
    (none,) = fills(talk)
    assert (none["NoOrderFills"], none["TotalNumberMessages"]) == (1, 1)
    assert len(fills_without_quirk()) == 1


def fills_without_quirk() -> list[Received]:
    talk = talk_with()
    talk.trade(SIM_ACCOUNT, Side.BUY, 1)
    return fills(talk)


def test_whole_second_fills_lose_what_is_behind_the_second() -> None:
    (coarse,) = told_fills(talk_with("whole-second-fills").trade(SIM_ACCOUNT, Side.BUY, 1))
    (fine,) = told_fills(talk_with().trade(SIM_ACCOUNT, Side.BUY, 1))
    assert (coarse["LastFillDateTime"], fine["LastFillDateTime"]) == (START_US // 1_000_000, START_US)


@pytest.mark.parametrize(
    ("shown", "hidden", "text"),
    [
        (
            SIM_ACCOUNT,
            LIVE_ACCOUNT,
            "Non-simulated Trade Account (PRACTICE-1) cannot be used with Trade Simulation Mode",
        ),
        (
            LIVE_ACCOUNT,
            SIM_ACCOUNT,
            "Simulated Trade Account (Sim1) cannot be used when Trade Simulation Mode is disabled",
        ),
    ],
)
def test_hides_other_mode_lists_one_side_and_refuses_all_about_the_other(shown: str, hidden: str, text: str) -> None:
    talk = talk_with("hides-other-mode")
    if shown == LIVE_ACCOUNT:
        talk.floor.manners.show(Mode.LIVE)
    assert accounts(talk) == [shown]
    assert types(positions(talk, shown)) == [306]
    balance = messages.AccountBalanceRequest(TradeAccount=hidden)
    refused = [*positions(talk, hidden), *fills(talk, hidden), *open_orders(talk, hidden), *talk.say(balance)]
    assert types(refused) == [307, 308, 302, 602]
    assert {row["RejectText"] for row in refused} == {text}
    (order,) = talk.buy(1, TradeAccount=hidden)
    assert (order["OrderUpdateReason"], order["InfoText"]) == (8, text)


def test_what_happens_in_a_hidden_account_is_not_told() -> None:
    talk = talk_with("hides-other-mode")
    assert talk.trade(LIVE_ACCOUNT, Side.BUY, 1) == []
    assert types(talk.trade(SIM_ACCOUNT, Side.BUY, 1)) == [301, 301, 301, 306, 600]
    everything = talk.say(messages.CurrentPositionsRequest(RequestID=1))
    assert [(row["TradeAccount"], row["TotalNumberMessages"]) for row in everything] == [(SIM_ACCOUNT, 1)]
    balances = talk.say(messages.AccountBalanceRequest(RequestID=1))
    assert [row["TradeAccount"] for row in balances] == [SIM_ACCOUNT]


def test_with_no_quirk_both_modes_are_there() -> None:
    talk = talk_with()
    assert accounts(talk) == [SIM_ACCOUNT, LIVE_ACCOUNT]
    assert types([*positions(talk, SIM_ACCOUNT), *positions(talk, LIVE_ACCOUNT)]) == [306, 306]


def test_quirks_combine_and_who_refuses_wins() -> None:
    talk = talk_with("phantom-contract", "flat-old-contracts", "duplicate-fills", "whole-second-fills")
    assert [row["Symbol"] for row in positions(talk)] == ["MESU25-CME", "MESZ25-CME", "MESM25-CME"]
    seconds: set[Any] = {fill["LastFillDateTime"] for fill in told_fills(talk.trade(SIM_ACCOUNT, Side.BUY, 1))}
    assert seconds == {START_US // 1_000_000}
    talk.floor.manners.switch("no-positions", on=True)
    assert types(positions(talk)) == [307]
    talk.floor.manners.switch("silent", on=True)
    assert positions(talk) == []


@pytest.mark.parametrize("name", QuirkName)
def test_an_unknown_account_is_refused_as_ever(name: QuirkName) -> None:
    assert types(positions(talk_with(name), "Sim9")) == ([] if name is QuirkName.SILENT else [307])
