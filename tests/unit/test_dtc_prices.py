"""Prices: on the scale a trader knows, before anything is booked, and cheap."""

from decimal import Decimal
from typing import Any

import pytest

from core.facts import AccountsListed, ContractDefined, Fill, FillsListed, PositionReported, PricesSeen
from core.heat import TickRun
from core.values import PriceRange
from data.dtc import market
from data.dtc import messages as dtc
from data.dtc.market import PricesBegan, PricesRefused, Traded
from data.dtc.price_ranges import PriceRanges
from tests.dtc_talk import ACCOUNT, NOW, SYMBOL, Talk, definition, filled, notices, past_fill

AT = 1_789_483_092.25
HUNDREDTH = 0.009999999776482582


def watching(**fields: Any) -> Talk:
    """A session that watches one symbol, defined as given."""
    talk = Talk().log_on()
    talk.session.watch(SYMBOL)
    talk.define(**fields)
    talk.said()
    return talk


def trade(price: Any, symbol_id: int = 1) -> dtc.MarketDataUpdateTrade:
    return dtc.MarketDataUpdateTrade(SymbolID=symbol_id, Price=price, DateTime=AT)


def prices(events: list[Any]) -> list[float | Decimal | None]:
    return [event.price for event in events if isinstance(event, Traded | Fill)]


def test_a_symbol_is_asked_for_once_and_its_trades_when_it_is_defined() -> None:
    talk = Talk().log_on()
    talk.said()
    for _ in range(3):
        talk.session.watch(SYMBOL)
    assert talk.said() == [dtc.SecurityDefinitionForSymbolRequest(RequestID=2, Symbol=SYMBOL)]
    (defined,) = talk.hear(definition(RequestID=2))
    assert isinstance(defined, ContractDefined)
    assert talk.said() == [dtc.MarketDataRequest(RequestAction=1, SymbolID=1, Symbol=SYMBOL)]
    talk.hear(definition(RequestID=110_000_000))
    assert talk.said() == []


def test_nothing_is_watched_before_the_logon() -> None:
    talk = Talk()
    talk.session.watch(SYMBOL)
    assert talk.said() == []


def test_a_definition_nobody_asked_for_means_to_be_watched() -> None:
    talk = Talk().log_on()
    talk.said()
    talk.hear(definition())
    assert talk.said() == [dtc.MarketDataRequest(RequestAction=1, SymbolID=1, Symbol=SYMBOL)]


def test_an_unknown_symbol_is_asked_for_all_the_same() -> None:
    talk = Talk().log_on()
    talk.session.watch("WHAT")
    talk.said()
    assert talk.define("WHAT", SecurityType=0) == []
    assert len(talk.asked(dtc.MarketDataRequest)) == 1


@pytest.mark.parametrize("kind", [dtc.MarketDataUpdateTrade, dtc.MarketDataUpdateTradeWithUnbundledIndicator])
def test_a_trade_has_symbol_price_and_the_venues_time(kind: type[dtc.Message]) -> None:
    message = kind(SymbolID=1, Price=5050.25, DateTime=AT)
    assert watching().hear(message) == [PricesBegan("MESZ26"), Traded("MESZ26", 5050.25, 1_789_483_092_250_000)]


def test_a_trade_without_time_happened_now() -> None:
    _began, seen = watching().hear(dtc.MarketDataUpdateTrade(SymbolID=1, Price=1))
    assert isinstance(seen, Traded)
    assert seen.at_us == NOW.timestamp() * 1e6


@pytest.mark.parametrize("message", [trade(None), trade(1.7976931348623157e308), trade(5050, 2), trade(5050, 0)])
def test_a_trade_without_price_or_of_an_unknown_number_is_none(message: dtc.Message) -> None:
    assert watching().hear(message) == []


def test_prices_on_the_wire_scale_become_those_a_trader_knows() -> None:
    talk = watching(DisplayPriceMultiplier=HUNDREDTH)
    assert prices(talk.hear(trade(282_829), filled(LastFillPrice=282_825))) == [2828.29, Decimal("2828.25")]


@pytest.mark.parametrize(
    ("tick", "wire", "price"),
    [
        (0.25, 5050.25, 5050.25),
        (0.009999999776482582, 72.30999755859375, 72.31),
        (0.015625, 110.015625, 110.015625),
        (None, 72.30999755859375, 72.31),
    ],
)
def test_a_float32_price_lies_on_the_tick_grid(tick: float | None, wire: float, price: float) -> None:
    talk = watching(MinPriceIncrement=tick)
    assert prices(talk.hear(dtc.MarketDataUpdateTradeCompact(SymbolID=1, Price=wire, DateTime=int(AT)))) == [price]
    assert prices(talk.hear(dtc.MarketDataUpdateTradeCompact(SymbolID=1, Price=3.4028234663852886e38))) == []


def test_a_refused_subscription_is_told_once_and_by_name() -> None:
    told = watching().hear(dtc.MarketDataReject(SymbolID=1, RejectText="Market data request not allowed"))
    assert told == [PricesRefused("MESZ26", "Market data request not allowed")]


def test_a_fill_waits_for_the_scale_and_all_behind_it_waits_too() -> None:
    talk = Talk().log_on()
    position = dtc.PositionUpdate(Symbol=SYMBOL, TradeAccount=ACCOUNT, Quantity=2, Unsolicited=1)
    account = dtc.TradeAccountResponse(RequestID=1, TradeAccount=ACCOUNT)
    assert talk.hear(filled(LastFillPrice=505_025), position, account) == []
    contract, fill, reported, accounts = talk.define(DisplayPriceMultiplier=HUNDREDTH)
    assert isinstance(contract, ContractDefined)
    assert isinstance(fill, Fill)
    assert fill.price == Decimal("5050.25")
    assert isinstance(reported, PositionReported)
    assert accounts == AccountsListed((ACCOUNT,))


def test_several_symbols_are_asked_for_at_once_and_their_fills_keep_their_order() -> None:
    talk = Talk().log_on()
    talk.said()
    talk.hear(filled(), filled(Symbol="NQZ26-CME", LastFillExecutionID="E2"), filled(LastFillExecutionID="E3"))
    assert len(talk.asked(dtc.SecurityDefinitionForSymbolRequest)) == 2
    assert talk.define("NQZ26-CME")[1:] == []
    assert [event.execution_id for event in talk.define() if isinstance(event, Fill)] == ["E1", "E2", "E3"]


@pytest.mark.parametrize("refused", [True, False])
def test_a_definition_that_never_comes_holds_a_fill_no_longer_than_the_deadline(refused: bool) -> None:  # noqa: FBT001
    talk = Talk().log_on()
    talk.said()
    talk.hear(filled())
    (asked,) = talk.asked(dtc.SecurityDefinitionForSymbolRequest)
    if refused:
        events = talk.hear(dtc.SecurityDefinitionReject(RequestID=asked.RequestID, RejectText="no"))
    else:
        assert talk.wait(4.9) == []
        events = talk.wait(0.2)
    assert prices(events) == [Decimal("5050.25")]
    assert "MESZ26-CME" in notices(events)[0]


def test_an_answer_that_is_held_is_not_overdue() -> None:
    talk = Talk().log_on()
    fills, *_ = talk.list_accounts()
    assert isinstance(fills, dtc.HistoricalOrderFillsRequest)
    talk.wait(3)
    talk.hear(past_fill(RequestID=fills.RequestID, Price=505_025))
    assert talk.wait(4) == []
    (listed,) = (e for e in talk.define(DisplayPriceMultiplier=HUNDREDTH) if isinstance(e, FillsListed))
    assert prices(list(listed.fills)) == [Decimal("5050.25")]


def test_a_server_that_names_symbols_without_end_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "_MOST_SYMBOLS", 3)
    talk = Talk().log_on()
    for number in range(10):
        talk.define(f"X{number}")
    assert len(talk.asked(dtc.MarketDataRequest)) == 3
    assert prices(talk.hear(filled(Symbol="X9"))) == [Decimal("5050.25")]


def test_the_lowest_and_highest_are_kept_until_handed_on() -> None:
    ranges = PriceRanges()
    for at_us, price in enumerate((5050.0, 5049.75, 5049.75, 5051.25, 5050.5, 5050.5)):
        ranges.note(Traded("MESZ26", price, at_us))
    ranges.note(Traded("CLZ26", -37.63, 9))
    course = TickRun((5050.0, 5049.75, 5051.25, 5050.5, 5050.5), (0, 1, 3, 4, 5))
    assert [seen for seen, _ in ranges.drain()] == [
        PricesSeen("MESZ26", PriceRange(Decimal("5049.75"), Decimal("5051.25")), course),
        PricesSeen("CLZ26", PriceRange.at(Decimal("-37.63")), TickRun((-37.63,), (9,))),
    ]
    assert not ranges
    assert list(ranges.drain()) == []
