"""The encoding handshake: two binary messages of 16 bytes, before anything else.

ENCODING_REQUEST and ENCODING_RESPONSE are always binary between peers that have not agreed yet; a server preset to JSON
answers in JSON, and one may speak JSON to it from the first byte.
"""

import struct

from core.errors import ProtocolViolation
from data.dtc.enums import Encoding
from data.dtc.messages import EncodingRequest, EncodingResponse

_LAYOUT = struct.Struct("<HHii4s")
SIZE = _LAYOUT.size
_PROTOCOL_VERSION = 8
_PROTOCOL_TYPE = b"DTC\0"


def encode_request(encoding: Encoding) -> bytes:
    return _LAYOUT.pack(SIZE, EncodingRequest.number(), _PROTOCOL_VERSION, encoding, _PROTOCOL_TYPE)


def encode_response(encoding: Encoding) -> bytes:
    return _LAYOUT.pack(SIZE, EncodingResponse.number(), _PROTOCOL_VERSION, encoding, _PROTOCOL_TYPE)


def decode_request(data: bytes) -> int:
    """The encoding a client asks for, as a number. `data` holds at least SIZE bytes."""
    return _decode(data, EncodingRequest.number())


def decode_response(data: bytes) -> int:
    """The encoding a server names, as a number. `data` holds at least SIZE bytes."""
    return _decode(data, EncodingResponse.number())


def _decode(data: bytes, type_number: int) -> int:
    size, found, _version, encoding, _protocol = _LAYOUT.unpack_from(data)
    if (size, found) != (SIZE, type_number):
        raise ProtocolViolation(f"Expected DTC message {type_number} of {SIZE} bytes, got {found} of {size}")
    return int(encoding)
