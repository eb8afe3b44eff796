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
from core.values import micros_from_utc
from data.dtc.back_fill import BackFill
from data.dtc.market import PricesBegan, PricesRefused, Traded
from data.dtc.observer import Event
from data.dtc.price_ranges import PriceRanges
from data.dtc.price_reports import PriceReport, StreamAlive, StreamEnded, TradesHeard
from data.dtc.rounds import RoundEnded
from data.dtc.session import ClientSession
from data.dtc.timing import Timing

_READ_SIZE = 1 << 16
# How old the extremes on disk may be at a crash, in seconds.
_SAVE_INTERVAL = 0.1
# We say little; a server that leaves this much unread does not listen.
_MOST_UNSENT = 1 << 20


def _ignore() -> None:
    """For who does not ask when a round has ended."""


def _tell_nobody(_report: PriceReport) -> None:
    """For who has no use for prices."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a link hands on what it hears. All of them may be called from the dtc thread and never wait.

    `round_ended` is told behind the last fact of each round of questions, `prices` how prices flow, in stream order.
    """

    post: Callable[[Fact], None]
    publish: Callable[[Publication], None]
    quotes: QuoteBox
    now: Now
    round_ended: Callable[[], None] = _ignore
    prices: Callable[[PriceReport], None] = _tell_nobody


@dataclass(frozen=True, slots=True)
class Wishes:
    """What other threads want of a connection, asked for whenever it is woken.

    `take_rounds` gives each wish for a round of questions once: an account, or None for all.
    """

    is_leaving: Callable[[], bool]
    symbols: Callable[[], Collection[str]]
    take_rounds: Callable[[], Collection[str | None]]


class Connection:
    """Reads one socket until it ends. Lives on the dtc thread.

    `wake` is readable when the thread should look at its wishes again.
    """

    def __init__(
        self,
        connection: socket.socket,
        wake: socket.socket,
        outlets: Outlets,
        timing: Timing,
        *,
        back_fill: BackFill,
        wishes: Wishes,
    ) -> None:
        self._socket = connection
        self._wake = wake
        self._outlets = outlets
        self._wishes = wishes
        self._session = ClientSession(outlets.now, time.monotonic(), timing, back_fill)
        self._ranges = PriceRanges()
        self._next_save = 0.0
        self._heard_us: int | None = None  # when bytes last came, until it is handed on
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
                self._say_alive()
                self._outlets.prices(StreamEnded())
                self._outlets.post(LinkDown(reason, self._outlets.now()))

    def _say_goodbye(self) -> None:
        self._session.log_off()
        self._send()
        self._socket.shutdown(socket.SHUT_WR)

    def _read_on(self) -> None:
        with selectors.DefaultSelector() as selector:
            key = selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._wishes.is_leaving():
                self._take_wishes()
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
        if self._ranges or self._heard_us is not None:
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
        self._heard_us = micros_from_utc(self._outlets.now())
        self._hand_on(self._session.receive(data, time.monotonic()))

    def _hand_on(self, events: Iterable[Event]) -> None:
        newest: dict[str, Traded] = {}  # the eye needs no more of what came at once
        for event in events:
            if isinstance(event, Traded):
                self._ranges.note(event)
                newest[event.symbol] = event
            elif isinstance(event, PricesBegan | PricesRefused):
                self._hand_on_ranges()
                self._outlets.prices(event)
            elif isinstance(event, Notice):
                self._outlets.publish(event)
            elif isinstance(event, RoundEnded):
                self._outlets.round_ended()
            else:
                # What went by before a fact belongs before it.
                self._hand_on_ranges()
                self._hand_on_fact(event)
        for symbol, traded in newest.items():
            self._outlets.quotes.observe(symbol, traded.price, traded.at_us)

    def _hand_on_fact(self, fact: Fact) -> None:
        if isinstance(fact, LinkUp):
            self._outlets.publish(LinkStatus(LinkState.UP, f"Connected to {fact.server_name or 'the DTC server'}"))
        self._outlets.post(fact)

    def _hand_on_ranges(self) -> None:
        for seen, trades in self._ranges.drain():
            self._outlets.post(seen)
            self._outlets.prices(TradesHeard(seen.symbol, trades))

    def _save_if_due(self) -> None:
        now = time.monotonic()
        if now >= self._next_save:
            self._hand_on_ranges()
            self._say_alive()
            self._next_save = now + _SAVE_INTERVAL

    def _say_alive(self) -> None:
        """Behind all that was heard until then."""
        if self._heard_us is not None:
            self._outlets.prices(StreamAlive(self._heard_us))
            self._heard_us = None

    def _take_wishes(self) -> None:
        for wire_symbol in self._wishes.symbols():
            self._session.watch(wire_symbol)
        for account in self._wishes.take_rounds():
            self._session.reconcile(account, time.monotonic())

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
