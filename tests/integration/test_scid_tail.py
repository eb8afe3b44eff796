"""A file followed while somebody writes it: synthetic records, each with a price that names it."""

import itertools
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.values import utc_from_micros
from data.feeds.scid_file import DISORDER_US, OpenScid, ScidFile
from data.feeds.scid_record import FileState, ScidNotReady
from data.feeds.scid_tail import Lag, ScidTail
from tests.scid_files import MOMENT_US, RECORD_BYTES, SECOND_US, append, bar, header, tick, write_scid
from tests.scid_writer import Follower, packed, records, trade, trades


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return tmp_path / "MESZ26.scid"


def test_what_is_there_comes_first_and_then_what_is_new(recorded: Path) -> None:
    write_scid(recorded, records(range(4)))
    follower = Follower(recorded)
    follower.poll()
    assert follower.seen == trades(range(4))
    append(recorded, records(range(4, 6)))
    follower.poll()
    follower.poll()
    assert follower.seen == trades(range(6))
    assert not follower.rewritten


def test_only_what_happened_from_the_moment_asked_for_is_handed_on(recorded: Path) -> None:
    write_scid(recorded, records(range(9_000)))
    follower = Follower(recorded, since_us=trade(6_000)[0])
    follower.poll()
    assert follower.seen == trades(range(6_000, 9_000))


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (None, FileState.MISSING),
        (b"", FileState.EMPTY),
        (header()[:30], FileState.HEADER_INCOMPLETE),
        (b"\0" * 100, FileState.FOREIGN),
    ],
)
def test_a_file_that_is_not_ready_yet_is_waited_for(recorded: Path, content: bytes | None, state: FileState) -> None:
    if content is not None:
        recorded.write_bytes(content)
    follower = Follower(recorded)
    polled = follower.poll()
    assert polled.state is state
    assert polled.trouble is not None
    assert "MESZ26.scid" in polled.trouble
    write_scid(recorded, records(range(3)))
    assert follower.poll().state is FileState.READY
    assert follower.seen == trades(range(3))


@pytest.mark.parametrize("cut", [1, 8, 20, RECORD_BYTES - 1])
def test_a_record_half_written_comes_when_it_is_whole(recorded: Path, cut: int) -> None:
    write_scid(recorded, packed(0), packed(1)[:cut])
    follower = Follower(recorded)
    follower.poll()
    assert follower.seen == trades([0])
    append(recorded, packed(1)[cut:], packed(2))
    follower.poll()
    assert follower.seen == trades(range(3))
    assert not follower.rewritten


def test_room_that_is_not_written_yet_holds_no_trades(recorded: Path) -> None:
    write_scid(recorded, packed(0), bytes(2 * RECORD_BYTES))
    follower = Follower(recorded)
    follower.poll()
    assert follower.seen == trades([0])
    write_scid(recorded, records(range(4)))
    follower.poll()
    assert follower.seen == trades(range(4))
    assert not follower.rewritten


def test_the_last_bar_is_running_until_the_next_begins(recorded: Path) -> None:
    first = bar(MOMENT_US, 5050.0, 5051.0, 5049.0, 5050.5)
    write_scid(recorded, first)
    follower = Follower(recorded)
    running = follower.poll().running_bar
    assert running is not None
    assert running.price.tolist() == [5050.5]
    grown = bar(MOMENT_US, 5050.0, 5052.0, 5049.0, 5051.75)
    write_scid(recorded, grown)
    running = follower.poll().running_bar
    assert running is not None
    assert running.high.tolist() == [5052.0]
    assert follower.seen == []
    append(recorded, bar(MOMENT_US + SECOND_US, 5051.75, 5051.75, 5051.75, 5051.75))
    polled = follower.poll()
    assert polled.ticks.high.tolist() == [5052.0]
    assert follower.seen == [(MOMENT_US, 5051.75)]
    assert not follower.rewritten


def test_a_file_cut_short_and_downloaded_anew_hands_on_nothing_twice(recorded: Path) -> None:
    write_scid(recorded, records(range(3_000)))
    follower = Follower(recorded)
    follower.poll()
    write_scid(recorded)
    follower.poll()
    assert follower.rewritten == [0]
    for upto in (1_000, 2_999, 3_001, 5_000):
        write_scid(recorded, records(range(upto)))
        follower.poll()
    assert follower.seen == trades(range(5_000))


def test_a_file_begun_anew_without_its_past_goes_on(recorded: Path) -> None:
    write_scid(recorded, records(range(1_000)))
    follower = Follower(recorded)
    follower.poll()
    recorded.unlink()
    assert follower.poll().state is FileState.MISSING
    write_scid(recorded, records(range(1_000, 1_500)))
    follower.poll()
    assert follower.seen == trades(range(1_500))
    assert follower.rewritten == [0]


def test_trades_of_the_newest_stamp_that_were_not_seen_yet_come_after_a_rewrite(recorded: Path) -> None:
    same = [tick(MOMENT_US, 5050.0), tick(MOMENT_US, 5050.0), tick(MOMENT_US, 5050.25)]
    write_scid(recorded, *same[:2])
    follower = Follower(recorded)
    follower.poll()
    write_scid(recorded, tick(MOMENT_US - 9, 5049.0), *same)
    follower.poll()
    assert follower.seen == [(MOMENT_US, 5050.0), (MOMENT_US, 5050.0), (MOMENT_US, 5050.25)]


def test_a_back_fill_in_the_past_is_told_and_read_back_from_the_file(recorded: Path) -> None:
    spread = 60_000  # so that the trades last for minutes, more than stamps may step back
    write_scid(recorded, records(range(spread)))
    follower = Follower(recorded)
    follower.poll()
    for upto in range(spread, spread + 20_000, 1_000):
        append(recorded, records(range(upto, upto + 1_000)))
        follower.poll()
    gap_us = trade(spread + 15_000)[0]
    before = [number for number in range(spread + 20_000) if trade(number)[0] <= gap_us]
    write_scid(recorded, records(before), tick(gap_us, 4000.0), records(range(len(before), spread + 20_001)))
    follower.poll()
    assert follower.seen == trades(range(spread + 20_001))
    (from_us,) = follower.rewritten
    assert gap_us - DISORDER_US - 2 * SECOND_US <= from_us <= gap_us
    (block,) = ScidFile(recorded).ticks_between(gap_us, gap_us + 1)
    assert 4000.0 in block.price.tolist()


def test_an_old_record_changed_in_its_place_is_told_in_the_end(recorded: Path) -> None:
    write_scid(recorded)
    follower = Follower(recorded)
    minutes = [MOMENT_US + minute * DISORDER_US for minute in range(10)]
    for at_us in minutes:
        append(recorded, tick(at_us) * 20)
        follower.poll()
    with recorded.open("r+b") as sierra:
        sierra.seek(-5 * 20 * RECORD_BYTES, os.SEEK_END)
        sierra.write(tick(minutes[5], 4000.0) * 20)
    for _ in minutes:
        follower.poll()
    assert follower.rewritten == [minutes[4] - DISORDER_US]
    assert len(follower.seen) == 200


def test_after_many_polls_it_is_still_known_how_far_back_a_rewrite_goes(recorded: Path) -> None:
    write_scid(recorded)
    follower = Follower(recorded)
    stamps = [MOMENT_US + number * SECOND_US for number in range(1_000)]
    for at_us in stamps:
        append(recorded, tick(at_us))
        follower.poll()
    write_scid(recorded, *(tick(at_us) for at_us in stamps[:700]), tick(stamps[700], 4000.0))
    follower.poll()
    (from_us,) = follower.rewritten
    assert stamps[690] - DISORDER_US <= from_us <= stamps[700]


def test_a_file_replaced_by_another_is_compared_as_a_whole(recorded: Path, tmp_path: Path) -> None:
    write_scid(recorded)
    follower = Follower(recorded)
    for number in range(100):
        append(recorded, tick(MOMENT_US + number, 5050.0) * 20)
        follower.poll()
    content = bytearray(recorded.read_bytes())
    changed_at = len(header()) + 90 * 20 * RECORD_BYTES
    content[changed_at : changed_at + 20 * RECORD_BYTES] = tick(MOMENT_US + 90, 4000.0) * 20
    (tmp_path / "new").write_bytes(content)
    os.replace(tmp_path / "new", recorded)  # noqa: PTH105  # as Sierra's own rename would
    follower.poll()
    assert len(follower.rewritten) == 1
    assert len(follower.seen) == 2_000


def test_a_replaced_file_that_says_the_same_changes_nothing(recorded: Path, tmp_path: Path) -> None:
    write_scid(recorded, records(range(100)))
    follower = Follower(recorded)
    follower.poll()
    other = write_scid(tmp_path / "new", records(range(110)))
    os.replace(other, recorded)  # noqa: PTH105  # as Sierra's own rename would
    follower.poll()
    assert follower.seen == trades(range(110))
    assert not follower.rewritten


def test_a_record_far_out_of_order_is_handed_on_and_told(recorded: Path) -> None:
    write_scid(recorded, tick(MOMENT_US, 1.0))
    follower = Follower(recorded)
    follower.poll()
    long_ago = MOMENT_US - 10 * DISORDER_US
    append(recorded, tick(long_ago, 2.0), tick(MOMENT_US + 1, 3.0))
    follower.poll()
    assert [price for _, price in follower.seen] == [1.0, 2.0, 3.0]
    assert follower.rewritten == [long_ago]


def test_stamps_that_step_back_a_little_are_no_rewrite(recorded: Path) -> None:
    write_scid(recorded, tick(MOMENT_US, 1.0))
    follower = Follower(recorded)
    follower.poll()
    append(recorded, tick(MOMENT_US - SECOND_US, 2.0), tick(MOMENT_US + 1, 3.0))
    follower.poll()
    assert [price for _, price in follower.seen] == [1.0, 2.0, 3.0]
    assert not follower.rewritten


def test_the_lag_is_that_of_the_newest_record_and_quiet_is_counted_from_its_coming(recorded: Path) -> None:
    write_scid(recorded)
    clock = [utc_from_micros(MOMENT_US)]
    tail = ScidTail(ScidFile(recorded), 0, lambda: clock[0])
    assert tail.poll().lag == Lag(None, None, None)
    append(recorded, tick(MOMENT_US))
    clock[0] += timedelta(milliseconds=400)
    expected = Lag(newest_us=MOMENT_US, delay_us=400_000, quiet_since_us=MOMENT_US + 400_000)
    assert tail.poll().lag == expected
    clock[0] += timedelta(seconds=9)
    assert tail.poll().lag == expected


def test_a_poll_takes_a_bounded_number_of_records(recorded: Path) -> None:
    write_scid(recorded, records(range(70_000)))
    tail = ScidTail(ScidFile(recorded), 0)
    first, second = tail.poll(), tail.poll()
    assert (len(first.ticks), first.has_more) == (65_536, True)
    assert (len(second.ticks), second.has_more) == (70_000 - 65_536, False)


@pytest.mark.parametrize("read_before", range(4))
def test_a_file_rewritten_within_a_poll_is_looked_at_again(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, read_before: int
) -> None:
    write_scid(recorded, records(range(10)))
    follower = Follower(recorded)
    follower.poll()
    _rewrite_before_read(monkeypatch, read_before, lambda: write_scid(recorded, packed(-90), records(range(20))))
    follower.poll()
    follower.poll()
    assert follower.seen == trades(range(20))
    assert follower.rewritten == [0]


def _rewrite_before_read(monkeypatch: pytest.MonkeyPatch, number: int, rewrite: Callable[[], object]) -> None:
    really, reads = OpenScid.read, itertools.count()

    def read(scid: OpenScid, first: int, count: int) -> object:
        if next(reads) == number:
            rewrite()
        return really(scid, first, count)

    monkeypatch.setattr(OpenScid, "read", read)


def test_a_rewrite_is_told_even_if_the_first_look_at_it_fails(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scid(recorded, records(range(10)))
    follower = Follower(recorded)
    follower.poll()
    write_scid(recorded, packed(-90), records(range(20)))
    _fail_the_next_search(monkeypatch)
    assert follower.poll().state is FileState.CHANGING
    assert not follower.rewritten
    follower.poll()
    assert follower.rewritten == [0]
    assert follower.seen == trades(range(20))


def _fail_the_next_search(monkeypatch: pytest.MonkeyPatch) -> None:
    really, failures = OpenScid.first_near, [ScidNotReady(FileState.CHANGING, "rewritten")]

    def first_near(scid: OpenScid, at_us: int) -> int:
        if failures:
            raise failures.pop()
        return really(scid, at_us)

    monkeypatch.setattr(OpenScid, "first_near", first_near)
