"""Recordings as files and as a market: every tick, in order, at the speed asked for."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.values import Side
from data.feeds.recording import read_recording, symbol_of_recording
from data.feeds.tick import Tick
from data.practice.replay import AS_FAST_AS_READ, TickReplay

_TICK_SIZE = Decimal("0.25")
_TABLE = """# recorded somewhere
ts_utc_us,price,size,side,bid,ask
1643031000005000,4347.75,1,B,4347.5,4347.75

1643031000005000,4347.5,3,S,4347.5,4347.75
# a note in between
1643031000007000,4347.25,2,,,
"""


def _ticks(*at_us: int) -> list[Tick]:
    return [Tick(moment, 5050.0, 1, None, 5049.75, 5050.0) for moment in at_us]


def test_a_table_of_ticks_is_read_in_its_order(tmp_path: Path) -> None:
    table = tmp_path / "ESH2.csv"
    table.write_text(_TABLE)
    assert list(read_recording(table)) == [
        Tick(1643031000005000, 4347.75, 1, Side.BUY, 4347.5, 4347.75),
        Tick(1643031000005000, 4347.5, 3, Side.SELL, 4347.5, 4347.75),
        Tick(1643031000007000, 4347.25, 2, None, 4347.25, 4347.25),
    ]


def test_an_unreadable_line_is_named(tmp_path: Path) -> None:
    table = tmp_path / "ESH2.csv"
    table.write_text(_TABLE + "1643031000008000,none,1,B,1,2\n")
    with pytest.raises(ConfigError, match=r"ESH2\.csv line 8"):
        read_recording(table)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "# nothing\n"])
def test_a_table_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    table = tmp_path / "ESH2.csv"
    table.write_text(content)
    with pytest.raises(ConfigError, match="no table of ticks"):
        read_recording(table)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"notes\.txt"):
        read_recording(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("ESM18_session.scid", "ESM18"),
        ("ESH2_20220124.scid", "ESH2"),
        ("MESU26_FUT_CME.scid", "MESU26_FUT_CME"),
        ("MESZ26-CME.scid", "MESZ26-CME"),
    ],
)
def test_the_file_name_tells_the_symbol(name: str, symbol: str) -> None:
    assert symbol_of_recording(Path(name)) == symbol


def test_a_file_name_without_a_contract_asks_for_the_symbol() -> None:
    with pytest.raises(ConfigError, match="give the symbol"):
        symbol_of_recording(Path("es_l1_20220124.csv"))


def test_ticks_fall_due_at_the_recordings_pace_times_the_speed() -> None:
    replay = TickReplay(_ticks(1_000_000, 3_000_000, 3_000_000), _TICK_SIZE, speed=4)
    assert replay.due_at() == 0.0
    replay.next_tick(now=100.0)
    assert replay.due_at() == 100.5
    replay.next_tick(now=100.7)
    assert replay.due_at() == 100.5


def test_as_fast_as_read_is_always_due_but_not_with_nobody_reading() -> None:
    replay = TickReplay(_ticks(0, 10**12), _TICK_SIZE, AS_FAST_AS_READ)
    replay.next_tick(now=100.0)
    assert replay.due_at() == 0.0
    assert not replay.goes_on_unwatched


def test_the_time_is_the_recordings_and_never_goes_back() -> None:
    replay = TickReplay(_ticks(5, 9, 7), _TICK_SIZE)
    times = []
    while replay.due_at() is not None:
        replay.next_tick(0.0)
        times.append(replay.now_us())
    assert times == [5, 9, 9]


def test_after_the_last_tick_none_is_due() -> None:
    replay = TickReplay(_ticks(1), _TICK_SIZE)
    replay.next_tick(0.0)
    assert replay.due_at() is None


def test_prices_that_lost_digits_in_the_file_are_put_on_the_grid() -> None:
    narrow = Tick(1, 72.12999725341797, 1, None, 72.12000274658203, 72.12999725341797)
    assert TickReplay([narrow], Decimal("0.01")).opening[1:] == (72.13, 1, None, 72.12, 72.13)


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(ConfigError, match="no ticks"):
        TickReplay([], _TICK_SIZE)
