"""All that is known of a contract's past prices: what went by on the tape, and what Sierra Chart recorded."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.entry_context import SessionTicks
from core.feed import FeedSource
from core.tape import NO_TICKS, Coverage, Ticks
from data.feeds.recorded_ticks import Known, RecordedTicks, Recording
from data.feeds.tape import Tape
from data.feeds.tape_chunk import TapeRows

_NO_LOTS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """Of one contract, as of one moment. Where both vouch the tape is asked, unless the file alone holds all."""

    symbol: str
    tape: Tape
    recording: Recording | None

    @property
    def coverage(self) -> Coverage:
        taped = self.tape.coverage(self.symbol)
        return taped if self.recording is None else taped.joined(self.recording.coverage)

    def sources(self, start_us: int, end_us: int) -> tuple[FeedSource, ...]:
        """Who vouches for some of the time between the two."""
        taped = {
            source
            for source, begun_us, ended_us in self.tape.covered(self.symbol)
            if begun_us <= end_us and ended_us >= start_us
        }
        if not self._is_on_tape(start_us, end_us) and self._is_recorded_between(start_us, end_us):
            is_alone = self.recording is not None and self.recording.coverage.holds(start_us, end_us)
            taped = {FeedSource.SCID} if is_alone else {*taped, FeedSource.SCID}
        return tuple(sorted(taped))

    def ticks(self, start_us: int, end_us: int) -> Ticks:
        """What happened from `start_us` up to, not at, `end_us`.

        Raises:
            ScidNotReady: the file cannot be read now.
        """
        rows = self._trades(start_us, end_us)
        return NO_TICKS if rows is None else rows.in_order().ticks()

    def session(self, start_us: int, end_us: int) -> SessionTicks:
        """As `ticks`, with their volumes."""
        rows = self._trades(start_us, end_us)
        if rows is None:
            return SessionTicks(NO_TICKS, _NO_LOTS, _NO_LOTS, _NO_LOTS)
        rows = rows.in_order()
        return SessionTicks(rows.ticks(), rows.volume, rows.bid_volume, rows.ask_volume)

    def _trades(self, start_us: int, end_us: int) -> TapeRows | None:
        if self.recording is None or self._is_on_tape(start_us, end_us):
            return self.tape.trades(self.symbol, start_us, end_us)
        if self.recording.coverage.holds(start_us, min(end_us, self._newest_us)):
            return self.recording.trades(start_us, end_us)
        return TapeRows.joined(list(self._pieces(self.recording, start_us, end_us)))

    def _pieces(self, recording: Recording, start_us: int, end_us: int) -> Iterator[TapeRows]:
        """The tape where it vouches, the file in between."""
        at_us = start_us
        for begun_us, ended_us in self.tape.coverage(self.symbol).stretches:
            first_us, behind_us = max(at_us, begun_us), min(end_us, ended_us + 1)
            if first_us >= behind_us:
                continue
            if at_us < first_us and (rows := recording.trades(at_us, first_us)) is not None:
                yield rows
            if (rows := self.tape.trades(self.symbol, first_us, behind_us)) is not None:
                yield rows
            at_us = behind_us
        if at_us < end_us and (rows := recording.trades(at_us, end_us)) is not None:
            yield rows

    @property
    def _newest_us(self) -> int:
        return max((end for _, end in self.coverage.stretches), default=0)

    def _is_on_tape(self, start_us: int, end_us: int) -> bool:
        return self.tape.coverage(self.symbol).holds(start_us, min(end_us, self._newest_us))

    def _is_recorded_between(self, start_us: int, end_us: int) -> bool:
        return self.recording is not None and self.recording.coverage.within(start_us, end_us) > 0


class PriceRecords:
    """Finds the record of a contract. Any thread may ask."""

    def __init__(self, tape: Tape, recorded: RecordedTicks | None) -> None:
        """`recorded` is None where no Data folder is known."""
        self._tape = tape
        self._recorded = recorded

    def record(self, symbol: str, wire_symbol: str, known: Known) -> PriceRecord:
        """`known` are prices of fills: by them the scale of a file is confirmed, or the file is not used."""
        recording = self._recorded.recording(symbol, wire_symbol, known) if self._recorded else None
        return PriceRecord(symbol, self._tape, recording)

    def taped(self, symbol: str) -> tuple[int, Coverage]:
        """How often the tape was rewritten, and for what time it vouches now."""
        return self._tape.generation(symbol), self._tape.coverage(symbol)

    def recorded_span(self, wire_symbol: str) -> tuple[int, int] | None:
        """From when to when the file of a contract reaches."""
        return self._recorded.span(wire_symbol) if self._recorded else None
