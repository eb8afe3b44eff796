"""One client's socket: moves bytes between it and the session, never waits."""

import logging
import selectors
import socket

from core.errors import ProtocolViolation
from data.practice.session import Session

_log = logging.getLogger(__name__)
_CHUNK = 1 << 16
_LAST_WORDS_S = 0.5


class Connection:
    """A socket and its session. Used on the practice thread only."""

    def __init__(self, client: socket.socket, session: Session, selector: selectors.BaseSelector) -> None:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.session = session
        self._socket = client
        self._selector = selector
        self._interest = selectors.EVENT_READ
        selector.register(client, self._interest, self.read)

    def read(self, now: float) -> None:
        """Hands what has come to the session; a client who left, or talks nonsense, ends it."""
        try:
            data = self._socket.recv(_CHUNK)
            if data:
                self.session.receive(data, now)
            else:
                self.session.ended = True
        except BlockingIOError:
            return
        except (OSError, ProtocolViolation) as error:
            _log.info("A client is dropped: %s", error)
            self.session.ended = True

    def write(self) -> None:
        """Sends what the socket takes now; the rest waits until it takes more."""
        out = self.session.out
        try:
            while out:
                del out[: self._socket.send(out[:_CHUNK])]
        except BlockingIOError:
            pass
        except OSError as error:
            _log.info("A client is dropped: %s", error)
            self.session.ended = True
        self._wait_for(selectors.EVENT_READ | (selectors.EVENT_WRITE if out else 0))

    def say_goodbye(self, reason: str) -> None:
        """Sends what is left and a logoff, for a moment at most, then closes."""
        self.session.log_off(reason)
        try:
            self._socket.settimeout(_LAST_WORDS_S)
            self._socket.sendall(self.session.out)
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            _log.info("A client did not hear the goodbye: %s", error)
        self.close()

    def pause(self) -> None:
        """Neither reads nor sends until `resume`."""
        self._selector.unregister(self._socket)

    def resume(self) -> None:
        self._selector.register(self._socket, self._interest, self.read)

    def close(self) -> None:
        if self._socket in self._selector.get_map():
            self._selector.unregister(self._socket)
        self._socket.close()

    def _wait_for(self, interest: int) -> None:
        if interest != self._interest:
            self._interest = interest
            self._selector.modify(self._socket, interest, self.read)
