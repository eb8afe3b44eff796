"""The command line that other programs call: what it prints, and how it ends."""

import csv
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from core.course_told import CourseTold, StretchTold
from data.schema import TABLES
from tests.fills import fill
from tests.integration.conftest import Books, handle_all

# Trade 1: long, SIM, re-entered, +15. Trade 4: short, LIVE, +5. Trade 6: long, SIM, another symbol, -2. Still open: 8.
TRADING = (
    fill(1, "5000.00", 1), fill(1, "5001.00", 2), fill(-2, "5002.00", 3),
    fill(-1, "5000.00", 4, account="120005"), fill(1, "4999.00", 5, account="120005"),
    fill(1, "5000.00", 6, symbol="MESH27"), fill(-1, "4999.50", 7, symbol="MESH27"),
    fill(5, "5000.00", 8),
)  # fmt: skip
ISO_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def traded(books: Books) -> Books:
    covered = CourseTold(1, (1, 2, 3), (StretchTold(None, is_whole=False),) * 2, coverage=Decimal("0.9"))
    handle_all(books.begin(), [*TRADING, covered])
    books.close()
    books.tamper("UPDATE traderecord SET tags = 'news' WHERE id = 1")
    return books


def ask(books: Books, capsys: pytest.CaptureFixture[str], command: str, *options: str) -> Any:
    assert main([command, "--data-dir", str(books.path.parent), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_trades_are_one_array_whose_keys_are_the_columns(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    trades = ask(traded, capsys, "trades")
    assert [trade["id"] for trade in trades] == [1, 4, 6]
    assert list(trades[0]) == [column.name for column in TABLES["traderecord"].columns]
    first = trades[0]
    assert (first["mode"], first["side"], first["qty"], first["entry_price"]) == ("SIM", "LONG", 2, 5000.5)
    assert (first["realized_pnl"], first["note"]) == (15, None)
    assert ISO_UTC.fullmatch(first["entry_time"])
    assert ISO_UTC.fullmatch(first["exit_time"])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--mode", "SIM"], [1, 6]),
        (["--account", "120005"], [4]),
        (["--symbol", "MESH27"], [6]),
        (["--side", "SHORT"], [4]),
        (["--tag", "news"], [1]),
        (["--reentries"], [1]),
        (["--no-reentries"], [4, 6]),
        (["--min-coverage", "0.9"], [1]),
        (["--from", "2026-09-15T14:30:05Z"], [4, 6]),
        (["--to", "2026-09-15T14:30:05Z"], [1]),
        (["--from", "2026-09-15", "--to", "2026-09-15"], [1, 4, 6]),
        (["--to", "2026-09-14"], []),
    ],
)
def test_every_filter_narrows_trades_and_stats_alike(
    traded: Books, capsys: pytest.CaptureFixture[str], options: list[str], found: list[int]
) -> None:
    assert [trade["id"] for trade in ask(traded, capsys, "trades", *options)] == found
    assert sum(group["n"] for group in ask(traded, capsys, "stats", *options)) == len(found)


def test_a_table_has_the_same_columns_and_values(
    traded: Books, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "trades.csv"
    assert main(["trades", "--data-dir", str(traded.path.parent), "--csv", str(table)]) == 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    trades = ask(traded, capsys, "trades")
    assert [row["id"] for row in rows] == ["1", "4", "6"]
    for row, trade in zip(rows, trades, strict=True):
        assert row == {name: "" if value is None else str(value) for name, value in trade.items()}


def test_stats_are_one_object_for_each_mode_account_and_currency(
    traded: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    live, sim = ask(traded, capsys, "stats")
    assert (live["mode"], live["account"], live["currency"], live["n"]) == ("LIVE", "120005", "USD", 1)
    assert (sim["mode"], sim["account"], sim["currency"], sim["n"]) == ("SIM", "Sim1", "USD", 2)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in sim)
    assert (sim["wins"], sim["losses"], sim["win_rate"], sim["profit_factor"]) == (1, 1, 0.5, 6)
    assert (sim["expectancy"], sim["max_drawdown"], sim["max_run_up"]) == (6.25, 2.5, 15)
    assert (sim["longest_win_streak"], sim["longest_loss_streak"], sim["current_streak"]) == (1, 1, -1)
    assert sim["expectancy_low"] <= sim["expectancy"] <= sim["expectancy_high"]
    assert (sim["session_days"], sim["sharpe"], sim["average_r"]) == (1, None, None)
    assert sim["samples"]["average_r"] == {"n": 0, "left_out": {"initial risk unknown": 2}}


def test_the_plain_forms_say_the_same_to_people(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(traded.path.parent)
    assert main(["trades", "--data-dir", folder]) == 0
    assert capsys.readouterr().out.endswith("3 trades\n")
    assert main(["stats", "--data-dir", folder]) == 0
    words = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"max_drawdown +2.5", line) for line in words)
    assert any(re.fullmatch(r"sharpe +—", line) for line in words)


def test_an_audit_ends_0_when_all_is_proven_1_when_not_and_2_where_there_is_nothing(
    traded: Books, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = ["--data-dir", str(traded.path.parent)]
    assert main(["audit", *folder]) == 0
    traded.tamper("UPDATE openposition SET peak_qty = 9")
    capsys.readouterr()
    assert main(["audit", *folder]) == 1
    assert "SIM Sim1 MESZ26 position peak_qty: recorded 9, proven 5" in capsys.readouterr().out
    assert main(["audit", *folder, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"where": "SIM Sim1 MESZ26 position peak_qty", "recorded": "9", "proven": "5"}
    ]
    for option in ([], ["--repair"]):
        assert main(["audit", "--data-dir", str(tmp_path / "none"), *option]) == 2
    assert not (tmp_path / "none").exists()


def test_a_repair_says_where_the_copy_is_and_ends_as_an_audit_after_it(
    traded: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--data-dir", str(traded.path.parent)]
    traded.tamper("UPDATE openposition SET peak_qty = 9")
    assert main(["audit", *folder, "--repair"]) == 0
    words = capsys.readouterr().out
    assert "1 findings mended, 0 left" in words
    assert "A copy from before the repair is at" in words
    assert main(["audit", *folder]) == 0


def test_a_repair_beside_an_open_window_ends_2_and_of_a_damaged_source_1(
    traded: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--data-dir", str(traded.path.parent)]
    traded.open()
    assert main(["audit", *folder, "--repair"]) == 2
    traded.close()
    traded.tamper("UPDATE execution SET price = 1 WHERE seq = 1")
    assert main(["audit", *folder, "--repair"]) == 1
    assert "go back to a good backup" in capsys.readouterr().out
