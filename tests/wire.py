"""A DTC client that is nothing but a socket and the codec: the other side's view of our bytes."""

import socket
from typing import TypeVar

from data.dtc import messages
from data.dtc.codec import JsonCodec, Unreadable, encode
from data.dtc.enums import OrderUpdateReason
from data.dtc.messages import Message, OrderUpdate
from data.practice.listing import DEFAULT_SYMBOL

Wanted = TypeVar("Wanted", bound=Message)
PATIENCE_S = 10.0


class Wire:
    """A client that is nothing but a socket and the codec."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._codec = JsonCodec()
        self._waiting: list[Message] = []

    def say(self, *said: Message) -> None:
        self.socket.sendall(b"".join(map(encode, said)))

    def log_on(self) -> "Wire":
        self.say(messages.LogonRequest(HeartbeatIntervalInSeconds=30))
        self.until(messages.SecurityDefinitionResponse)
        return self

    def subscribe(self, symbol: str = DEFAULT_SYMBOL) -> "Wire":
        self.say(messages.MarketDataRequest(SymbolID=1, Symbol=symbol))
        self.until(messages.MarketDataSnapshot)
        return self

    def hear(self) -> Message | None:
        """The next message; None once the server has closed."""
        while not self._waiting:
            data = self.socket.recv(1 << 18)
            if not data:
                return None
            for message in self._codec.feed(data):
                assert not isinstance(message, Unreadable)
                self._waiting.append(message)
            self._waiting.reverse()
        return self._waiting.pop()

    def until(self, kind: type[Wanted]) -> Wanted:
        while True:
            message = self.hear()
            assert message is not None, f"closed before any {kind.__name__}"
            if isinstance(message, kind):
                return message

    def fills(self, count: int) -> list[OrderUpdate]:
        found: list[OrderUpdate] = []
        while len(found) < count:
            update = self.until(OrderUpdate)
            if update.OrderUpdateReason in (OrderUpdateReason.ORDER_FILLED, OrderUpdateReason.ORDER_FILLED_PARTIALLY):
                found.append(update)
        return found

    def filled(self) -> None:
        """Hears the fills of one order until the last of them."""
        while self.fills(1)[0].OrderUpdateReason != OrderUpdateReason.ORDER_FILLED:
            pass
