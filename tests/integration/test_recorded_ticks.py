"""Past prices of one contract: from its own file, on a confirmed scale; joined with what went by on the tape."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.feed import FeedSource
from core.session_day import CHICAGO
from data.feeds.price_records import PriceRecord
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.recorded_ticks import RecordedTicks, Recording
from data.feeds.scid_folder import ScidFolder
from data.feeds.tape import Tape
from tests.courses import bars_written, taped, us, written
from tests.fills import START, at, contract_book

COURSE = [(float(second), 100.0 + second / 4) for second in range(10)]
KNOWN = [(at(2), Decimal("100.50"))]


def recording(
    folder: Path, wire_symbol: str = "MESZ26-CME", known: list[tuple[datetime, Decimal]] = KNOWN
) -> Recording | None:
    scid = ScidFolder(folder, lambda: START)
    prices = RecordedPrices(scid, contract_book(), lambda _symbol: CHICAGO, lambda: START)
    return RecordedTicks(scid, prices).recording("MESZ26", wire_symbol, known)


def test_a_window_of_the_file_is_read_and_no_more(tmp_path: Path) -> None:
    written(tmp_path, COURSE)
    found = recording(tmp_path)
    assert found is not None
    rows = found.trades(us(2), us(5))
    assert rows is not None
    assert (rows.at_us.tolist(), rows.price.tolist()) == ([us(2), us(3), us(4)], [100.5, 100.75, 101.0])
    assert found.coverage.stretches == ((us(0), us(9)),)
    assert found.trades(us(20), us(30)) is None


@pytest.mark.parametrize("wire_symbol", ["MESH27-CME", "ESZ26-CME"])
def test_a_file_is_never_taken_for_another_contract(tmp_path: Path, wire_symbol: str) -> None:
    written(tmp_path, COURSE)
    assert recording(tmp_path, wire_symbol) is None


def test_without_a_known_price_that_confirms_its_scale_a_file_is_not_used(tmp_path: Path) -> None:
    written(tmp_path, COURSE)
    assert recording(tmp_path, known=[]) is None
    assert recording(tmp_path, known=[(at(2), Decimal(150))]) is None
    assert recording(tmp_path, known=[(at(-60), Decimal(100)), KNOWN[0]]) is not None


def test_bars_keep_their_lowest_and_highest(tmp_path: Path) -> None:
    bars_written(tmp_path, *[(second, 100.0, 102.0, 99.0, 100.5) for second in range(5)])
    found = recording(tmp_path)
    assert found is not None
    rows = found.trades(us(1), us(3))
    assert rows is not None
    assert (rows.low.tolist(), rows.high.tolist(), rows.resolution_us) == ([99.0] * 2, [102.0] * 2, 1_000_000)
    assert rows.ticks().are_bars


def test_the_tape_comes_first_and_the_file_fills_what_it_lacks(tmp_path: Path) -> None:
    tape = Tape()
    taped(tape, [(second, price + 1000) for second, price in COURSE[1:3]])
    taped(tape, [(second, price + 1000) for second, price in COURSE[5:]])
    written(tmp_path, COURSE[:6])
    record = PriceRecord("MESZ26", tape, recording(tmp_path))
    ticks = record.ticks(us(0), us(10))
    assert ticks.at_us.tolist() == [us(second) for second, _ in COURSE]
    assert (ticks.prices > 1000).tolist() == [False, True, True, False, False, True, True, True, True, True]
    assert record.coverage.stretches == ((us(0), us(9)),)
    assert record.sources(us(0), us(9)) == (FeedSource.SCID, FeedSource.DTC)
    assert record.sources(us(6), us(8)) == (FeedSource.DTC,)


def test_a_file_that_holds_all_is_read_alone_and_a_tape_that_does_needs_none(tmp_path: Path) -> None:
    tape = Tape()
    taped(tape, [(second, price + 1000) for second, price in COURSE[3:7]])
    written(tmp_path, COURSE)
    record = PriceRecord("MESZ26", tape, recording(tmp_path))
    assert (record.ticks(us(1), us(5)).prices < 1000).all()
    assert record.sources(us(1), us(5)) == (FeedSource.SCID,)
    assert (record.ticks(us(3), us(6)).prices > 1000).all()
    session = record.session(us(3), us(6))
    assert (session.volumes.tolist(), session.ask_volumes.tolist()) == ([1, 1, 1], [1, 1, 1])
