"""Small .scid files, synthetic: packed here field by field, sharing nothing with the reader they are read by."""

import os
import struct
from pathlib import Path

import pytest

EPOCH_US = 25_569 * 86_400_000_000  # 1899-12-30 to 1970-01-01
MOMENT_US = 1_795_000_000_123_456  # in November 2026, on a weekday in trading hours
SECOND_US = 1_000_000
HEADER_BYTES = 56
RECORD_BYTES = 40
FIRST_OF_BUNDLE, LAST_OF_BUNDLE = -1.99900095e37, -1.99900197e37


def header(header_size: int = HEADER_BYTES, record_size: int = RECORD_BYTES) -> bytes:
    return struct.pack("<4sIIHHI", b"SCID", header_size, record_size, 1, 0, 0).ljust(header_size, b"\0")


def record(
    stamp: bytes,
    prices: tuple[float, float, float, float],
    trades: int = 1,
    bid_volume: int = 0,
    ask_volume: int = 0,
) -> bytes:
    """Prices are open, high, low, close, as they stand in the file."""
    return stamp + struct.pack("<4f4I", *prices, trades, bid_volume + ask_volume, bid_volume, ask_volume)


def stamp(at_us: int) -> bytes:
    return struct.pack("<q", at_us + EPOCH_US)


def stamp_in_days(at_us: int) -> bytes:
    """As old builds wrote it."""
    return struct.pack("<d", (at_us + EPOCH_US) / 86_400_000_000)


def tick(at_us: int = MOMENT_US, price: float = 5050.25, size: int = 1, mark: float = 0.0) -> bytes:
    """A purchase at the ask, a quarter above the bid."""
    return record(stamp(at_us), (mark, price, price - 0.25, price), ask_volume=size)


def sale(at_us: int = MOMENT_US, price: float = 5050.0, size: int = 1, mark: float = 0.0) -> bytes:
    return record(stamp(at_us), (mark, price + 0.25, price, price), bid_volume=size)


def bar(at_us: int, opened: float, high: float, low: float, close: float) -> bytes:
    return record(stamp(at_us), (opened, high, low, close), trades=20, bid_volume=30, ask_volume=40)


def write_scid(path: Path, *records: bytes) -> Path:
    path.write_bytes(header() + b"".join(records))
    return path


def append(path: Path, *records: bytes) -> None:
    with path.open("ab") as sierra:
        sierra.write(b"".join(records))


def real_ticks(name: str) -> Path:
    """A recorded session from outside of the tree; the test is skipped where it is not at hand."""
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/ticks" / name
    if not path.exists():
        pytest.skip(f"no recorded session at {path}")
    return path
