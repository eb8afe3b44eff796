"""One connected socket with its session, from the first byte to the last."""

import selectors
import socket
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from core.clock import Now
from core.errors import LinkError, LinkLost
from core.facts import Fact, LinkDown, LinkUp
from core.quotes import QuoteBox
from core.snapshots import LinkState, LinkStatus, Notice, Publication
from data.dtc.market import Traded
from data.dtc.observer import Event
from data.dtc.price_ranges import PriceRanges
from data.dtc.session import ClientSession
from data.dtc.timing import Timing

_READ_SIZE = 1 << 16
# How old the extremes on disk may be at a crash, in seconds.
_SAVE_INTERVAL = 0.1
# We say little; a server that leaves this much unread does not listen.
_MOST_UNSENT = 1 << 20


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a link hands on what it hears. All of them may be called from the dtc thread and never wait."""

    post: Callable[[Fact], None]
    publish: Callable[[Publication], None]
    quotes: QuoteBox
    now: Now


class Connection:
    """Reads one socket until it ends. Lives on the dtc thread.

    `wake` is readable when the thread should look at `is_stopping` and `wanted` again.
    """

    def __init__(
        self,
        connection: socket.socket,
        wake: socket.socket,
        outlets: Outlets,
        timing: Timing,
        *,
        is_stopping: Callable[[], bool],
        wanted: Callable[[], Collection[str]],
    ) -> None:
        self._socket = connection
        self._wake = wake
        self._outlets = outlets
        self._is_stopping = is_stopping
        self._wanted = wanted
        self._session = ClientSession(outlets.now, time.monotonic(), timing)
        self._ranges = PriceRanges()
        self._next_save = 0.0
        self._unsent = bytearray()

    def serve(self) -> None:
        """Reads until told to stop, then logs off.

        Raises:
            LinkError: what ended the connection before that; the ledger has been told.
        """
        reason = "A fault inside Heatline"
        try:
            self._read_on()
            reason = "Heatline was closed"
            self._say_goodbye()
        except OSError as error:
            reason = error.strerror or str(error)
            raise LinkLost(reason) from error
        except LinkError as error:
            reason = str(error)
            raise
        finally:
            if self._session.is_up:
                self._hand_on_ranges()
                self._outlets.post(LinkDown(reason, self._outlets.now()))

    def _say_goodbye(self) -> None:
        self._session.log_off()
        self._send()
        self._socket.shutdown(socket.SHUT_WR)

    def _read_on(self) -> None:
        with selectors.DefaultSelector() as selector:
            key = selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._is_stopping():
                self._watch_wanted()
                self._send()
                writing = selectors.EVENT_WRITE if self._unsent else 0
                if key.events != selectors.EVENT_READ | writing:
                    key = selector.modify(self._socket, selectors.EVENT_READ | writing)
                for ready, events in selector.select(self._patience()):
                    if events & selectors.EVENT_READ:
                        self._read(ready.fileobj)
                self._hand_on(self._session.keep_alive(time.monotonic()))
                self._save_if_due()

    def _patience(self) -> float:
        """Seconds until something has to be done even if nothing comes."""
        now = time.monotonic()
        until = self._session.next_deadline() - now
        if self._ranges:
            until = min(until, self._next_save - now)
        return max(0.0, until)

    def _read(self, source: object) -> None:
        connection = self._wake if source is self._wake else self._socket
        try:
            data = connection.recv(_READ_SIZE)
        except BlockingIOError:
            return
        if connection is self._wake:
            return
        if not data:
            raise LinkLost("the server closed the connection")
        self._hand_on(self._session.receive(data, time.monotonic()))

    def _hand_on(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Traded):
                self._ranges.note(event.symbol, event.price, event.at_us)
                self._outlets.quotes.observe(event.symbol, event.price, event.at_us)
            elif isinstance(event, Notice):
                self._outlets.publish(event)
            else:
                # What went by before a fact belongs before it.
                self._hand_on_ranges()
                self._hand_on_fact(event)

    def _hand_on_fact(self, fact: Fact) -> None:
        if isinstance(fact, LinkUp):
            self._outlets.publish(LinkStatus(LinkState.UP, f"Connected to {fact.server_name or 'the DTC server'}"))
        self._outlets.post(fact)

    def _hand_on_ranges(self) -> None:
        for seen in self._ranges.drain():
            self._outlets.post(seen)

    def _save_if_due(self) -> None:
        now = time.monotonic()
        if now >= self._next_save:
            self._hand_on_ranges()
            self._next_save = now + _SAVE_INTERVAL

    def _watch_wanted(self) -> None:
        for wire_symbol in self._wanted():
            self._session.watch(wire_symbol)

    def _send(self) -> None:
        self._unsent += self._session.bytes_to_send()
        while self._unsent:
            try:
                sent = self._socket.send(self._unsent)
            except BlockingIOError:
                break
            del self._unsent[:sent]
        if len(self._unsent) > _MOST_UNSENT:
            raise LinkLost("the server does not read what it is sent")
