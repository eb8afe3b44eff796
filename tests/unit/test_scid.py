"""The .scid reader against bytes packed here, and against an independent read of a real session."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from core.values import Side
from data.feeds.scid import ScidFile

_EPOCH_US = 25569 * 86_400_000_000
_MOMENT_US = 1_795_000_000_123_456


def _header(header_size: int = 56, record_size: int = 40) -> bytes:
    return struct.pack("<4sIIHHI", b"SCID", header_size, record_size, 1, 0, 0).ljust(header_size, b"\0")


def _record(time: bytes, prices: tuple[float, float, float, float], bid_volume: int, ask_volume: int) -> bytes:
    return time + struct.pack("<4f4I", *prices, 1, bid_volume + ask_volume, bid_volume, ask_volume)


def _tick(at_us: int = _MOMENT_US, ask_volume: int = 2) -> bytes:
    return _record(struct.pack("<q", at_us + _EPOCH_US), (0.0, 5050.25, 5050.0, 5050.25), 0, ask_volume)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return tmp_path / "MESZ26.scid"


def test_a_single_trade_has_its_quote_and_its_aggressor(recorded: Path) -> None:
    recorded.write_bytes(_header() + _tick())
    (tick,) = ScidFile(recorded).ticks()
    assert tick == (_MOMENT_US, 5050.25, 2, Side.BUY, 5050.0, 5050.25)


def test_a_sale_at_the_bid_is_a_sale(recorded: Path) -> None:
    sale = _record(struct.pack("<q", _MOMENT_US + _EPOCH_US), (-1.99900095e37, 5050.25, 5050.0, 5050.0), 3, 0)
    recorded.write_bytes(_header() + sale)
    (tick,) = ScidFile(recorded).ticks()
    assert (tick.price, tick.aggressor, tick.bid, tick.ask) == (5050.0, Side.SELL, 5050.0, 5050.25)


def test_of_a_bar_only_the_close_is_a_price(recorded: Path) -> None:
    bar = _record(struct.pack("<q", _MOMENT_US + _EPOCH_US), (5049.0, 5060.0, 5040.0, 5050.5), 0, 0)
    recorded.write_bytes(_header() + bar)
    (tick,) = ScidFile(recorded).ticks()
    assert (tick.price, tick.bid, tick.ask, tick.aggressor) == (5050.5, 5050.5, 5050.5, None)


def test_a_time_in_days_of_an_old_build_is_understood(recorded: Path) -> None:
    days = (_MOMENT_US + _EPOCH_US) / 86_400_000_000
    recorded.write_bytes(_header() + _record(struct.pack("<d", days), (0.0, 2.0, 1.0, 2.0), 0, 1))
    (tick,) = ScidFile(recorded).ticks()
    assert abs(tick.at_us - _MOMENT_US) <= 1


def test_header_and_record_sizes_are_those_the_file_states(recorded: Path) -> None:
    recorded.write_bytes(_header(64, 48) + _tick() + b"\xff" * 8 + _tick(_MOMENT_US + 1) + b"\xff" * 8)
    assert [tick.at_us for tick in ScidFile(recorded).ticks()] == [_MOMENT_US, _MOMENT_US + 1]


@pytest.mark.parametrize("torn", range(40))
def test_a_record_still_being_written_does_not_count(recorded: Path, torn: int) -> None:
    recorded.write_bytes(_header() + _tick() + _tick()[:torn])
    file = ScidFile(recorded)
    assert file.record_count == 1
    assert len(list(file.ticks())) == 1


def test_records_that_come_later_are_seen_by_the_same_reader(recorded: Path) -> None:
    recorded.write_bytes(_header())
    file = ScidFile(recorded)
    assert len(file.read(0, 10)) == 0
    with recorded.open("ab") as sierra:
        sierra.write(_tick())
    assert len(file.read(0, 10)) == 1


@pytest.mark.parametrize("content", [b"", b"SCI", b"CSV,1,2\n" * 20, _header(record_size=20), _header(8)])
def test_what_is_no_scid_file_is_refused_by_name(recorded: Path, content: bytes) -> None:
    recorded.write_bytes(content)
    with pytest.raises(ConfigError, match=r"MESZ26\.scid"):
        ScidFile(recorded)


def test_a_missing_file_is_refused_by_name(recorded: Path) -> None:
    with pytest.raises(ConfigError, match=r"MESZ26\.scid cannot be read"):
        ScidFile(recorded)


def test_a_real_session_is_read_whole() -> None:
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/ticks/ESM18_session.scid"
    if not path.exists():
        pytest.skip(f"no recorded session at {path}")
    raw = np.frombuffer(path.read_bytes()[56:], dtype="<i8,<f4,<f4,<f4,<f4,<u4,<u4,<u4,<u4")
    ticks = list(ScidFile(path).ticks())
    assert len(ticks) == len(raw) == ScidFile(path).record_count == 74_907
    assert [tick.price for tick in ticks] == raw["f4"].tolist()
    assert [tick.at_us for tick in ticks] == (raw["f0"] - _EPOCH_US).tolist()
    assert np.datetime64(ticks[0].at_us, "us").astype(str).startswith("2018-05-07T13:30:0")
    assert np.datetime64(ticks[-1].at_us, "us").astype(str).startswith("2018-05-07T16:59:5")
