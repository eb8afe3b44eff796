"""The prices that went by, symbol by symbol, as the feed writes them down and others look them up."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from core.feed import Covered, FeedSource
from core.tape import NO_TICKS, Coverage, Ticks
from data.feeds.tape_chunk import TapeChunk, TapeRows

_END_OF_TIME = int(np.iinfo(np.int64).max)


class _Reel(NamedTuple):
    """What is known of one symbol: replaced as a whole, so that who reads it sees one moment of it.

    The last chunk goes on growing, the others do not.
    """

    chunks: tuple[TapeChunk, ...] = ()
    covered: tuple[Covered, ...] = ()
    generation: int = 0


_EMPTY = _Reel()


class Tape:
    """Written by the feed thread alone; any thread may read, without waiting.

    Rows are only ever appended. Where a source takes back what it told, the rows from there on go, in one step, and a
    new generation begins.
    """

    def __init__(self) -> None:
        self._reels: dict[str, _Reel] = {}

    def ticks(self, symbol: str, start_us: int, end_us: int) -> Ticks:
        """What happened from `start_us` up to, not at, `end_us`, in the order of time."""
        rows = self.trades(symbol, start_us, end_us)
        return NO_TICKS if rows is None else rows.in_order().ticks()

    def trades(self, symbol: str, start_us: int, end_us: int) -> TapeRows | None:
        """As `ticks`, with their volumes, in the order in which they came; None where there are none."""
        return TapeRows.joined(list(self._pieces(symbol, start_us, end_us)))

    def coverage(self, symbol: str) -> Coverage:
        """The time for which some source vouched."""
        return Coverage.of((start, end) for _, start, end in self.covered(symbol))

    def covered(self, symbol: str) -> tuple[Covered, ...]:
        """The stretches by source, in the order in which they were begun."""
        return self._reel(symbol).covered

    def watermark_us(self, symbol: str) -> int | None:
        """Up to where the newest stretch reaches; None where there is none."""
        covered = self.covered(symbol)
        return covered[-1].end_us if covered else None

    def generation(self, symbol: str) -> int:
        """Counts how often rows were taken back: what was worked out of an older one is out of date."""
        return self._reel(symbol).generation

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._reels)

    def append(self, symbol: str, rows: TapeRows) -> None:
        """What came next."""
        reel = self._reel(symbol)
        while len(rows):
            if not reel.chunks or not reel.chunks[-1].room:
                reel = self._keep(symbol, reel._replace(chunks=(*reel.chunks, TapeChunk())))
            chunk = reel.chunks[-1]
            room = chunk.room
            chunk.append(rows.where(slice(0, room)))
            rows = rows.where(slice(room, None))

    def begin_stretch(self, symbol: str, source: FeedSource, start_us: int) -> None:
        """From here on `source` vouches; whoever did before has ended."""
        reel = self._reel(symbol)
        self._keep(symbol, reel._replace(covered=(*reel.covered, Covered(source, start_us, start_us))))

    def cover(self, symbol: str, until_us: int) -> None:
        """The source that was begun last vouches up to here; never for less than before."""
        reel = self._reel(symbol)
        *before, last = reel.covered
        if until_us > last.end_us:
            self._keep(symbol, reel._replace(covered=(*before, last._replace(end_us=until_us))))

    def take_back(self, symbol: str, from_us: int) -> None:
        """From this moment on nothing is known any more."""
        reel = self._reel(symbol)
        chunks = tuple(kept for chunk in reel.chunks if (kept := _up_to(chunk, from_us)) is not None)
        covered = (Covered(source, start, min(end, from_us)) for source, start, end in reel.covered)
        left = tuple(each for each in covered if each.end_us > each.start_us)
        self._keep(symbol, _Reel(chunks, left, reel.generation + 1))

    def forget(self, symbol: str, before_us: int) -> None:
        """Lets go of whole chunks that ended before this moment, and of the time that they covered."""
        reel = self._reel(symbol)
        kept = tuple(chunk for chunk in reel.chunks[:-1] if chunk.latest_us >= before_us) + reel.chunks[-1:]
        if len(kept) == len(reel.chunks):
            return
        first_us = max(chunk.latest_us for chunk in reel.chunks if chunk not in kept) + 1
        covered = (Covered(source, max(start, first_us), end) for source, start, end in reel.covered)
        left = tuple(each for each in covered if each.end_us >= each.start_us)
        self._keep(symbol, reel._replace(chunks=kept, covered=left))

    def _pieces(self, symbol: str, start_us: int, end_us: int) -> Iterator[TapeRows]:
        for chunk in self._reel(symbol).chunks:
            rows = chunk.between(start_us, end_us)
            if rows is not None:
                yield rows

    def _reel(self, symbol: str) -> _Reel:
        return self._reels.get(symbol, _EMPTY)

    def _keep(self, symbol: str, reel: _Reel) -> _Reel:
        self._reels[symbol] = reel
        return reel


def _up_to(chunk: TapeChunk, from_us: int) -> TapeChunk | None:
    """The chunk without what happened from then on: itself where nothing did, None where all of it did."""
    if chunk.latest_us < from_us:
        return chunk
    rows = chunk.between(-_END_OF_TIME, from_us)
    if rows is None:
        return None
    shorter = TapeChunk()
    shorter.append(rows)
    return shorter
