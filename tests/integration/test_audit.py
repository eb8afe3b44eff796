"""The audit believes nothing but the executions."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from data.audit import audit
from tests.fills import fill
from tests.integration.conftest import Books, handle_all, seen

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
    assert audit(traded.path) == []


def test_the_audit_runs_beside_an_open_ledger(traded: Books) -> None:
    traded.open().handle(fill(1, "5003.00", 7))
    assert audit(traded.path) == []


@pytest.mark.parametrize(
    ("forgery", "where"),
    [
        ("UPDATE openposition SET qty = 3", "MESZ26 qty"),
        ("UPDATE openposition SET side = 'SHORT'", "MESZ26 side"),
        ("UPDATE openposition SET entry_price = 5000", "MESZ26 entry_price"),
        ("UPDATE openposition SET mae = -1", "MESZ26 mae"),
        ("UPDATE openposition SET mfe = 1000", "MESZ26 mfe"),
        ("UPDATE openposition SET reentry_count = 0", "MESZ26 reentry_count"),
        ("UPDATE openposition SET peak_qty = 9", "MESZ26 peak_qty"),
        ("UPDATE openposition SET entry_time = entry_time + 1", "MESZ26 entry_time"),
        ("UPDATE openposition SET trade_id = 77", "MESZ26 trade_id"),
        ("UPDATE openposition SET stretch_low = stretch_high + 1", "MESZ26 stretch"),
        ("UPDATE openposition SET account = 'Sim2'", "Sim2 MESZ26"),
        ("DELETE FROM openposition", "position SIM Sim1 MESZ26"),
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
    found = [str(difference) for difference in audit(traded.path)]
    assert any(where in each for each in found), found


def test_a_trade_too_many_is_found(traded: Books) -> None:
    traded.add_copy("traderecord", "id = 1", id=99)
    assert [str(each).partition(":")[0] for each in audit(traded.path)] == ["trade 99"]


def test_an_unfolded_fill_is_no_difference(traded: Books) -> None:
    """It waits for its back-fill: nothing was derived from it yet."""
    traded.add_copy("execution", "seq = 1", seq=50, execution_id="E50", entry_type=None, trade_id=None)
    assert audit(traded.path) == []


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
    assert audit(books.path) == []
