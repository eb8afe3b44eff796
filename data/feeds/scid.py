"""Sierra Chart's intraday file: a header, then records of fixed size, oldest first."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ConfigError
from data.feeds.tick import Tick, TickBlock

_HEADER = struct.Struct("<4sII")  # magic, header size, record size; the rest of the header says nothing we need
_SMALLEST_HEADER = 56
_FIELDS = {
    "time": "<i8",
    "open": "<f4",
    "high": "<f4",
    "low": "<f4",
    "close": "<f4",
    "trades": "<u4",
    "volume": "<u4",
    "bid_volume": "<u4",
    "ask_volume": "<u4",
}
_SMALLEST_RECORD = np.dtype(list(_FIELDS.items())).itemsize
_EPOCH_US = 2_209_161_600_000_000  # 1899-12-30 to 1970-01-01
_DAY_US = 86_400_000_000
_OLDEST_DOUBLE = 1 << 62  # read as an integer, a double of 2.0 or more is at least this; microseconds never get there
_PART_OF_A_BUNDLE = -1e37  # below it, Open marks the first or last part of an unbundled trade
_BLOCK = 50_000


class ScidFile:
    """A .scid file read by record number; no handle stays open, as on Windows one would stop Sierra from rewriting."""

    def __init__(self, path: Path) -> None:
        """Reads the header.

        Raises:
            ConfigError: the file cannot be read or is no .scid file.
        """
        self._path = path
        self._header_size, self._record_size = _read_header(path)
        names, formats = list(_FIELDS), list(_FIELDS.values())
        self._record = np.dtype({"names": names, "formats": formats, "itemsize": self._record_size})

    @property
    def record_count(self) -> int:
        """Whole records in the file now; a record still being written does not count."""
        return max(0, self._path.stat().st_size - self._header_size) // self._record_size

    def read(self, first: int, count: int) -> TickBlock:
        """Up to `count` records from number `first` on; fewer at the end of the file."""
        with self._path.open("rb") as file:
            file.seek(self._header_size + first * self._record_size)
            data = file.read(count * self._record_size)
        whole = len(data) - len(data) % self._record_size
        return _to_ticks(np.frombuffer(data[:whole], dtype=self._record))

    def ticks(self) -> Iterator[Tick]:
        """Every tick, in file order, until the file ends."""
        first = 0
        while block := self.read(first, _BLOCK):
            yield from block.ticks()
            first += len(block)


def _read_header(path: Path) -> tuple[int, int]:
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER.size)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    if len(start) < _HEADER.size or start[:4] != b"SCID":
        raise ConfigError(f"{path} is no .scid file: it does not begin with SCID")
    _magic, header_size, record_size = _HEADER.unpack(start)
    if header_size < _SMALLEST_HEADER or record_size < _SMALLEST_RECORD:
        raise ConfigError(f"{path} is no .scid file: header of {header_size} and records of {record_size} bytes")
    return header_size, record_size


def _to_ticks(records: npt.NDArray[Any]) -> TickBlock:
    """The close is the trade; high and low are ask and bid only in records of a single trade."""
    close = records["close"].astype(np.float64)
    single = (records["open"] == 0) | (records["open"] < _PART_OF_A_BUNDLE)
    bought, sold = records["ask_volume"] > 0, records["bid_volume"] > 0
    return TickBlock(
        at_us=_to_unix_us(records["time"]),
        price=close,
        size=records["volume"].astype(np.int64),
        aggressor=bought.astype(np.int8) - sold.astype(np.int8),
        bid=np.where(single, records["low"].astype(np.float64), close),
        ask=np.where(single, records["high"].astype(np.float64), close),
    )


def _to_unix_us(stored: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970; old builds stored a double of days in the same eight bytes."""
    is_days = stored >= _OLDEST_DOUBLE
    days = np.where(is_days, np.ascontiguousarray(stored).view("<f8"), 0.0)
    return np.where(is_days, np.rint(days * _DAY_US).astype(np.int64), stored) - _EPOCH_US
