"""Prices as messages, under the number the client chose for its subscription."""

from core.values import Side
from data.dtc.enums import AtBidOrAsk
from data.dtc.messages import MarketDataSnapshot, MarketDataUpdateBidAsk, MarketDataUpdateTrade
from data.feeds.tick import Tick
from data.practice.reports import seconds

_HIT = {Side.BUY: AtBidOrAsk.AT_ASK, Side.SELL: AtBidOrAsk.AT_BID, None: AtBidOrAsk.UNSET}


def snapshot(symbol_id: int, tick: Tick) -> MarketDataSnapshot:
    return MarketDataSnapshot(
        SymbolID=symbol_id,
        BidPrice=tick.bid,
        AskPrice=tick.ask,
        LastTradePrice=tick.price,
        LastTradeVolume=float(tick.size),
        LastTradeDateTime=seconds(tick.at_us),
        BidAskDateTime=seconds(tick.at_us),
    )


def quote_update(symbol_id: int, tick: Tick) -> MarketDataUpdateBidAsk:
    return MarketDataUpdateBidAsk(
        SymbolID=symbol_id, BidPrice=tick.bid, AskPrice=tick.ask, DateTime=seconds(tick.at_us)
    )


def trade_update(symbol_id: int, tick: Tick) -> MarketDataUpdateTrade:
    return MarketDataUpdateTrade(
        SymbolID=symbol_id,
        AtBidOrAsk=_HIT[tick.aggressor],
        Price=tick.price,
        Volume=float(tick.size),
        DateTime=seconds(tick.at_us),
    )
