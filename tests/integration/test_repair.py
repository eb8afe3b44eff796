"""A repair writes what the executions prove, keeps what the trader wrote, and touches no source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.facts import AccountsListed
from data.audit import audit
from data.repair import Repair, repair
from tests.fills import at, contract_book, fill
from tests.integration.conftest import LINK_UP, Books, handle_all, seen

TRADING = (
    fill(1, "5000.00", 1), seen("4995.00", "5003.00"), fill(1, "5001.00", 2), fill(-2, "5002.00", 3),
    fill(-1, "5002.00", 4), fill(2, "5001.00", 5), seen("4990.00", "5004.00"), fill(1, "5003.00", 6),
    fill(3, "18000.00", 7, symbol="MNQZ26"), fill(-1, "18001.00", 8, symbol="MNQZ26"),
    fill(-1, "5000.00", 9, account="120005"), fill(1, "4999.00", 10, account="120005"),
)  # fmt: skip
SOURCES = (
    "seq, mode, account, symbol, wire_symbol, execution_id, order_id, side, qty, price, source, occurred_at, chain, "
    "stretch_low, stretch_high, recorded_at, superseded_by, commission"
)
# What a repair sees to; times and revisions of rows say when they were written.
DERIVED = {
    "execution": "seq, entry_type, trade_id, opened_trade_id, fold_at",
    "traderecord": "*",
    "openposition": "mode, account, symbol, trade_id, qty, side, entry_price, entry_time, initial_entry_price, "
    "last_reentry_price, reentry_count, opened_qty, peak_qty, trade_min_price, trade_max_price, mae, mfe, "
    "realized_points, realized_pnl, stretch_low, stretch_high, point_value, tick_size, currency",
}
TAMPERING = (
    "UPDATE execution SET entry_type = 'exit' WHERE seq = {n}",
    "UPDATE execution SET entry_type = NULL WHERE seq = {n}",
    "UPDATE execution SET trade_id = 77 WHERE seq = {n}",
    "UPDATE execution SET opened_trade_id = 5 WHERE seq = {n}",
    "UPDATE openposition SET qty = -qty",
    "UPDATE openposition SET side = 'SHORT', qty = 9, entry_price = NULL",
    "UPDATE openposition SET peak_qty = 99, opened_qty = 1, reentry_count = 5",
    "UPDATE openposition SET mae = 0, mfe = NULL, trade_min_price = 1",
    "UPDATE openposition SET trade_id = 3, entry_time = 5, last_reentry_price = 5",
    "UPDATE traderecord SET realized_pnl = 1e6, realized_points = NULL",
    "UPDATE traderecord SET mode = 'LIVE', account = 'X', symbol = 'Y' WHERE id = 1",
    "UPDATE traderecord SET qty = 12, entry_price = 1, exit_price = 2, entry_time = 3, exit_time = 4",
    "UPDATE traderecord SET mae = 7, mfe = -7, mae_points = 1, mfe_points = 2",
    "UPDATE traderecord SET side = CASE side WHEN 'LONG' THEN 'SHORT' ELSE 'LONG' END, reentry_count = 8",
)


def mended(books: Books) -> Repair:
    return repair(books.place, contract_book(), at(9999))


def trade(books: Books) -> Books:
    handle_all(books.begin(), TRADING)
    books.close()
    books.tamper("UPDATE traderecord SET tags = 'news', note = 'too early' WHERE id = 1")
    return books


def derived(books: Books) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row) for row in books.rows(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")]  # noqa: S608  # names of ours
        for table, columns in DERIVED.items()
    ]


def sources(books: Books) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in books.rows(f"SELECT {SOURCES} FROM execution ORDER BY seq")]  # noqa: S608  # as above


@pytest.fixture
def traded(books: Books) -> Books:
    return trade(books)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(TAMPERING), st.integers(1, 10)), min_size=1, max_size=5))
def test_whatever_is_derived_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, tampering: Sequence[tuple[str, int]]
) -> None:
    books = trade(Books(tmp_path_factory.mktemp("any")))
    before = derived(books), sources(books)
    for statement, number in tampering:
        books.tamper(statement.format(n=number))
    result = mended(books)
    assert result.left == ()
    assert audit(books.place) == []
    assert (derived(books), sources(books)) == before
    books.open()  # loading folds again, too


@pytest.mark.parametrize("table", ["openposition", "traderecord"])
def test_rows_that_are_gone_come_back(traded: Books, table: str) -> None:
    # What the trader wrote and what only ticks tell is in no execution.
    traded.tamper(
        "UPDATE traderecord SET tags = NULL, note = NULL, coverage = NULL, heat_total_us = NULL, max_pullback = NULL"
    )
    before = derived(traded)
    traded.tamper(f"DELETE FROM {table}")  # noqa: S608  # a name of ours
    assert mended(traded).left == ()
    assert derived(traded) == before


def test_rows_too_many_go(traded: Books) -> None:
    before = derived(traded)
    traded.add_copy("traderecord", "id = 1", id=99)
    traded.add_copy("openposition", "symbol = 'MESZ26'", symbol="ESZ26")
    assert mended(traded).left == ()
    assert derived(traded) == before


def test_a_fill_that_waits_for_its_back_fill_goes_on_waiting(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000.00", 1), LINK_UP, AccountsListed(("Sim1",)), fill(1, "5001.00", 2)])
    books.close()
    books.tamper("UPDATE openposition SET peak_qty = 9")
    assert mended(books).left == ()
    assert books.value("SELECT entry_type FROM execution WHERE seq = 2") is None
    assert books.value("SELECT qty FROM openposition") == 1


def test_what_the_trader_wrote_stays(traded: Books) -> None:
    traded.tamper("UPDATE traderecord SET mae = 0 WHERE id = 1")
    mended(traded)
    (row,) = traded.rows("SELECT tags, note FROM traderecord WHERE id = 1")
    assert tuple(row) == ("news", "too early")


def test_a_backup_is_taken_first_and_holds_what_was_wrong(traded: Books) -> None:
    traded.tamper("UPDATE openposition SET peak_qty = 99 WHERE symbol = 'MESZ26'")
    result = mended(traded)
    (backup,) = (traded.path.parent / "backups").glob("heatline-*.db")
    assert result.backup == backup
    assert len(result.found) == 1
    assert [finding.where for finding in audit(backup)] == [result.found[0].where]


def test_a_repair_is_an_event_with_a_revision_of_its_own(traded: Books) -> None:
    revision = traded.value("SELECT revision FROM ledgermeta")
    traded.tamper("UPDATE openposition SET peak_qty = 99")
    mended(traded)
    assert traded.events()[-1] == "repaired"
    assert traded.value("SELECT revision FROM ledgermeta") == int(str(revision)) + 1


def test_a_sound_ledger_is_left_alone(traded: Books) -> None:
    before = traded.value("SELECT revision FROM ledgermeta")
    result = mended(traded)
    assert (result.found, result.left, result.backup) == ((), (), None)
    assert traded.value("SELECT revision FROM ledgermeta") == before


@pytest.mark.parametrize(
    "damage",
    ["UPDATE execution SET price = 4000 WHERE seq = 2", "UPDATE execution SET superseded_by = 500 WHERE seq = 2"],
)
def test_a_damaged_source_is_told_and_nothing_is_written(traded: Books, damage: str) -> None:
    traded.tamper(damage)
    before = derived(traded), sources(traded)
    result = mended(traded)
    assert any(finding.is_source for finding in result.left)
    assert result.backup is None
    assert (derived(traded), sources(traded)) == before


def test_a_ledger_that_a_window_has_open_is_refused(traded: Books) -> None:
    traded.open()
    traded.tamper("UPDATE openposition SET peak_qty = 99")
    with pytest.raises(ConfigError, match="Another Heatline"):
        mended(traded)
    assert traded.value("SELECT max(peak_qty) FROM openposition") == 99


def test_there_is_nothing_to_repair_where_there_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        repair(tmp_path / "none.db", contract_book(), at(0))
    assert list(tmp_path.iterdir()) == []
