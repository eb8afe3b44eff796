"""Stretches of a contract's past, as Sierra Chart recorded them, on the trader's scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.tape import Coverage
from data.feeds.price_scale import PriceScale
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_file import ScidFile
from data.feeds.scid_folder import ScidFolder
from data.feeds.scid_record import ScidNotReady
from data.feeds.scid_rows import ScidRows
from data.feeds.tape_chunk import TapeRows

Known = Sequence[tuple[datetime, Decimal]]


@dataclass(frozen=True, slots=True)
class Recording:
    """One contract's file with the scale that a known price has confirmed.

    It vouches from its first record to its newest.
    """

    file: ScidFile
    scale: PriceScale
    coverage: Coverage

    def trades(self, start_us: int, end_us: int) -> TapeRows | None:
        """What happened from `start_us` up to, not at, `end_us`, in file order; None where nothing did.

        Raises:
            ScidNotReady: the file cannot be read now.
        """
        rows = ScidRows()
        blocks = (rows.of(block, self.scale) for block in self.file.ticks_between(start_us, end_us))
        return TapeRows.joined([block for block in blocks if len(block)])


class RecordedTicks:
    """Finds recordings in a Data folder. Any thread may ask: no file stays open and no answer is kept."""

    def __init__(self, folder: ScidFolder, recorded: RecordedPrices) -> None:
        self._folder = folder
        self._recorded = recorded

    def span(self, wire_symbol: str) -> tuple[int, int] | None:
        """From when to when the file of a contract reaches, in microseconds UTC; None where there is nothing to read.

        A file of another contract is never taken for it.
        """
        file = self._folder.find(wire_symbol)
        return None if file is None else _span(file)

    def recording(self, symbol: str, wire_symbol: str, known: Known) -> Recording | None:
        """The file of a contract; `known` are moments with the price then, from fills: one must confirm its scale.

        None where there is no file, none that can be read now, or the scale is not confirmed: then its numbers are of
        another contract, or nobody knows what they mean.
        """
        file = self._folder.find(wire_symbol)
        span = None if file is None else _span(file)
        if file is None or span is None:
            return None
        try:
            scales = (self._recorded.scale_of(file, symbol, each) for each in known)
            scale = next((scale for scale in scales if scale.is_confirmed), None)
        except ScidNotReady:
            return None
        return None if scale is None else Recording(file, scale, Coverage.of([span]))


def _span(file: ScidFile) -> tuple[int, int] | None:
    try:
        first, newest_us = file.read(0, 1), file.newest_us()
    except ScidNotReady:
        return None
    return None if newest_us is None or not len(first) else (first.earliest_us, newest_us)
