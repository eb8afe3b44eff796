"""The thread that owns the socket to Sierra Chart: it connects, and when that ends connects again."""

import logging
import random
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import LinkError, LogonRefused, ProtocolViolation
from core.snapshots import LinkState, LinkStatus
from data.dtc.connection import Connection, Outlets

_log = logging.getLogger(__name__)
_CONNECT_TIMEOUT = 5.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a DTC server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Link(threading.Thread):
    """Keeps one connection to the DTC server and hands on what it says, in stream order. It never sends an order."""

    def __init__(self, address: Address, outlets: Outlets) -> None:
        super().__init__(name="dtc")
        self._address = address
        self._outlets = outlets
        self._wanted: frozenset[str] = frozenset()
        self._stopping = threading.Event()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)

    def watch(self, wire_symbols: Iterable[str]) -> None:
        """Wants prices of these symbols on this and every later connection. Any thread may call this."""
        self._wanted |= set(wire_symbols)
        self._wake()

    def stop(self) -> None:
        """Logs off and ends the thread. Any thread may call this, more than once."""
        self._stopping.set()
        self._wake()

    def run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            started = time.monotonic()
            if not self._connect_once():
                break
            if time.monotonic() - started > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            # A little chance keeps two panels from knocking in step.
            self._stopping.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
            pause = min(pause * 2, _LONGEST_PAUSE)

    def close(self) -> None:
        """Gives back the wake-up sockets; call it when the thread has ended."""
        self._wake_receiver.close()
        self._wake_sender.close()

    def _connect_once(self) -> bool:
        """One connection from start to end; False when there shall be no other."""
        self._say(LinkState.CONNECTING, f"Connecting to {self._address}")
        try:
            self._converse()
        except LogonRefused as error:
            self._say(LinkState.REFUSED, str(error))
            return False
        except LinkError as error:
            self._explain_loss(error)
        except OSError as error:
            self._say(LinkState.DOWN, f"Nobody answers at {self._address}: {error.strerror or error}")
        return True

    def _converse(self) -> None:
        with socket.create_connection((self._address.host, self._address.port), _CONNECT_TIMEOUT) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            Connection(
                connection,
                self._wake_receiver,
                self._outlets,
                is_stopping=self._stopping.is_set,
                wanted=lambda: self._wanted,
            ).serve()

    def _explain_loss(self, error: LinkError) -> None:
        _log.warning("Link to %s ended: %s", self._address, error)
        what = "Link dropped, this is not DTC" if isinstance(error, ProtocolViolation) else "Link lost"
        self._say(LinkState.DOWN, f"{what}: {error}")

    def _say(self, state: LinkState, text: str) -> None:
        self._outlets.publish(LinkStatus(state, text))

    def _wake(self) -> None:
        try:
            self._wake_sender.send(b"\0")
        except OSError:
            _log.debug("Woken after its end")
