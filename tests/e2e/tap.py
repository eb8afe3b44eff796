"""Stands between a window and the exchange, hands on every byte, and keeps what the window said."""

import json
import selectors
import socket
import threading
from collections.abc import Iterator

from data.dtc import handshake
from data.dtc.enums import Encoding

_ORDER_TYPES = range(201, 211)
_READ_SIZE = 1 << 16


class Tap(threading.Thread):
    """A port that leads to `upstream`. It is transparent: where one side ends, the other is ended, too."""

    def __init__(self, upstream: int) -> None:
        super().__init__(name="tap", daemon=True)
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stop_end, self._stopper = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._stop_end, selectors.EVENT_READ)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._heard: dict[socket.socket, bytearray] = {}
        self._said: list[bytearray] = []

    def orders(self) -> list[int]:
        """The types of all messages by which a client asks for a trade, or for the change or end of an order."""
        return [number for said in self._said for number in message_types(bytes(said)) if number in _ORDER_TYPES]

    @property
    def byte_count(self) -> int:
        """How much clients have said: 0 would mean that nothing went through here."""
        return sum(len(said) for said in self._said)

    def stop(self) -> None:
        self._stopper.send(b"\0")
        self.join()

    def run(self) -> None:
        while True:
            for key, _events in self._selector.select():
                if key.fileobj is self._stop_end:
                    self._close()
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._peers:
                    self._hand_on(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream))
        except OSError:
            client.close()
            return
        self._peers |= {client: server, server: client}
        self._heard[client] = bytearray()
        self._said.append(self._heard[client])
        for end in (client, server):
            self._selector.register(end, selectors.EVENT_READ)

    def _hand_on(self, source: socket.socket) -> None:
        try:
            data = source.recv(_READ_SIZE)
            if source in self._heard:
                self._heard[source] += data
            if data:
                self._peers[source].sendall(data)
                return
        except OSError:
            pass
        self._end(source)

    def _end(self, one: socket.socket) -> None:
        other = self._peers.pop(one)
        del self._peers[other]
        for end in (one, other):
            self._selector.unregister(end)
            end.close()
            self._heard.pop(end, None)

    def _close(self) -> None:
        for end in {*self._peers, self._listener, self._stop_end, self._stopper}:
            end.close()
        self._selector.close()


def message_types(said: bytes) -> Iterator[int]:
    """The type of each message a client sent; behind its encoding request, if there is one.

    Raises:
        ValueError: what was said cannot be read, so nobody could tell whether it was an order.
    """
    if len(said) < handshake.SIZE:
        return
    if not said.startswith(b"{"):
        encoding = handshake.decode_request(said[: handshake.SIZE])
        if encoding != Encoding.JSON:
            raise ValueError(f"This tap reads JSON, not encoding {encoding}")
        said = said[handshake.SIZE :]
    for message in said.split(b"\0"):
        # The last one may have been cut by a kill.
        if message.endswith(b"}"):
            yield json.loads(message)["Type"]
