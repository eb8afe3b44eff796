"""What a live tick costs: on the dtc thread, on the feed thread, and from a .scid file onto the tape."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from core.clock import utc_now
from core.quotes import QuoteBox
from core.values import micros_from_utc
from data.contract_table import read_calendars, read_contract_book
from data.dtc.market import Traded
from data.dtc.price_ranges import PriceRanges
from data.feeds.dtc_source import DtcSource
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder
from data.feeds.scid_record import EPOCH_US, RECORD
from data.feeds.scid_source import ScidSource
from data.feeds.tape import Tape
from data.feeds.wanted import Wanted
from tests.scid_files import header

_SYMBOL = "MESZ26"
_BATCH = 2_000  # what 20,000 ticks a second bring between two hand-overs
_ROUNDS = 200
_RECORDS = 500_000


def measure() -> list[str]:
    """Medians of processor time; the file is in memory by then, and the quote box is the display's share."""
    started_us = micros_from_utc(utc_now())
    trades = [Traded(_SYMBOL, 5000 + n % 40 / 4, started_us + n, 1 + n % 5, n % 3 - 1) for n in range(_BATCH)]
    quotes, ranges = QuoteBox(), PriceRanges()
    stream = DtcSource(_SYMBOL, _outlets(Tape()))
    observed = _median(lambda: _observe(quotes, trades))
    noted = _median(lambda: _note(ranges, trades))
    heard = _median(lambda: stream.hear(trades))
    bare, followed = _files()
    return [
        f"dtc thread, quote of a tick:  {observed / _BATCH * 1e6:8.2f} us median",
        f"dtc thread, note and hand on: {noted / _BATCH * 1e6:8.2f} us median",
        f"feed thread, onto the tape:   {heard / _BATCH * 1e6:8.2f} us median",
        f"numpy, {_RECORDS} records read:    {bare * 1e3:8.1f} ms median",
        f"file onto the tape:           {followed * 1e3:8.1f} ms median, {followed / bare:.2f}x numpy",
    ]


def _outlets(tape: Tape) -> FeedOutlets:
    return FeedOutlets(lambda _fact: None, lambda _publication: None, QuoteBox(), tape, utc_now)


def _median(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    spent = []
    for _ in range(rounds):
        started = time.thread_time()
        work()
        spent.append(time.thread_time() - started)
    return statistics.median(spent)


def _observe(quotes: QuoteBox, trades: list[Traded]) -> None:
    for each in trades:
        quotes.observe(each.symbol, each.price, each.at_us)


def _note(ranges: PriceRanges, trades: list[Traded]) -> None:
    for each in trades:
        ranges.note(each)
    for _ in ranges.drain():
        pass


def _files() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "MESZ26.scid"
        ends_at = datetime.now(UTC)
        records = np.zeros(_RECORDS, RECORD)
        records["time"] = micros_from_utc(ends_at) + EPOCH_US - np.arange(_RECORDS)[::-1] * 40_000
        records["close"] = 5000 + np.random.default_rng(1).integers(-400, 400, _RECORDS) / 4
        records["low"], records["high"] = records["close"] - 0.25, records["close"]
        records["trades"] = records["volume"] = records["ask_volume"] = 1
        path.write_bytes(header() + records.tobytes())
        wanted = Wanted(_SYMBOL, _SYMBOL, (ends_at, Decimal(5000)))
        return _median(lambda: _read(path), 25), _median(lambda: _follow(path.parent, wanted), 25)


def _read(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        file.seek(56)
        while len(records := np.fromfile(file, RECORD, 65_536)):
            _columns = records["time"] - EPOCH_US, records["close"].astype(np.float64)


def _follow(folder: Path, wanted: Wanted) -> None:
    tape = Tape()
    outlets, contracts, calendar_of = _outlets(tape), read_contract_book(), read_calendars()
    recorded = RecordedPrices(ScidFolder(folder), contracts, calendar_of)
    since_us, told_us = micros_from_utc(utc_now() - timedelta(days=30)), micros_from_utc(utc_now())
    source = ScidSource(
        wanted,
        ScidFolder(folder),
        recorded,
        calendar_of(_SYMBOL),
        outlets,
        since_us=since_us,
        told_until_us=told_us,
    )
    while source.poll():
        pass
    if tape.watermark_us(_SYMBOL) != micros_from_utc(wanted.known[0] if wanted.known else utc_now()):
        raise AssertionError("Not all of the file came onto the tape")
