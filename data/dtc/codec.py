"""The JSON encoding: one object, then one NUL byte. No socket, no clock, no thread."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from core.errors import ProtocolViolation
from data.dtc import messages
from data.dtc.messages import Message

_NUL = b"\0"
# The longest honest message is a few kilobytes; a peer that sends more without a NUL does not speak DTC.
LONGEST_MESSAGE = 1 << 16

_KINDS = tuple(
    kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
)
_KNOWN_TYPES = frozenset(kind.number() for kind in _KINDS)
_AnyMessage = _KINDS[0]
for _kind in _KINDS[1:]:
    _AnyMessage = _AnyMessage | _kind  # type: ignore[assignment]


class _TypeOnly(msgspec.Struct):
    Type: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message of a known type whose fields are not what the protocol says; the stream itself is sound."""

    type_number: int
    reason: str
    raw: bytes


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
            self._refuse_over_long(len(self._buffer))
            return
        *frames, rest = self._buffer.split(_NUL)
        self._buffer = rest
        for frame in frames:
            self._refuse_over_long(len(frame))
            message = self._decode(bytes(frame))
            if message is not None:
                yield message
        self._refuse_over_long(len(rest))

    def _decode(self, frame: bytes) -> Message | Unreadable | None:
        if not frame.strip():
            return None
        try:
            return self._decoder.decode(frame)
        # msgspec raises UnicodeDecodeError and RecursionError besides its own; all but the last are ValueErrors.
        except (ValueError, RecursionError) as error:
            return self._explain(frame, error)

    def _explain(self, frame: bytes, error: Exception) -> Unreadable | None:
        """An unknown type and a wrong field raise the same error, so the type decides."""
        try:
            type_number = self._type_decoder.decode(frame).Type
        except (ValueError, RecursionError):
            raise ProtocolViolation(f"Not a DTC message: {error}") from error
        if type_number in _KNOWN_TYPES:
            return Unreadable(type_number, str(error), frame)
        self.unknown_count += 1
        return None

    def _refuse_over_long(self, length: int) -> None:
        if length > LONGEST_MESSAGE:
            raise ProtocolViolation(f"A message of more than {LONGEST_MESSAGE} bytes is no DTC message")


_encoder = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """The message as it goes over the wire, its NUL included."""
    return _encoder.encode(message) + _NUL
