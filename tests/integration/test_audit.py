"""The audit believes nothing but the executions."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.commands import ConfirmMode
from core.errors import ConfigError
from core.facts import AccountsListed
from core.values import Mode
from data.audit import audit
from data.repair import repair
from tests.fills import at, contract_book, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, seen

DATABASES = ON_BOTH

TRADING = (
    fill(1, "5000.00", 1), seen("4995.00", "5003.00"), fill(1, "5001.00", 2), fill(-2, "5002.00", 3),
    fill(-1, "5002.00", 4), fill(2, "5001.00", 5), seen("4990.00", "5004.00"), fill(1, "5003.00", 6),
)  # fmt: skip


@pytest.fixture
def traded(books: Books) -> Books:
    """Two trades and an open position of two lots, each with adds and extremes."""
    handle_all(books.begin(), TRADING)
    books.close()
    assert books.value("SELECT count(*) FROM traderecord") == 2
    return books


def test_a_sound_ledger_gives_no_differences(traded: Books) -> None:
    assert audit(traded.place) == []


def test_the_audit_runs_beside_an_open_ledger(traded: Books) -> None:
    traded.open().handle(fill(1, "5003.00", 7))
    assert audit(traded.place) == []


@pytest.mark.parametrize(
    ("forgery", "where"),
    [
        ("UPDATE openposition SET qty = 3", "MESZ26 position qty"),
        ("UPDATE openposition SET side = 'SHORT'", "MESZ26 position side"),
        ("UPDATE openposition SET entry_price = 5000", "MESZ26 position entry_price"),
        ("UPDATE openposition SET mae = -1", "MESZ26 position mae"),
        ("UPDATE openposition SET mfe = 1000", "MESZ26 position mfe"),
        ("UPDATE openposition SET reentry_count = 0", "MESZ26 position reentry_count"),
        ("UPDATE openposition SET peak_qty = 9", "MESZ26 position peak_qty"),
        ("UPDATE openposition SET entry_time = entry_time + 1", "MESZ26 position entry_time"),
        ("UPDATE openposition SET trade_id = 77", "MESZ26 position trade_id"),
        ("UPDATE openposition SET stretch_low = stretch_high + 1", "MESZ26 position stretch"),
        ("UPDATE openposition SET account = 'Sim2'", "Sim2 MESZ26"),
        ("DELETE FROM openposition", "SIM Sim1 MESZ26 position"),
        ("UPDATE traderecord SET mae = 0", "trade 1 mae"),
        ("UPDATE traderecord SET realized_pnl = realized_pnl + 1 WHERE id = 1", "trade 1 realized_pnl"),
        ("UPDATE traderecord SET mode = 'LIVE' WHERE id = 1", "trade 1 mode"),
        ("UPDATE traderecord SET exit_price = 1 WHERE id = 4", "trade 4 exit_price"),
        ("UPDATE traderecord SET side = 'SHORT' WHERE id = 1", "trade 1 side"),
        ("DELETE FROM traderecord WHERE id = 1", "trade 1"),
        ("UPDATE execution SET entry_type = 'reentry' WHERE seq = 1", "E1 entry_type"),
        ("UPDATE execution SET trade_id = 4 WHERE seq = 2", "E2 trade_id"),
        ("UPDATE execution SET opened_trade_id = NULL WHERE entry_type = 'flip'", "opened_trade_id"),
        ("UPDATE execution SET entry_type = NULL WHERE seq = 2", "trade 1"),
        ("UPDATE execution SET qty = 5 WHERE seq = 1", "trade 1"),
        ("UPDATE execution SET price = 4000 WHERE seq = 6", "MESZ26"),
        ("UPDATE execution SET stretch_low = 4000 WHERE seq = 2", "trade 1 mae"),
        ("DELETE FROM execution WHERE seq = 3", "trade 1"),
    ],
)
def test_every_forgery_is_found(traded: Books, forgery: str, where: str) -> None:
    traded.tamper(forgery)
    found = [str(difference) for difference in audit(traded.place)]
    assert any(where in each for each in found), found


def test_a_trade_too_many_is_found(traded: Books) -> None:
    traded.add_copy("traderecord", "id = 1", id=99)
    assert [str(each).partition(":")[0] for each in audit(traded.place)] == ["SIM Sim1 MESZ26 trade 99"]


def test_a_fill_that_waits_for_its_back_fill_is_no_finding(books: Books) -> None:
    """Nothing was derived from it yet."""
    handle_all(books.open(), [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00")])
    assert books.value("SELECT entry_type FROM execution") is None
    assert audit(books.place) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE execution SET price = 4000 WHERE seq = 6",
        "UPDATE execution SET order_id = 'other' WHERE seq = 6",
        "UPDATE execution SET chain = 'other' WHERE seq = 6",
        "UPDATE ledgermeta SET chain_count = chain_count + 1",
        "DELETE FROM execution WHERE seq = 6",
    ],
)
def test_a_damaged_source_row_breaks_the_chain(traded: Books, damage: str) -> None:
    traded.tamper(damage)
    (broken,) = [finding for finding in audit(traded.place) if finding.is_source]
    assert "chain" in broken.where


def test_a_finding_names_account_symbol_order_and_execution_in_one_line(traded: Books) -> None:
    traded.tamper("UPDATE execution SET entry_type = 'exit' WHERE seq = 2")
    (line,) = [str(finding) for finding in audit(traded.place)]
    assert line == "SIM Sim1 MESZ26 order O2 execution E2 entry_type: recorded exit, proven reentry"


@pytest.mark.parametrize(
    ("forgery", "where"),
    [
        ("DELETE FROM positionevent WHERE execution_seq = 3", "order O3 execution E3 event"),
        ("UPDATE positionevent SET qty_after = 7 WHERE execution_seq = 2", "E2 event"),
        ("UPDATE positionevent SET execution_seq = 99 WHERE execution_seq = 2", "event"),
        ("UPDATE positionevent SET symbol = 'MNQZ26' WHERE execution_seq = 2", "E2 event"),
        ("UPDATE positionevent SET revision = 0 WHERE execution_seq = 3", "revision"),
        ("UPDATE positionevent SET revision = 10000 WHERE id = (SELECT max(id) FROM positionevent)", "ledger revision"),
        ("UPDATE ledgermeta SET revision = 1", "ledger revision"),
    ],
)
def test_the_events_bear_witness_against_the_tables(traded: Books, forgery: str, where: str) -> None:
    traded.tamper(forgery)
    found = [str(finding) for finding in audit(traded.place)]
    assert any(where in each for each in found), found


def test_a_fold_that_started_over_leaves_the_events_sound(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(
        ledger, [fill(1, "5000.00", 10), fill(-1, "5002.00", 30), fill(1, "5001.00", 20), fill(-1, "5003.00", 40)]
    )
    assert "amended" in books.events()
    assert audit(books.place) == []


@pytest.mark.parametrize(
    ("forgery", "where"),
    [
        ("UPDATE accountstate SET mode = 'LIVE'", "Nobody mode of execution rows"),
        ("UPDATE accountstate SET mode = 'LIVE'", "Nobody mode of the account"),
        ("UPDATE orderrecord SET mode = 'LIVE'", "Nobody mode of orderrecord rows"),
        ("DELETE FROM accountstate", "Nobody account of execution rows"),
        ("UPDATE orderrecord SET entry_type = 'reentry'", "order O1 entry_type and trade_id"),
        ("UPDATE orderrecord SET trade_id = 77", "order O1 entry_type and trade_id"),
        ("UPDATE orderrecord SET entry_type = NULL, trade_id = 77", "order O1 trade_id"),
    ],
)
def test_modes_and_orders_are_held_against_their_accounts_and_executions(
    books: Books, forgery: str, where: str
) -> None:
    ledger = books.begin("Nobody")
    handle_all(ledger, [fill(1, "5000.00", 1, account="Nobody"), fill(1, "5001.00", 2, account="Nobody")])
    ledger.carry_out(ConfirmMode("Nobody", Mode.SIM))
    books.tamper(
        "INSERT INTO orderrecord (account, order_id, mode, symbol, wire_symbol, side, order_type, status, entry_type, "
        "trade_id, first_seen_at, updated_at, revision) VALUES ('Nobody', 'O1', 'SIM', 'MESZ26', 'MESZ26-CME', 'BUY', "
        "'market', 'filled', 'initial', 1, 1, 1, 1)"
    )
    assert audit(books.place) == []
    books.tamper(forgery)
    found = [str(finding) for finding in audit(books.place)]
    assert any(where in each for each in found), found
    books.close()
    if "orderrecord SET entry" in forgery or "trade_id" in forgery:
        assert repair(books.place, contract_book(), at(99)).left == ()


def test_there_is_nothing_to_audit_where_there_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        audit(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


moves = st.lists(
    st.tuples(st.sampled_from([-3, -1, 1, 2]), st.integers(19_900, 20_100), st.integers(19_900, 20_100)), max_size=12
)


@settings(deadline=None, max_examples=25)
@given(moves)
def test_whatever_was_traded_the_audit_proves_it(
    tmp_path_factory: pytest.TempPathFactory, moves: Sequence[tuple[int, int, int]]
) -> None:
    books = Books(tmp_path_factory.mktemp("any"))
    ledger = books.begin("Sim1")
    for number, (qty, quarters, passing) in enumerate(moves, start=1):
        handle_all(ledger, [fill(qty, str(quarters / 4), number), seen(str(passing / 4))])
    books.close()
    assert audit(books.place) == []
