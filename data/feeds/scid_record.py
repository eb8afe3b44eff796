"""The bytes of Sierra Chart's intraday file: a header, then records of fixed size."""

import struct
from enum import StrEnum
from pathlib import Path

import numpy as np

from core.errors import ConfigError
from data.feeds.tick import Micros, Rows, TickBlock

HEADER_BYTES = 56  # the least a header takes; its own size field says where the records begin
RECORD = np.dtype(
    [
        ("time", "<i8"), ("open", "<f4"), ("high", "<f4"), ("low", "<f4"), ("close", "<f4"),
        ("trades", "<u4"), ("volume", "<u4"), ("bid_volume", "<u4"), ("ask_volume", "<u4"),
    ]
)  # fmt: skip
RECORD_BYTES = RECORD.itemsize
EPOCH_US = 2_209_161_600_000_000  # 1899-12-30 to 1970-01-01

_HEADER = struct.Struct("<4sII")  # magic, header size, record size; the rest of the header says nothing we need
_LARGEST_HEADER = 1 << 16
_TIME = np.dtype("<i8")
_DAY_US = 86_400_000_000
_OLDEST_DOUBLE = 1 << 62  # read as an integer, a double of 2.0 or more is at least this; microseconds never get there


class FileState(StrEnum):
    """What a .scid file is like now; all but READY may pass by itself."""

    READY = "ready"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    CHANGING = "changing"
    EMPTY = "empty"
    HEADER_INCOMPLETE = "header incomplete"
    FOREIGN = "foreign"


class ScidNotReady(ConfigError):
    """A .scid file that cannot be read now; `state` says why, the text names the file."""

    def __init__(self, state: FileState, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state


def read_header_size(path: Path, start: bytes) -> int:
    """Where the records begin, from the first bytes of the file at `path`.

    Raises:
        ScidNotReady: the header is not all there yet, or is another format's.
    """
    if not start:
        raise ScidNotReady(FileState.EMPTY, f"{path} is empty")
    if len(start) < HEADER_BYTES:
        raise ScidNotReady(FileState.HEADER_INCOMPLETE, f"{path} ends within its header")
    magic, header_size, record_size = _HEADER.unpack_from(start)
    if magic != b"SCID":
        raise ScidNotReady(FileState.FOREIGN, f"{path} is no .scid file: it does not begin with SCID")
    if not HEADER_BYTES <= header_size <= _LARGEST_HEADER or record_size != RECORD_BYTES:
        sizes = f"a header of {header_size} and records of {record_size} bytes"
        raise ScidNotReady(FileState.FOREIGN, f"{path} is no .scid file known here: {sizes}")
    return int(header_size)


def to_block(rows: Rows) -> TickBlock:
    """Records as ticks, without those of stamp 0: holes that a broken write left, never trades."""
    block = TickBlock(rows["time"] - EPOCH_US, rows)
    if len(block) and block.latest_us >= _OLDEST_DOUBLE - EPOCH_US:
        block = TickBlock(to_unix_us(rows["time"]), rows)
    if len(block) and block.earliest_us == -EPOCH_US:
        block = block.where(block.at_us != -EPOCH_US)
    return block


def to_unix_us(stored: Micros) -> Micros:
    """Microseconds since 1970; old builds stored a double of days in the same eight bytes."""
    is_days = stored >= _OLDEST_DOUBLE
    days = np.where(is_days, np.ascontiguousarray(stored).view("<f8"), 0.0)
    return np.where(is_days, np.rint(days * _DAY_US).astype(np.int64), stored) - EPOCH_US


def stamp_of(record: bytes) -> int:
    """The time of one record, microseconds UTC."""
    return int(to_unix_us(np.frombuffer(record, _TIME, count=1))[0])
