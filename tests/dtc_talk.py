"""A client session without a socket: the test is the server, the clock and the network."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from core.facts import LinkUp
from core.snapshots import Notice
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.back_fill import BackFill
from data.dtc.codec import JsonCodec, encode
from data.dtc.enums import BuySell, Encoding, OrderUpdateReason
from data.dtc.observer import Event
from data.dtc.session import ClientSession
from data.dtc.timing import Timing

NOW = datetime(2026, 9, 15, 14, 38, 12, tzinfo=UTC)
FILLED_AT = NOW - timedelta(seconds=2)
ACCOUNT = "Sim1"
SYMBOL = "MESZ26-CME"
Wanted = TypeVar("Wanted", bound=dtc.Message)


class Talk:
    """Both ends of one session; `monotonic` is turned by hand."""

    def __init__(self, timing: Timing | None = None, back_fill: BackFill | None = None) -> None:
        self.monotonic = 100.0
        self.back_fill = back_fill or BackFill(5, lambda: NOW)
        self.session = ClientSession(lambda: NOW, self.monotonic, timing or Timing(jitter=0), self.back_fill)

    def hear_bytes(self, data: bytes) -> list[Event]:
        return list(self.session.receive(data, self.monotonic))

    def hear(self, *messages: dtc.Message) -> list[Event]:
        return self.hear_bytes(b"".join(map(encode, messages)))

    def wait(self, seconds: float) -> list[Event]:
        self.monotonic += seconds
        return list(self.session.keep_alive(self.monotonic))

    def said_bytes(self) -> bytes:
        return self.session.bytes_to_send()

    def said(self) -> list[dtc.Message]:
        """What the session has to say now, the binary handshake left out."""
        data = self.said_bytes().removeprefix(handshake.encode_request(Encoding.JSON))
        return [message for message in JsonCodec().feed(data) if isinstance(message, dtc.Message)]

    def asked(self, kind: type[Wanted]) -> list[Wanted]:
        return [message for message in self.said() if isinstance(message, kind)]

    def log_on(self, **answer: Any) -> "Talk":
        self.hear_bytes(handshake.encode_response(Encoding.JSON))
        told: dict[str, Any] = {"Result": 1, "TradingIsSupported": 1, "ServerName": "SC"}
        events = self.hear(dtc.LogonResponse(**told | answer))
        assert isinstance(events[0], LinkUp)
        return self

    def list_accounts(self, *names: str) -> list[dtc.Message]:
        """Answers the question for accounts; returns the questions that follow."""
        (question,) = self.asked(dtc.TradeAccountsRequest)
        names = names or (ACCOUNT,)
        for number, name in enumerate(names, 1):
            self.hear(
                dtc.TradeAccountResponse(
                    RequestID=question.RequestID,
                    TotalNumberMessages=len(names),
                    MessageNumber=number,
                    TradeAccount=name,
                )
            )
        return self.said()

    def define(self, symbol: str = SYMBOL, **fields: Any) -> list[Event]:
        """Answers a question for a definition."""
        return self.hear(definition(symbol, **fields))


def definition(symbol: str = SYMBOL, **fields: Any) -> dtc.SecurityDefinitionResponse:
    told: dict[str, Any] = {
        "Symbol": symbol,
        "SecurityType": 1,
        "MinPriceIncrement": 0.25,
        "CurrencyValuePerIncrement": 1.25,
        "Currency": "USD",
        "IsFinalMessage": 1,
    }
    return dtc.SecurityDefinitionResponse(**told | fields)


def filled(**fields: Any) -> dtc.OrderUpdate:
    """One live fill: 2 MES bought at 5050.25 two seconds ago."""
    told: dict[str, Any] = {
        "TotalNumMessages": 1,
        "MessageNumber": 1,
        "Symbol": SYMBOL,
        "TradeAccount": ACCOUNT,
        "ServerOrderID": "17",
        "OrderStatus": 7,
        "OrderUpdateReason": OrderUpdateReason.ORDER_FILLED,
        "BuySell": BuySell.BUY,
        "FilledQuantity": 2,
        "LastFillPrice": 5050.25,
        "LastFillQuantity": 2,
        "LastFillDateTime": int(FILLED_AT.timestamp() * 1000),
        "LastFillExecutionID": "E1",
    }
    return dtc.OrderUpdate(**told | fields)


def past_fill(**fields: Any) -> dtc.HistoricalOrderFillResponse:
    """The same fill as history tells it."""
    told: dict[str, Any] = {
        "TotalNumberMessages": 1,
        "MessageNumber": 1,
        "Symbol": SYMBOL,
        "TradeAccount": ACCOUNT,
        "ServerOrderID": "17",
        "BuySell": BuySell.BUY,
        "Price": 5050.25,
        "Quantity": 2,
        "DateTime": int(FILLED_AT.timestamp()),
        "UniqueExecutionID": "E1",
        "PositionQuantity": 2,
    }
    return dtc.HistoricalOrderFillResponse(**told | fields)


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]
