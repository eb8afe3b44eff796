"""The client side of one DTC connection: bytes in, facts out. No socket, no thread; the caller brings the time."""

import logging
import math
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import NoReturn

from core.clock import Now
from core.errors import LinkLost, LogonRefused
from core.facts import LinkUp
from core.snapshots import Notice
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.back_fill import BackFill
from data.dtc.codec import JsonCodec, Unreadable, encode
from data.dtc.enums import Encoding, LogonStatus
from data.dtc.observer import Event, Observer
from data.dtc.refusal import refuse_message
from data.dtc.timing import Timing

PRACTICE_SERVER_NAME = "Heatline Practice"
_CLIENT_NAME = "Heatline"
_SHOWN_BYTES = 500
# Of these not one may go by unread; what is unreadable of the rest costs a line in the log.
_BOOKED = frozenset(kind.number() for kind in (dtc.OrderUpdate, dtc.HistoricalOrderFillResponse, dtc.PositionUpdate))
_NO_JSON = (
    "Sierra Chart does not offer JSON: set Global Settings >> Sierra Chart Server Settings >> "
    "DTC Protocol Server >> Encoding to Automatic or JSON"
)
_NO_TRADING = (
    "Sierra Chart sends no fills: switch on Global Settings >> Sierra Chart Server Settings >> "
    "DTC Protocol Server >> Allow Trading"
)
_log = logging.getLogger(__name__)


class _Stage(Enum):
    ENCODING = auto()
    LOGON = auto()
    UP = auto()


class ClientSession:
    """Speaks DTC as a client that only watches: it has no way to send an order.

    `monotonic` times are seconds of one clock that never jumps; `now` gives UTC for the facts. `back_fill` outlives the
    session: it knows since when fills may be missing.
    """

    def __init__(self, now: Now, monotonic: float, timing: Timing, back_fill: BackFill) -> None:
        self._now = now
        self._timing = timing
        self._codec = JsonCodec()
        self._observer = Observer(now, self._send, timing, back_fill)
        self._stage = _Stage.ENCODING
        self._handshake = bytearray()
        self._outgoing = bytearray(handshake.encode_request(Encoding.JSON))
        self._handshake_deadline = monotonic + timing.handshake_deadline
        self._next_heartbeat = monotonic + timing.heartbeat_interval
        self._last_heard = monotonic
        self._complained_of: set[int] = set()

    @property
    def is_up(self) -> bool:
        return self._stage is _Stage.UP

    def bytes_to_send(self) -> bytes:
        """What has to go out now; it is forgotten here."""
        data, self._outgoing = bytes(self._outgoing), bytearray()
        return data

    def receive(self, data: bytes, monotonic: float) -> Iterator[Event]:
        """What `data` says, in stream order.

        Raises:
            ProtocolViolation: the stream cannot be trusted any more.
            LinkLost, LogonRefused: the server ended the session.
        """
        if self._stage is _Stage.ENCODING:
            data = self._agree_on_encoding(data)
        for message in self._codec.feed(data):
            self._last_heard = monotonic
            if isinstance(message, Unreadable):
                yield from self._refuse(message)
            elif self._stage is _Stage.UP and type(message) is not dtc.Logoff:
                yield from self._observer.hear(message, monotonic)
            else:
                yield from self._hear_frame(message)

    def keep_alive(self, monotonic: float) -> Iterator[Event]:
        """Sends what is due and gives up what is overdue.

        Raises:
            LinkLost: the server has been silent for two heartbeat intervals, or never finished the handshake.
        """
        if self._stage is not _Stage.UP:
            if monotonic >= self._handshake_deadline:
                raise LinkLost("The server did not answer the logon")
            return
        if monotonic >= self._silence_deadline():
            raise LinkLost(f"The server has been silent for {2 * self._timing.heartbeat_interval:g} s")
        if monotonic >= self._next_heartbeat:
            self._send(dtc.Heartbeat(CurrentDateTime=int(self._now().timestamp())))
            self._next_heartbeat = monotonic + self._timing.heartbeat_interval
        yield from self._observer.keep_up(monotonic)

    def next_deadline(self) -> float:
        """When `keep_alive` has to be called at the latest."""
        if self._stage is not _Stage.UP:
            return self._handshake_deadline
        own = min(self._next_heartbeat, self._silence_deadline())
        answer = self._observer.next_deadline()
        return own if answer is None else min(own, answer)

    def watch(self, wire_symbol: str) -> None:
        """Asks for a symbol's trades and its definition, once the link is up."""
        if self.is_up:
            self._observer.watch(wire_symbol)

    def reconcile(self, account: str | None, monotonic: float) -> None:
        """Asks the broker anew what `account` holds, or all accounts for None; the logon does so by itself."""
        if self.is_up:
            self._observer.reconcile(account, monotonic)

    def log_off(self) -> None:
        """Says goodbye; send what is left and close."""
        if self.is_up:
            self._send(dtc.Logoff(Reason="Heatline was closed"))

    def _agree_on_encoding(self, data: bytes) -> bytes:
        """Eats the encoding response; what follows it is returned."""
        self._handshake += data
        if self._handshake[:1] == b"{":
            rest = bytes(self._handshake)  # a server preset to JSON answers in JSON, which the codec reads and skips
        elif len(self._handshake) < handshake.SIZE:
            return b""
        else:
            encoding = handshake.decode_response(bytes(self._handshake))
            if encoding != Encoding.JSON:
                raise LogonRefused(_NO_JSON)
            rest = bytes(self._handshake[handshake.SIZE :])
        self._stage = _Stage.LOGON
        interval = math.ceil(self._timing.heartbeat_interval)
        self._send(dtc.LogonRequest(HeartbeatIntervalInSeconds=interval, ClientName=_CLIENT_NAME))
        return rest

    def _hear_frame(self, message: dtc.Message) -> Iterable[Event]:
        """What begins and ends a session; all else before the logon is none of our business."""
        match message:
            case dtc.Logoff():
                self._on_logoff(message)
            case dtc.LogonResponse():
                return self._on_logon(message)
            case dtc.EncodingResponse() if message.Encoding != Encoding.JSON:
                raise LogonRefused(_NO_JSON)
        return ()

    def _refuse(self, message: Unreadable) -> Iterator[Event]:
        if self._stage is not _Stage.UP:
            raise LinkLost(f"The server's answer to the logon makes no sense: {message.reason}")
        if message.type_number in _BOOKED:
            yield refuse_message(message)
        elif message.type_number not in self._complained_of:
            self._complained_of.add(message.type_number)
            _log.warning("Message %s left out: %s: %s", message.type_number, message.reason, _shown(message.raw))

    def _silence_deadline(self) -> float:
        return self._last_heard + 2 * self._timing.heartbeat_interval

    def _on_logon(self, response: dtc.LogonResponse) -> Iterator[Event]:
        text = response.ResultText or "no reason given"
        if response.Result == LogonStatus.ERROR_NO_RECONNECT:
            raise LogonRefused(f"The server refused the logon: {text}")
        if response.Result != LogonStatus.SUCCESS:
            raise LinkLost(f"The server did not let us in: {text}")
        self._stage = _Stage.UP
        self._next_heartbeat = self._last_heard + self._timing.heartbeat_interval
        name = response.ServerName or ""
        yield LinkUp(name, name == PRACTICE_SERVER_NAME, self._now())
        if not response.TradingIsSupported:
            yield Notice(_NO_TRADING)
        self._observer.reconcile(None, self._last_heard)

    def _on_logoff(self, message: dtc.Logoff) -> NoReturn:
        reason = f"The server logged us off: {message.Reason or 'no reason given'}"
        raise LogonRefused(reason) if message.DoNotReconnect else LinkLost(reason)

    def _send(self, message: dtc.Message) -> None:
        self._outgoing += encode(message)


def _shown(raw: bytes) -> str:
    """The beginning of a message, fit for a log line."""
    return raw[:_SHOWN_BYTES].decode("utf-8", errors="replace")
