"""MAE and MFE by event time in the ledger: provisional, then final, mended after every kind of gap."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.clock import utc_now
from core.contracts import ContractBook
from core.course_told import StretchTold
from core.facts import ContractDefined, FillsListed
from core.values import Source
from data.audit import audit
from data.feeds.tape import Tape
from data.repair import repair
from tests.courses import Teller, bars_written, taped, us, written
from tests.fills import MES, contract_book, figures, fill, prices
from tests.integration.conftest import ON_BOTH, Books, handle_all, log_on, seen

DATABASES = ON_BOTH

# A long of one lot at 100, out at 102; lowest 97, highest 105, each at a time of its own.
COURSE = [(0.0, 100.5), (1.0, 100.0), (2.0, 97.0), (3.0, 105.0), (4.0, 103.5), (5.0, 102.0), (6.0, 90.0), (8.0, 104.0),
          (9.0, 101.0), (12.0, 101.25), (20.0, 101.0)]  # fmt: skip
ROUND_TRIP = [fill(1, "100.00", 1), fill(-1, "102.00", 5)]
TRUE = (-15, 25, -15, 25, -3, 5, 15, 1_000_000, 1, True)
COLUMNS = (
    "mae, mfe, mae_possible, mfe_possible, mae_points, mfe_points, max_pullback, heat_total_us, coverage, "
    "excursion_final"
)


def trade_row(books: Books, trade: int = 1) -> tuple[Any, ...]:
    return tuple(dict(books.rows(f"SELECT {COLUMNS} FROM traderecord WHERE id = {trade}")[0]).values())  # noqa: S608  # names of ours


def source(books: Books) -> object:
    return books.value("SELECT coverage_source FROM traderecord")


def test_a_trade_is_provisional_until_the_feed_has_passed_its_exit(books: Books) -> None:
    tape = Tape()
    ledger = books.begin()
    teller = Teller(books, ledger, tape)
    handle_all(ledger, [ROUND_TRIP[0], seen("97", "105"), ROUND_TRIP[1]])
    assert trade_row(books)[-2:] == (None, None)
    taped(tape, COURSE[:7])
    teller.tell()
    assert trade_row(books) == (*TRUE[:-1], False)
    tape.cover("MESZ26", us(9.9))
    teller.tell()
    assert trade_row(books)[-1] == 0
    tape.cover("MESZ26", us(10.1))
    teller.tell()
    assert trade_row(books) == TRUE
    assert source(books) == "DTC"
    assert audit(books.place) == []


def test_what_was_seen_behind_the_exit_is_taken_off_again(books: Books) -> None:
    """Prices that arrive before the report of a fill need not have come before it."""
    tape = Tape()
    ledger = books.begin()
    handle_all(ledger, [ROUND_TRIP[0], seen("90", "105"), ROUND_TRIP[1]])
    assert trade_row(books)[0] == -50
    taped(tape, COURSE)
    Teller(books, ledger, tape).tell()
    assert trade_row(books) == TRUE
    assert audit(books.place) == []


def test_a_trade_in_a_downtime_is_read_from_the_file(books: Books, tmp_path: Path) -> None:
    written(tmp_path / "Data", COURSE)
    ledger = books.begin()
    ledger.handle(FillsListed("Sim1", tuple(replace(each, source=Source.REPLAY) for each in ROUND_TRIP)))
    teller = Teller(books, ledger, folder=tmp_path / "Data")
    (told,) = teller.tell()
    assert told.is_final
    assert trade_row(books) == TRUE
    assert source(books) == ".scid"
    assert teller.tell() == []
    assert audit(books.place) == []


def test_an_open_position_is_mended_after_a_restart(books: Books, tmp_path: Path) -> None:
    handle_all(books.begin(), [ROUND_TRIP[0], seen("99.75", "100.25")])
    written(tmp_path / "Data", COURSE[:5])
    ledger = books.reopen()
    teller = Teller(books, ledger, folder=tmp_path / "Data")
    teller.tell()
    (row,) = books.rows("SELECT mae, mfe, stretch_low, stretch_high, heat_total_us, max_pullback FROM openposition")
    assert tuple(dict(row).values()) == (-15, 25, 97, 105, 1_000_000, 15)
    assert "back_filled" in books.events()
    (held,) = ledger.snapshot().positions
    assert held.position.excursion_now is not None
    assert figures(held.position.excursion_now.worst, held.position.excursion_now.best) == (-3, 5)
    assert teller.tell() == []
    handle_all(ledger, [seen("102"), ROUND_TRIP[1]])
    assert trade_row(books)[:2] == (-15, 25)
    assert audit(books.place) == []


def test_the_time_between_two_stretches_of_the_tape_comes_from_the_file(books: Books, tmp_path: Path) -> None:
    tape = Tape()
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    taped(tape, COURSE[:2])
    taped(tape, COURSE[4:])
    teller = Teller(books, ledger, tape, tmp_path / "Data")
    teller.tell()
    assert trade_row(books)[:2] == (0, 17.5)
    assert trade_row(books)[-2:] == (0.25, 0)
    written(tmp_path / "Data", COURSE[1:5])
    teller.keeper.rewritten("MESZ26", us(0))
    teller.tell()
    assert trade_row(books) == TRUE
    assert source(books) == ".scid + DTC"
    assert audit(books.place) == []


def test_what_was_seen_where_nothing_is_recorded_stays(books: Books) -> None:
    tape = Tape()
    ledger = books.begin()
    handle_all(ledger, [ROUND_TRIP[0], seen("95", "101"), ROUND_TRIP[1]])
    taped(tape, COURSE[3:])
    Teller(books, ledger, tape).tell()
    mae, mfe, worst, best, *_, coverage, is_final = trade_row(books)
    assert (mae, mfe, worst, best, coverage, is_final) == (-25, 25, -25, 25, 0.5, 0)
    assert audit(books.place) == []


def test_a_late_fill_has_the_trade_told_anew(books: Books, tmp_path: Path) -> None:
    tape = Tape()
    taped(tape, COURSE[:7])
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    teller = Teller(books, ledger, tape, tmp_path / "Data")
    stale = teller.tell()
    handle_all(ledger, [fill(1, "97.00", 2), fill(-1, "105.00", 3)])
    revision = ledger.snapshot().revision
    assert ledger.handle(stale[-1]) is None
    assert ledger.snapshot().revision == revision
    tape.cover("MESZ26", us(11))
    teller.tell()
    # Two lots from 97 to 105: 8 points more.
    assert trade_row(books)[:2] == (-15, 65)
    assert trade_row(books)[-2:] == (1, 1)
    assert audit(books.place) == []


@pytest.mark.parametrize("name", ["MESH27_FUT_CME", "MNQZ26_FUT_CME"])
def test_the_file_of_another_contract_is_refused(books: Books, tmp_path: Path, name: str) -> None:
    written(tmp_path / "Data", COURSE, name)
    _assert_as_seen(books, tmp_path)


def test_prices_that_no_fill_confirms_are_refused(books: Books, tmp_path: Path) -> None:
    written(tmp_path / "Data", [(second, price * 3) for second, price in COURSE])
    _assert_as_seen(books, tmp_path)


def test_where_nothing_is_recorded_what_was_seen_stays(books: Books, tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    _assert_as_seen(books, tmp_path)


def _assert_as_seen(books: Books, tmp_path: Path) -> None:
    """Told once that there is nothing; possible, pull-back and heat stay unknown."""
    ledger = books.begin()
    first, last = (replace(each, source=Source.REPLAY) for each in ROUND_TRIP)
    ledger.handle(FillsListed("Sim1", (first,)))
    handle_all(ledger, [seen("98", "103"), FillsListed("Sim1", (last,))])
    teller = Teller(books, ledger, folder=tmp_path / "Data")
    assert len(teller.tell()) == 1
    assert trade_row(books) == (-10, 15, None, None, -2, 3, None, None, 0, False)
    assert source(books) is None
    assert teller.tell() == []
    assert audit(books.place) == []


def test_bars_give_an_interval(books: Books, tmp_path: Path) -> None:
    """Fills lie within the bars of 1 and 5: what those saw may have been outside of the trade."""
    bars = [(0, 100.0, 100.5, 99.5, 100.0), (1, 100.0, 101.0, 96.0, 100.5), (2, 100.5, 104.0, 98.0, 103.0),
            (3, 103.0, 103.5, 102.5, 103.0), (5, 103.0, 106.0, 101.0, 102.0), (8, 102.0, 103.0, 90.0, 100.0),
            (12, 101.0, 102.0, 101.0, 101.5), (13, 101.0, 102.0, 101.0, 101.5)]  # fmt: skip
    bars_written(tmp_path / "Data", *bars)
    ledger = books.begin()
    listed = [
        replace(fill(1, "100.00", 1.5), source=Source.REPLAY),
        replace(fill(-1, "102.00", 5.5), source=Source.REPLAY),
    ]
    ledger.handle(FillsListed("Sim1", tuple(listed)))
    Teller(books, ledger, folder=tmp_path / "Data").tell()
    assert trade_row(books) == (-10, 20, -20, 30, -2, 4, None, None, 1, True)
    assert audit(books.place) == []


def test_the_path_is_kept_and_goes_on_behind_the_exit(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    Teller(books, ledger, tape).tell()
    (row,) = books.rows("SELECT trade_id, begins_at, ends_at, is_whole, points FROM pricepath")
    assert tuple(dict(row).values())[:4] == (1, us(-1), us(7) + 1, True)
    assert row["points"].startswith("[[1000000,100.5],[2000000,100.0],[3000000,97.0]")
    assert row["points"].endswith("[7000000,90.0]]")
    assert books.value("SELECT points_after_exit FROM traderecord") == 0


def test_a_flip_gives_each_trade_its_own_stretch(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, [fill(1, "100.00", 1), fill(-2, "102.00", 5), fill(1, "104.00", 8)])
    Teller(books, ledger, tape).tell()
    assert trade_row(books, 1) == TRUE
    assert trade_row(books, 2)[:2] == (-10, 60)
    assert trade_row(books, 2)[-2:] == (1, 1)
    assert audit(books.place) == []


def test_a_repair_puts_back_what_was_told(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    Teller(books, ledger, tape).tell()
    books.close()
    books.tamper("UPDATE traderecord SET mae_possible = 0, max_pullback = 1, coverage = 0.1, mae = 0")
    assert len(audit(books.place)) == 4
    assert repair(books.place, contract_book(), utc_now()).left == ()
    assert trade_row(books) == TRUE


def test_a_course_told_twice_is_told_once(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, [ROUND_TRIP[0], seen("90", "110"), ROUND_TRIP[1]])
    (told,) = Teller(books, ledger, tape).tell()
    revision, events = ledger.snapshot().revision, books.events()
    assert ledger.handle(told) is None
    assert (ledger.snapshot().revision, books.events()) == (revision, events)


def test_who_knows_less_changes_nothing_of_what_is_final(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    (told,) = Teller(books, ledger, tape).tell()
    poorer = replace(told, is_final=False, stretches=(StretchTold(prices("50", "150"), is_whole=False),))
    assert ledger.handle(poorer) is None
    assert trade_row(books) == TRUE


def test_of_two_that_lack_something_the_one_that_lacks_less_stands(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    tape = Tape()
    taped(tape, COURSE[3:])
    (more,) = Teller(books, ledger, tape).tell()
    less = replace(more, coverage=Decimal("0.1"), possible=None, stretches=(StretchTold(prices("99"), is_whole=False),))
    before = trade_row(books)
    ledger.handle(less)
    assert trade_row(books)[2:] != before[2:]
    assert trade_row(books)[-2:] == before[-2:]
    assert (trade_row(books)[0], before[0]) == (-5, 0)
    assert audit(books.place) == []


def test_a_course_of_other_executions_proves_nothing(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.begin()
    handle_all(ledger, ROUND_TRIP)
    Teller(books, ledger, tape).tell()
    books.close()
    books.tamper("UPDATE positionevent SET detail = replace(detail, '[1, 2]', '[1, 3]') WHERE kind = 'course_told'")
    assert audit(books.place)
    assert repair(books.place, contract_book(), utc_now()).left == ()
    assert trade_row(books)[-2:] == (None, None)
    Teller(books, books.open(), tape).tell()
    assert trade_row(books) == TRUE


def test_money_of_a_course_is_filled_in_once_the_contract_is_known(books: Books) -> None:
    tape = Tape()
    taped(tape, COURSE)
    ledger = books.open(ContractBook({}))
    handle_all(ledger, [*log_on("Sim1"), *ROUND_TRIP])
    Teller(books, ledger, tape).tell()
    assert trade_row(books) == (None, None, None, None, -3, 5, None, 1_000_000, 1, True)
    ledger.handle(ContractDefined("MESZ26", MES))
    assert trade_row(books) == TRUE
    assert audit(books.place) == []


def test_the_session_before_the_entry_is_added_up_and_stays_with_the_trade(books: Books) -> None:
    opened = [(float(second), 100.0) for second in range(-16 * 3600 - 1800, 0, 1800)]
    tape = Tape()
    taped(tape, [*opened, *COURSE])
    ledger = books.begin()
    ledger.handle(ROUND_TRIP[0])
    Teller(books, ledger, tape).tell()
    columns = "entry_vwap, entry_poc, entry_cum_delta"
    (row,) = books.rows(f"SELECT {columns} FROM openposition")  # noqa: S608  # names of ours
    vwap, poc, delta = dict(row).values()
    assert (poc, delta) == (100, len(opened) + 1)
    assert 100 < vwap < 100.1
    books.reopen().handle(ROUND_TRIP[1])
    (row,) = books.rows(f"SELECT {columns} FROM traderecord")  # noqa: S608  # as above
    assert tuple(dict(row).values()) == (vwap, poc, delta)
