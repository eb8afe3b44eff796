"""Whether prices are given."""

from typing import TYPE_CHECKING

from data.dtc.messages import MarketDataReject, MarketDataRequest, Message
from data.practice.quirks.quirk import Messages, Quirk

if TYPE_CHECKING:
    from data.practice.exchange import Exchange


class NoMarketData(Quirk):
    """Prices of the large exchanges Sierra keeps to itself: it refuses each subscription, on the same machine, too."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if isinstance(question, MarketDataRequest):
            return [MarketDataReject(SymbolID=question.SymbolID, RejectText="Market data request not allowed")]
        return rows
