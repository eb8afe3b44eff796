"""The thread that owns the socket to Sierra Chart: it connects, and when that ends connects again."""

import logging
import random
import socket
import threading
import time
from collections.abc import Iterable

from core.errors import LinkError, LogonRefused, ProtocolViolation
from core.snapshots import LinkState, LinkStatus
from data.dtc.connection import Connection, Outlets
from data.dtc.dialling import Address, dial
from data.dtc.timing import Timing

__all__ = ["Address", "Link"]

_log = logging.getLogger(__name__)
_DEFAULT_TIMING = Timing()


class Link(threading.Thread):
    """Keeps one connection to the DTC server and hands on what it says, in stream order. It never sends an order."""

    def __init__(self, address: Address, outlets: Outlets, timing: Timing = _DEFAULT_TIMING) -> None:
        super().__init__(name="dtc")
        self._address = address
        self._outlets = outlets
        self._timing = timing
        self._wanted: frozenset[str] = frozenset()
        self._stopping = threading.Event()
        self._redialling = threading.Event()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        self._lock = threading.Lock()

    def watch(self, wire_symbols: Iterable[str]) -> None:
        """Wants prices of these symbols on this and every later connection. Any thread may call this."""
        with self._lock:
            self._wanted |= set(wire_symbols)
        self._wake()

    def stop(self) -> None:
        """Logs off and ends the thread. Any thread may call this, more than once."""
        self._stopping.set()
        self._wake()

    def redial(self) -> None:
        """Logs off and on again: what the server says at logon is wanted once more. Any thread may call this."""
        self._redialling.set()
        self._wake()

    def run(self) -> None:
        pause = self._timing.first_pause
        while not self._stopping.is_set():
            started = time.monotonic()
            if not self._connect_once():
                break
            if time.monotonic() - started > self._timing.longest_pause:
                pause = self._timing.first_pause
            # A little chance keeps two panels from knocking in step.
            self._stopping.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
            pause = min(pause * 2, self._timing.longest_pause)

    def close(self) -> None:
        """Gives back the wake-up sockets; call it when the thread has ended."""
        self._wake_receiver.close()
        self._wake_sender.close()

    def _connect_once(self) -> bool:
        """One connection from start to end; False when there shall be no other."""
        self._redialling.clear()
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
        except Exception as error:  # noqa: BLE001  # a bug goes into the one funnel, and the fills must go on coming
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self)))
            self._say(LinkState.DOWN, "Link dropped by a fault inside Heatline; connecting again")
        return True

    def _converse(self) -> None:
        connection = dial(self._address, self._timing.connect_timeout, self._wake_receiver, self._is_leaving)
        if connection is None:
            return
        with connection:
            Connection(
                connection,
                self._wake_receiver,
                self._outlets,
                self._timing,
                is_stopping=self._is_leaving,
                wanted=lambda: self._wanted,
            ).serve()

    def _is_leaving(self) -> bool:
        return self._stopping.is_set() or self._redialling.is_set()

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
