"""A second port, for tests and tools that trade at the exchange as others would: lines of JSON, and a token."""

import logging
import secrets
import selectors
import socket
from collections.abc import Callable

import msgspec

from core.errors import CommandRefused, StorageUnavailable
from data.practice.door import Door

_log = logging.getLogger(__name__)
LONGEST_LINE = 1 << 16
_CHUNK = 1 << 16

# Reads one request and does it; returns what is to be answered.
Perform = Callable[[bytes], object]


class _Ticket(msgspec.Struct):
    token: str = ""


class _Refused(msgspec.Struct):
    error: str
    ok: bool = False


class ControlPort:
    """Its own door, where each line is a request that must carry the token. Used on the practice thread only."""

    def __init__(self, selector: selectors.BaseSelector, perform: Perform) -> None:
        self._selector = selector
        self._perform = perform
        self._callers: list[_Caller] = []
        self._door = Door(0, selector, self._let_in)
        self.port = self._door.port
        self.token = secrets.token_hex(16)

    def tend(self) -> None:
        """Drops who has left."""
        for caller in tuple(self._callers):
            if caller.ended:
                caller.close()
                self._callers.remove(caller)

    def close(self) -> None:
        for caller in self._callers:
            caller.close()
        self._callers.clear()
        self._door.close()

    def _let_in(self, client: socket.socket, _now: float) -> None:
        self._callers.append(_Caller(client, self._selector, self._answer))

    def _answer(self, line: bytes) -> bytes | None:
        """The answer as one line; None for who has no token."""
        if not self._has_token(line):
            return None
        try:
            answer = self._perform(line)
        except (CommandRefused, StorageUnavailable) as error:
            answer = _Refused(str(error))
        return msgspec.json.encode(answer) + b"\n"

    def _has_token(self, line: bytes) -> bool:
        try:
            ticket = msgspec.json.decode(line, type=_Ticket)
        except (ValueError, RecursionError):
            return False
        return secrets.compare_digest(ticket.token.encode(errors="replace"), self.token.encode())


class _Caller:
    """One connection of a test or a tool."""

    def __init__(
        self, client: socket.socket, selector: selectors.BaseSelector, answer: Callable[[bytes], bytes | None]
    ) -> None:
        # He asks, then waits for the answer; who does not take it within that time is let go.
        client.settimeout(1.0)
        self.ended = False
        self._socket = client
        self._selector = selector
        self._answer = answer
        self._heard = bytearray()
        selector.register(client, selectors.EVENT_READ, self._read)

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()

    def _read(self, _now: float) -> None:
        try:
            data = self._socket.recv(_CHUNK)
            self._heard += data
            self.ended = not data or not self._answer_lines()
        except OSError as error:
            _log.info("A caller on the control port is dropped: %s", error)
            self.ended = True

    def _answer_lines(self) -> bool:
        """False for a caller who must go: no token, or a line without end."""
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            answer = self._answer(bytes(line)) if len(line) <= LONGEST_LINE else None
            if answer is None:
                _log.info("A caller on the control port is dropped: no token, or no request")
                return False
            self._socket.sendall(answer)
        return len(self._heard) <= LONGEST_LINE
