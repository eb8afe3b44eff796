"""The tape: what was written is what is read, by time, whatever the order in which it came."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed import Covered, FeedSource
from data.feeds import tape_chunk
from data.feeds.tape import Tape
from data.feeds.tape_chunk import TapeRows

_TICKS = st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=7), max_size=12)
_MOMENTS = st.tuples(st.integers(-1, 45), st.integers(-1, 45))


@pytest.fixture(autouse=True, scope="module")
def small_chunks() -> Iterator[None]:
    """Batches shall lie across chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tape_chunk, "CHUNK_ROWS", 5)
        yield


def rows(*ticks: tuple[int, int]) -> TapeRows:
    at_us = np.array([at for at, _ in ticks], np.int64)
    price = np.array([price for _, price in ticks], np.float64)
    lots = np.ones(len(ticks), np.int64)
    return TapeRows.of(at_us, (price, price, price), (lots, lots, lots))


def read(tape: Tape, start: int = -100, end: int = 100) -> list[tuple[int, float]]:
    ticks = tape.ticks("MESZ26", start, end)
    return list(zip(ticks.at_us.tolist(), ticks.prices.tolist(), strict=True))


def written(batches: list[list[tuple[int, int]]]) -> Tape:
    tape = Tape()
    for batch in batches:
        tape.append("MESZ26", rows(*batch))
    return tape


def by_time(batches: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    return sorted((tick for batch in batches for tick in batch), key=lambda tick: tick[0])


@given(batches=_TICKS, window=_MOMENTS)
def test_any_stretch_of_time_is_read_as_it_was_written(
    batches: list[list[tuple[int, int]]], window: tuple[int, int]
) -> None:
    start, end = window
    assert read(written(batches), start, end) == [tick for tick in by_time(batches) if start <= tick[0] < end]


@given(batches=_TICKS, from_us=st.integers(-1, 45), later=_TICKS)
def test_what_is_taken_back_is_gone_and_what_comes_then_is_there(
    batches: list[list[tuple[int, int]]], from_us: int, later: list[list[tuple[int, int]]]
) -> None:
    tape = written(batches)
    old = tape.trades("MESZ26", -100, 100)
    before = None if old is None else old.at_us.tolist()
    tape.take_back("MESZ26", from_us)
    for batch in later:
        tape.append("MESZ26", rows(*batch))
    left = [[tick for tick in batch if tick[0] < from_us] for batch in batches]
    assert read(tape) == by_time([*left, *later])
    # Who had read it before still has what he read.
    assert (None if old is None else old.at_us.tolist()) == before
    assert tape.generation("MESZ26") == 1


@given(batches=_TICKS, before_us=st.integers(-1, 45))
def test_forgetting_loses_only_what_is_old_and_vouches_for_no_more_than_it_keeps(
    batches: list[list[tuple[int, int]]], before_us: int
) -> None:
    tape = written(batches)
    tape.begin_stretch("MESZ26", FeedSource.SCID, 0)
    tape.cover("MESZ26", 45)
    tape.forget("MESZ26", before_us)
    assert [tick for tick in read(tape) if tick[0] >= before_us] == [
        tick for tick in by_time(batches) if tick[0] >= before_us
    ]
    for start, end in tape.coverage("MESZ26").stretches:
        assert read(tape, start, end) == [tick for tick in by_time(batches) if start <= tick[0] < end]


def test_whole_chunks_are_let_go() -> None:
    tape = written([[(at, 1)] for at in range(40)])
    tape.forget("MESZ26", 30)
    assert len(read(tape)) < 20


def test_a_change_of_source_ends_a_stretch() -> None:
    tape = Tape()
    tape.begin_stretch("MESZ26", FeedSource.DTC, 10)
    tape.cover("MESZ26", 20)
    tape.begin_stretch("MESZ26", FeedSource.SCID, 15)
    tape.cover("MESZ26", 40)
    tape.cover("MESZ26", 30)
    assert tape.covered("MESZ26") == (Covered(FeedSource.DTC, 10, 20), Covered(FeedSource.SCID, 15, 40))
    assert tape.coverage("MESZ26").stretches == ((10, 40),)
    assert tape.watermark_us("MESZ26") == 40


def test_nobody_vouches_for_what_was_taken_back() -> None:
    tape = Tape()
    tape.begin_stretch("MESZ26", FeedSource.SCID, 10)
    tape.cover("MESZ26", 40)
    tape.take_back("MESZ26", 25)
    assert tape.coverage("MESZ26").stretches == ((10, 25),)
    tape.take_back("MESZ26", 0)
    assert tape.coverage("MESZ26").stretches == ()
    assert tape.watermark_us("MESZ26") is None


def test_bars_are_read_with_their_extremes() -> None:
    tape = Tape()
    one, lots = np.array([5.0]), np.array([3], np.int64)
    tape.append("MESZ26", TapeRows.of(np.array([7], np.int64), (one, one - 2, one + 1), (lots, lots, lots), 60))
    ticks = tape.ticks("MESZ26", 0, 10)
    assert (ticks.are_bars, ticks.extremes(0, 1), ticks.resolution_us) == (True, (3.0, 6.0), 60)


def test_an_unknown_symbol_has_nothing() -> None:
    assert read(Tape()) == []
    assert Tape().coverage("MESZ26").stretches == ()
