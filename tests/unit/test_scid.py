"""The .scid reader against bytes packed here, and against an independent read of a real session."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.values import Side
from data.feeds.scid_file import DISORDER_US, OpenScid, ScidFile
from data.feeds.scid_record import FileState, ScidNotReady
from data.feeds.tick import TickBlock
from tests.scid_files import (
    EPOCH_US,
    FIRST_OF_BUNDLE,
    HEADER_BYTES,
    LAST_OF_BUNDLE,
    MOMENT_US,
    RECORD_BYTES,
    SECOND_US,
    append,
    bar,
    header,
    real_ticks,
    record,
    sale,
    stamp_in_days,
    tick,
    write_scid,
)

_FIVE_GB = 5 * 1024**3


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return tmp_path / "MESZ26.scid"


def _stamps_between(path: Path, start_us: int, end_us: int) -> list[int]:
    return [at_us for block in ScidFile(path).ticks_between(start_us, end_us) for at_us in block.at_us.tolist()]


def test_a_single_trade_has_its_quote_and_its_aggressor(recorded: Path) -> None:
    write_scid(recorded, tick(size=2))
    (only,) = ScidFile(recorded).ticks()
    assert only == (MOMENT_US, 5050.25, 2, Side.BUY, 5050.0, 5050.25)


@pytest.mark.parametrize("mark", [0.0, FIRST_OF_BUNDLE, LAST_OF_BUNDLE])
def test_a_part_of_an_unbundled_trade_is_a_trade(recorded: Path, mark: float) -> None:
    write_scid(recorded, sale(size=3, mark=mark))
    (part,) = ScidFile(recorded).ticks()
    assert part == (MOMENT_US, 5050.0, 3, Side.SELL, 5050.0, 5050.25)
    assert not ScidFile(recorded).read(0, 1).is_bar.any()


def test_bid_and_ask_of_a_trade_never_widen_its_range(recorded: Path) -> None:
    write_scid(recorded, tick(price=5050.25))
    block = ScidFile(recorded).read(0, 1)
    assert (block.low.tolist(), block.high.tolist()) == ([5050.25], [5050.25])


def test_a_bar_has_a_range_and_no_quote(recorded: Path) -> None:
    write_scid(recorded, bar(MOMENT_US, 5049.0, 5060.0, 5040.0, 5050.5))
    block = ScidFile(recorded).read(0, 1)
    assert (block.price[0], block.low[0], block.high[0]) == (5050.5, 5040.0, 5060.0)
    assert (block.bid[0], block.ask[0], block.is_bar[0]) == (5050.5, 5050.5, True)
    assert (block.volume[0], block.bid_volume[0], block.ask_volume[0]) == (70, 30, 40)


def test_a_time_in_days_of_an_old_build_is_understood(recorded: Path) -> None:
    write_scid(recorded, record(stamp_in_days(MOMENT_US), (0.0, 2.0, 1.0, 2.0)))
    (old,) = ScidFile(recorded).ticks()
    assert abs(old.at_us - MOMENT_US) <= 1


def test_a_file_of_an_old_build_is_searched_by_time(recorded: Path) -> None:
    seconds = [record(stamp_in_days(MOMENT_US + n * SECOND_US), (0.0, 2.0, 1.0, 2.0)) for n in range(9_000)]
    write_scid(recorded, *seconds)
    found = _stamps_between(recorded, MOMENT_US + 4_999_500_000, MOMENT_US + 5_001_500_000)
    assert [round((at_us - MOMENT_US) / SECOND_US) for at_us in found] == [5000, 5001]


def test_records_begin_where_the_header_says_it_ends(recorded: Path) -> None:
    recorded.write_bytes(header(64) + tick() + tick(MOMENT_US + 1))
    assert [each.at_us for each in ScidFile(recorded).ticks()] == [MOMENT_US, MOMENT_US + 1]


@pytest.mark.parametrize("torn", range(RECORD_BYTES))
def test_a_record_still_being_written_does_not_count(recorded: Path, torn: int) -> None:
    recorded.write_bytes(header() + tick() + tick()[:torn])
    file = ScidFile(recorded)
    assert file.record_count == 1
    assert len(list(file.ticks())) == 1


def test_records_that_come_later_are_seen_by_the_same_reader(recorded: Path) -> None:
    write_scid(recorded)
    file = ScidFile(recorded)
    assert len(file.read(0, 10)) == 0
    append(recorded, tick())
    assert len(file.read(0, 10)) == 1


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"", FileState.EMPTY),
        (b"SCI", FileState.HEADER_INCOMPLETE),
        (header()[:55], FileState.HEADER_INCOMPLETE),
        (b"CSV,1,2\n" * 20, FileState.FOREIGN),
        (header(record_size=20), FileState.FOREIGN),
        (header(record_size=48), FileState.FOREIGN),
        (header(8).ljust(80, b"\0"), FileState.FOREIGN),
        (header(1 << 20), FileState.FOREIGN),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_state(recorded: Path, content: bytes, state: FileState) -> None:
    recorded.write_bytes(content)
    with pytest.raises(ScidNotReady, match=r"MESZ26\.scid") as refused:
        ScidFile(recorded).ticks()
    assert refused.value.state is state
    assert isinstance(refused.value, ConfigError)


def test_a_missing_file_is_refused_by_name(recorded: Path) -> None:
    with pytest.raises(ScidNotReady, match=r"MESZ26\.scid cannot be read") as refused:
        ScidFile(recorded).ticks()
    assert refused.value.state is FileState.MISSING


def test_a_file_that_the_system_does_not_let_us_read_is_refused_by_name(recorded: Path) -> None:
    recorded.mkdir()
    with pytest.raises(ScidNotReady, match=r"MESZ26\.scid cannot be read") as refused:
        ScidFile(recorded).ticks()
    assert refused.value.state is FileState.UNREADABLE


def test_the_end_of_a_window_is_not_in_it(recorded: Path) -> None:
    write_scid(recorded, *(tick(MOMENT_US + second * SECOND_US) for second in range(5)))
    found = _stamps_between(recorded, MOMENT_US + SECOND_US, MOMENT_US + 3 * SECOND_US)
    assert found == [MOMENT_US + SECOND_US, MOMENT_US + 2 * SECOND_US]


def test_trades_of_one_stamp_keep_the_order_of_the_file(recorded: Path) -> None:
    prices = [5050.0, 5051.0, 5049.0, 5051.0]
    write_scid(recorded, *(tick(MOMENT_US, price) for price in prices))
    (block,) = ScidFile(recorded).ticks_between(MOMENT_US, MOMENT_US + 1)
    assert block.price.tolist() == prices


@pytest.mark.parametrize("window", [(0, 1), (MOMENT_US + 9, MOMENT_US + 99), (5, 3)])
def test_a_window_with_no_trade_has_no_block(recorded: Path, window: tuple[int, int]) -> None:
    write_scid(recorded, tick(MOMENT_US))
    assert list(ScidFile(recorded).ticks_between(*window)) == []


def test_a_long_window_comes_in_blocks_of_bounded_size(recorded: Path) -> None:
    write_scid(recorded, *(tick(MOMENT_US + number) for number in range(150_000)))
    blocks = list(ScidFile(recorded).ticks_between(MOMENT_US, MOMENT_US + 150_000))
    assert max(map(len, blocks)) <= 65_536
    assert np.concatenate([block.at_us for block in blocks]).tolist() == [MOMENT_US + n for n in range(150_000)]


@given(
    steps=st.lists(st.integers(-30, 40), min_size=1, max_size=60),
    window=st.tuples(st.integers(0, 59), st.integers(0, 59)),
)
def test_stamps_that_step_back_within_a_minute_are_all_found(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], window: tuple[int, int]
) -> None:
    stamps = _within_disorder([MOMENT_US + seconds * SECOND_US for seconds in np.cumsum(steps).tolist()])
    # Far more records before and behind than one read of the search takes.
    before = [stamps[0] - 2 * DISORDER_US + number for number in range(3_000)]
    behind = [max(stamps) + 2 * DISORDER_US + number for number in range(3_000)]
    path = tmp_path_factory.getbasetemp() / "MESZ26.scid"
    write_scid(path, *(tick(at_us) for at_us in [*before, *stamps, *behind]))
    start_us, end_us = sorted(stamps[number % len(stamps)] for number in window)
    expected = [at_us for at_us in [*before, *stamps, *behind] if start_us <= at_us < end_us]
    assert _stamps_between(path, start_us, end_us) == expected


def _within_disorder(stamps: list[int]) -> list[int]:
    kept: list[int] = []
    for at_us in stamps:
        if not kept or at_us >= max(kept) - DISORDER_US:
            kept.append(at_us)
    return kept


def test_a_window_of_a_file_of_5_gb_reads_next_to_nothing(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scid(recorded, *(tick(MOMENT_US + number * SECOND_US) for number in range(1_000)))
    ours = recorded.read_bytes()[HEADER_BYTES:]
    records = (_FIVE_GB - HEADER_BYTES) // RECORD_BYTES
    with recorded.open("r+b") as sierra:  # a hole of stamps 0, then a thousand trades
        sierra.seek(HEADER_BYTES + (records - 1_000) * RECORD_BYTES)
        sierra.write(ours)
        sierra.seek(HEADER_BYTES)
        sierra.write(bytes(len(ours)))
    assert recorded.stat().st_size > 4.9 * 1024**3
    bytes_read = _count_bytes_read(monkeypatch)
    found = _stamps_between(recorded, MOMENT_US + 500 * SECOND_US, MOMENT_US + 510 * SECOND_US)
    assert found == [MOMENT_US + second * SECOND_US for second in range(500, 510)]
    assert sum(bytes_read) < 500_000


def _count_bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    counts: list[int] = []
    really = OpenScid._bytes

    def counted(scid: OpenScid, first: int, size: int) -> bytes:
        data = really(scid, first, size)
        counts.append(len(data))
        return data

    monkeypatch.setattr(OpenScid, "_bytes", counted)
    return counts


def test_a_hole_that_a_broken_write_left_holds_no_trades(recorded: Path) -> None:
    write_scid(recorded, tick(), bytes(3 * RECORD_BYTES), tick(MOMENT_US + 1))
    assert [each.at_us for each in ScidFile(recorded).ticks()] == [MOMENT_US, MOMENT_US + 1]


@pytest.mark.parametrize("left", [b"", tick(MOMENT_US + 5) * 100_000])
def test_a_rewrite_between_two_blocks_is_not_passed_over(recorded: Path, left: bytes) -> None:
    write_scid(recorded, *(tick(MOMENT_US + number) for number in range(100_000)))
    blocks = ScidFile(recorded).ticks_between(MOMENT_US, MOMENT_US + 100_000)
    next(blocks)
    write_scid(recorded, left)
    with pytest.raises(ScidNotReady, match="rewritten") as changed:
        next(blocks)
    assert changed.value.state is FileState.CHANGING


def test_a_rewrite_between_search_and_read_is_not_passed_over(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = [tick(MOMENT_US + number * SECOND_US) for number in range(500)]
    write_scid(recorded, *day)
    really = ScidFile._blocks

    def blocks(file: ScidFile, first: int, end: int, last: bytes) -> Iterator[TickBlock]:
        write_scid(recorded, tick(0), *day)
        return really(file, first, end, last)

    monkeypatch.setattr(ScidFile, "_blocks", blocks)
    with pytest.raises(ScidNotReady, match="rewritten"):
        _stamps_between(recorded, MOMENT_US + 400 * SECOND_US, MOMENT_US + 410 * SECOND_US)


def test_no_handle_stays_open_between_two_blocks(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scid(recorded, *(tick(MOMENT_US + number) for number in range(100_000)))
    opened = _remember_opened(monkeypatch)
    blocks = ScidFile(recorded).ticks_between(MOMENT_US, MOMENT_US + 100_000)
    next(blocks)
    assert opened
    assert all(scid._file.closed for scid in opened)
    assert len(next(blocks)) > 0


def _remember_opened(monkeypatch: pytest.MonkeyPatch) -> list[OpenScid]:
    opened: list[OpenScid] = []
    begin = OpenScid.__init__

    def remembered(scid: OpenScid, *arguments: object) -> None:
        opened.append(scid)
        begin(scid, *arguments)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(OpenScid, "__init__", remembered)
    return opened


def test_a_real_session_is_read_whole() -> None:
    path = real_ticks("ESM18_session.scid")
    raw = np.frombuffer(path.read_bytes()[56:], dtype="<i8,<f4,<f4,<f4,<f4,<u4,<u4,<u4,<u4")
    ticks = list(ScidFile(path).ticks())
    assert len(ticks) == len(raw) == ScidFile(path).record_count == 74_907
    assert [each.price for each in ticks] == raw["f4"].tolist()
    assert [each.at_us for each in ticks] == (raw["f0"] - EPOCH_US).tolist()
    assert np.datetime64(ticks[0].at_us, "us").astype(str).startswith("2018-05-07T13:30:0")
    assert np.datetime64(ticks[-1].at_us, "us").astype(str).startswith("2018-05-07T16:59:5")


def test_windows_of_a_real_session_hold_what_a_bare_scan_finds() -> None:
    path = real_ticks("ESM18_session.scid")
    raw = np.frombuffer(path.read_bytes()[56:], dtype="<i8,<f4,<f4,<f4,<f4,<u4,<u4,<u4,<u4")
    at_us = raw["f0"] - EPOCH_US
    random = np.random.default_rng(7)
    for _ in range(50):
        start, end = sorted(random.integers(at_us[0] - SECOND_US, at_us[-1] + SECOND_US, 2).tolist())
        blocks = list(ScidFile(path).ticks_between(start, end))
        found = [price for block in blocks for price in block.price.tolist()]
        assert found == raw["f4"][(at_us >= start) & (at_us < end)].tolist()
