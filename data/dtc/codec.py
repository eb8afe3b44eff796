"""The JSON encoding: one object, then one NUL byte. No socket, no clock, no thread."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.errors import ProtocolViolation
from data.dtc import messages, order_requests
from data.dtc.messages import Message

_NUL = b"\0"
# The longest honest message is a few kilobytes; a peer that sends more without a NUL does not speak DTC.
LONGEST_MESSAGE = 1 << 16
_SHOWN_BYTES = 40

_KINDS = tuple(
    kind
    for kind in (*vars(messages).values(), *vars(order_requests).values())
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
)
_KNOWN_TYPES = frozenset(kind.number() for kind in _KINDS)
_AnyMessage = _KINDS[0]
for _kind in _KINDS[1:]:
    _AnyMessage = _AnyMessage | _kind  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message of a known type whose fields are not what the protocol says; the stream itself is sound.

    `account` is None where not even that could be read.
    """

    type_number: int
    account: str | None
    reason: str
    raw: bytes


class _TypeOnly(msgspec.Struct):
    Type: int


class JsonCodec:
    """Cuts a byte stream into messages, however it was split or joined on the way."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._decoder = msgspec.json.Decoder(_AnyMessage, strict=False)
        self._type_decoder = msgspec.json.Decoder(_TypeOnly)
        self.unknown_count = 0

    def feed(self, data: bytes) -> Iterator[Message | Unreadable]:
        """The messages completed by `data`; unknown types are counted and skipped, as the protocol asks.

        Raises:
            ProtocolViolation: what came is not JSON, has no type, or is longer than any message may be.
        """
        self._buffer += data
        if _NUL not in data:
            _refuse_over_long(self._buffer)
            return
        *frames, self._buffer = self._buffer.split(_NUL)
        for frame in frames:
            _refuse_over_long(frame)
            try:
                message = self._decoder.decode(frame)
            # msgspec raises UnicodeDecodeError and RecursionError besides its own; all but the last are ValueErrors.
            except (ValueError, RecursionError):
                again = self._read_again(bytes(frame))
                if again is not None:
                    yield again
            else:
                yield message
        _refuse_over_long(self._buffer)

    def _read_again(self, frame: bytes) -> Message | Unreadable | None:
        """What the fast reading refused: an unknown type, or what a C program prints that strict JSON has no room for.

        That is 8-bit text, control characters, `NaN` and numbers out of range.
        """
        if not frame.strip() or self._is_unknown(frame):
            return None
        try:
            fields = json.loads(frame.decode("utf-8" if _is_utf8(frame) else "cp1252", "replace"), strict=False)
        except (ValueError, RecursionError) as error:
            raise ProtocolViolation(f"{frame[:_SHOWN_BYTES]!r} is no message in JSON") from error
        if not isinstance(fields, dict) or type(fields.get("Type")) is not int:
            raise ProtocolViolation(f"{frame[:_SHOWN_BYTES]!r} names no type of message")
        return self._convert(fields, frame)

    def _convert(self, fields: dict[str, Any], frame: bytes) -> Message | Unreadable | None:
        if fields["Type"] not in _KNOWN_TYPES:
            self.unknown_count += 1
            return None
        try:
            # Half a surrogate pair is text that no file and no table takes.
            json.dumps(fields, ensure_ascii=False).encode()
            return msgspec.convert(fields, _AnyMessage, strict=False)
        except (ValueError, RecursionError) as error:
            return Unreadable(fields["Type"], _account_in(fields), str(error), frame)

    def _is_unknown(self, frame: bytes) -> bool:
        """Tells the types nobody here reads from the rest, without reading them."""
        try:
            is_unknown = self._type_decoder.decode(frame).Type not in _KNOWN_TYPES
        except (ValueError, RecursionError):
            return False
        self.unknown_count += is_unknown
        return is_unknown


def _account_in(fields: dict[str, Any]) -> str | None:
    account = fields.get("TradeAccount")
    return account.encode("utf-8", "replace").decode() if isinstance(account, str) else None


def _is_utf8(frame: bytes) -> bool:
    try:
        frame.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_over_long(frame: bytearray) -> None:
    if len(frame) > LONGEST_MESSAGE:
        raise ProtocolViolation(f"A message of more than {LONGEST_MESSAGE} bytes is no DTC message")


_encoder = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """The message as it goes over the wire, its NUL included."""
    return _encoder.encode(message) + _NUL
