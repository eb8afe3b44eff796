"""The thread that owns the socket to Sierra Chart: it connects, and when that ends connects again."""

import logging
import socket
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from core.errors import LinkError, LogonRefused, ProtocolViolation
from core.settings import Settings
from core.snapshots import LinkState, LinkStatus
from data.dtc.back_fill import BackFill
from data.dtc.connection import Connection, Outlets, Wishes
from data.dtc.dialling import dial
from data.dtc.resolving import Address, Resolver
from data.dtc.timing import Timing

__all__ = ["Address", "Link"]

_log = logging.getLogger(__name__)
_DEFAULT_TIMING = Timing()
_BACK_FILL_DAYS = Settings().back_fill_days


class Link(threading.Thread):
    """Keeps one connection to the DTC server and hands on what it says, in stream order. It never sends an order.

    `back_fill_days` is how far back an account is asked for whose fills are known from no time on.
    """

    def __init__(
        self,
        address: Address,
        outlets: Outlets,
        timing: Timing = _DEFAULT_TIMING,
        *,
        back_fill_days: int = _BACK_FILL_DAYS,
    ) -> None:
        super().__init__(name="dtc")
        self._address = address
        self._outlets = outlets
        self._timing = timing
        self._back_fill = BackFill(back_fill_days, outlets.now)
        self._symbols: frozenset[str] = frozenset()
        self._rounds: set[str | None] = set()
        self._is_stopping = False
        self._is_redialling = False
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        self._resolver = Resolver(address, self._wake)
        self._wished = threading.Condition()

    def watch(self, wire_symbols: Iterable[str]) -> None:
        """Wants prices of these symbols on this and every later connection. Any thread may call this."""
        with self._wished:
            self._symbols |= set(wire_symbols)
        self._wake()

    def begin_behind(self, known_until: Mapping[str, datetime]) -> None:
        """Tells up to when each account's fills are in the ledger for certain. Any thread may call this."""
        self._back_fill.begin_behind(known_until)

    def reconcile(self, account: str | None = None) -> None:
        """Asks the broker anew what `account` holds, or all accounts for None. Any thread may call this.

        While one round of questions runs, all that is wanted becomes one more. Without a connection this connects at
        once, even to a server that told us to stay away.
        """
        with self._wished:
            self._rounds.add(account)
            self._wished.notify()
        self._wake()

    def stop(self) -> None:
        """Logs off and ends the thread. Any thread may call this, more than once."""
        with self._wished:
            self._is_stopping = True
            self._wished.notify()
        self._wake()

    def redial(self) -> None:
        """Logs off and on again: what the server says at logon is wanted once more. Any thread may call this."""
        with self._wished:
            self._is_redialling = True
            self._wished.notify()
        self._wake()

    def run(self) -> None:
        pause = self._timing.first_pause
        while not self._is_stopping:
            started = time.monotonic()
            may_return = self._connect_once()
            if time.monotonic() - started > self._timing.longest_pause:
                pause = self._timing.first_pause
            if self._rest(self._timing.spread(pause) if may_return else None):
                pause = self._timing.first_pause
            else:
                pause = min(pause * 2, self._timing.longest_pause)

    def close(self) -> None:
        """Gives back the wake-up sockets; call it when the thread has ended."""
        self._wake_receiver.close()
        self._wake_sender.close()

    def _rest(self, pause: float | None) -> bool:
        """Waits for `pause` seconds, or for ever; True as soon as somebody wants a connection, or none any more."""
        with self._wished:
            return self._wished.wait_for(lambda: self._is_leaving() or bool(self._rounds), pause)

    def _connect_once(self) -> bool:
        """One connection from start to end; False when there shall be no other by itself."""
        with self._wished:
            self._is_redialling = False
            # A new connection begins with a full round.
            self._rounds.clear()
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
        timeout, wake = self._timing.connect_timeout, self._wake_receiver
        places = self._resolver.find(timeout, wake, self._is_leaving)
        connection = dial(places, timeout, wake, self._is_leaving)
        if connection is None:
            return
        wishes = Wishes(self._is_leaving, lambda: self._symbols, self._take_rounds)
        with connection:
            Connection(connection, wake, self._outlets, self._timing, back_fill=self._back_fill, wishes=wishes).serve()

    def _is_leaving(self) -> bool:
        return self._is_stopping or self._is_redialling

    def _take_rounds(self) -> Collection[str | None]:
        if not self._rounds:
            return ()
        with self._wished:
            wanted, self._rounds = self._rounds, set()
        return wanted

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
