"""One client's talk with the exchange: bytes in, bytes out, no socket and no clock of its own."""

import logging
from collections.abc import Iterable

from data.dtc import handshake
from data.dtc.codec import JsonCodec, Unreadable, encode
from data.dtc.enums import Encoding, LogonStatus, RequestAction
from data.dtc.messages import (
    EncodingRequest,
    EncodingResponse,
    Heartbeat,
    Logoff,
    LogonRequest,
    LogonResponse,
    MarketDataReject,
    MarketDataRequest,
    MarketDataSnapshot,
    Message,
)
from data.dtc.order_requests import (
    CancelOrder,
    CancelReplaceOrder,
    SubmitFlattenPositionOrder,
    SubmitNewOcoOrder,
    SubmitNewSingleOrder,
)
from data.feeds.tick import Tick
from data.practice.answers import answer
from data.practice.floor import Floor
from data.practice.market_data import quote_update, snapshot, trade_update
from data.practice.order_desk import OrderDesk
from data.practice.reports import define

SERVER_NAME = "Heatline Practice"

_log = logging.getLogger(__name__)
_HEARTBEAT_S = 10.0  # for a client that names no interval, or has not logged on yet
_INTERVALS_OF_SILENCE = 2


class Session:
    """What one client was told and wants to hear. Used on the practice thread only.

    `out` is what must be sent next; once `ended`, nothing is to be read any more.
    """

    def __init__(self, floor: Floor, now: float) -> None:
        self.out = bytearray()
        self.ended = False
        self._floor = floor
        self._desk = OrderDesk(floor)
        self._greeting = bytearray()
        self._codec: JsonCodec | None = None
        self._logged_on = False
        self._subscribed: set[int] = set()
        self._interval = _HEARTBEAT_S
        self._heard_at = self._beat_at = now

    @property
    def watches(self) -> bool:
        return bool(self._subscribed)

    @property
    def deadline(self) -> float:
        """When `keep_alive` has something to do next, on the monotonic clock."""
        silent_at = self._heard_at + _INTERVALS_OF_SILENCE * self._interval
        return min(silent_at, self._beat_at + self._interval) if self._logged_on else silent_at

    def receive(self, data: bytes, now: float) -> None:
        """Takes what the client sent.

        Raises:
            ProtocolViolation: it is not DTC; the client must go.
        """
        self._heard_at = now
        if self._codec is None:
            data = self._greet(data)
        if self._codec is None:
            return
        for message in self._codec.feed(data):
            if isinstance(message, Unreadable):
                _log.warning("A client's message %d is left out: %s", message.type_number, message.reason)
            else:
                self._handle(message, now)
            if self.ended:
                return

    def keep_alive(self, now: float) -> None:
        """Sends the heartbeat that is due; gives up a client who was silent too long."""
        if now - self._heard_at > _INTERVALS_OF_SILENCE * self._interval:
            _log.info("A client was silent for %.0f s and is dropped", now - self._heard_at)
            self.ended = True
        elif self._logged_on and now >= self._beat_at + self._interval:
            self._beat_at = now
            self._send(Heartbeat(CurrentDateTime=self._floor.exchange.market.now_us() // 1_000_000))

    def hear(self, messages: Iterable[Message]) -> None:
        if self._logged_on:
            for message in messages:
                self._send(message)

    def hear_tick(self, tick: Tick, *, quote_moved: bool) -> None:
        for symbol_id in self._subscribed:
            if quote_moved:
                self._send(quote_update(symbol_id, tick))
            self._send(trade_update(symbol_id, tick))

    def log_off(self, reason: str) -> None:
        if self._logged_on:
            self._send(Logoff(Reason=reason))

    def _greet(self, data: bytes) -> bytes:
        """Finds out how the client speaks; what follows his encoding request is handed back.

        JSON is all we speak: a client who asked for another encoding is told so and may leave.
        """
        self._greeting += data
        if self._greeting[:1] == b"{":
            self._codec = JsonCodec()
            return bytes(self._greeting)
        if len(self._greeting) < handshake.SIZE:
            return b""
        handshake.decode_request(bytes(self._greeting))
        self.out += handshake.encode_response(Encoding.JSON)
        self._codec = JsonCodec()
        return bytes(self._greeting[handshake.SIZE :])

    def _handle(self, message: Message, now: float) -> None:
        self.hear(self._desk.next_is(message))
        match message:
            case LogonRequest():
                self._log_on(message, now)
            case EncodingRequest():
                self._send(EncodingResponse(Encoding=Encoding.JSON))
            case Logoff():
                self.ended = True
            case _ if not self._logged_on:
                _log.info("A client's %s before logon is left out", type(message).__name__)
            case MarketDataRequest():
                self._subscribe(message)
            case SubmitNewSingleOrder() | SubmitNewOcoOrder() | SubmitFlattenPositionOrder():
                self.hear(self._desk.take(message))
            case CancelOrder() | CancelReplaceOrder():
                self.hear(self._desk.take(message))
            case _:
                self.hear(self._floor.manners.answer(message, answer(message, self._floor.exchange)))

    def _log_on(self, request: LogonRequest, now: float) -> None:
        asked = request.HeartbeatIntervalInSeconds or 0
        self._interval = float(asked) if asked > 0 else _HEARTBEAT_S
        self._beat_at = now
        self._logged_on = True
        self._send(
            LogonResponse(
                Result=LogonStatus.SUCCESS,
                ResultText="Practice: nothing here is traded at any market",
                ServerName=SERVER_NAME,
                TradingIsSupported=1,
                OrderCancelReplaceSupported=1,
                OCOOrdersSupported=1,
                BracketOrdersSupported=1,
                SecurityDefinitionsSupported=1,
                MarketDepthIsSupported=0,
                MarketDataSupported=1,
            )
        )
        # The documented way to tell a client what exists here: a definition he did not ask for.
        self._send(define(self._floor.exchange.listing, request_id=0))

    def _subscribe(self, request: MarketDataRequest) -> None:
        symbol_id = request.SymbolID or 0
        if request.RequestAction == RequestAction.UNSUBSCRIBE:
            self._subscribed.discard(symbol_id)
        else:
            self._floor.begin()
            answers = list(self._floor.manners.answer(request, [self._open_market(request)]))
            self.hear(answers)
            if any(isinstance(each, MarketDataSnapshot) for each in answers):
                self._subscribed.add(symbol_id)

    def _open_market(self, request: MarketDataRequest) -> Message:
        symbol_id = request.SymbolID or 0
        if request.Symbol != self._floor.exchange.listing.symbol:
            return MarketDataReject(SymbolID=symbol_id, RejectText=f"{request.Symbol} is not traded here")
        return snapshot(symbol_id, self._floor.exchange.last_tick)

    def _send(self, message: Message) -> None:
        self.out += encode(message)
