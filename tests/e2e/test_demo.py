"""`heatline demo` where nobody can watch, and the commands that read what it left."""

import csv
import json
import sqlite3
import time
from contextlib import ExitStack, closing, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from core.trade_record import TradeRecord
from tests.e2e.conftest import Child, Desk, wait_until

_SECONDS = 8
_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Demo:
    """A demo that has ended: its folder, what it printed, and its tables."""

    directory: Path
    printed: str
    took: float

    @property
    def data_dir(self) -> str:
        return str(self.directory / "practice")

    def read(self, query: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.directory / "practice/heatline.db")) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query).fetchall()

    def words(self, picture: str) -> list[str]:
        return (self.directory / "demo-output" / picture).with_suffix(".txt").read_text("utf-8").splitlines()

    def ask(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def run(self, *arguments: str) -> str:
        """What a reading command prints; it reads the same whether in a process of its own or not."""
        with redirect_stdout(StringIO()) as printed:
            assert main([*arguments, "--data-dir", self.data_dir]) == 0
        return printed.getvalue()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    directory = tmp_path_factory.mktemp("demo")
    arguments = ["demo", "--data-dir", str(directory / "practice"), "--for", str(_SECONDS)]
    with ExitStack() as children:
        child = Child(arguments, directory)
        children.callback(child.end)
        started = time.monotonic()
        printed = child.finish()
    return Demo(directory, printed, time.monotonic() - started)


def test_a_demo_without_a_display_says_so_and_prints_its_trades_with_their_heat(demo: Demo) -> None:
    first, heading, *trades = demo.printed.splitlines()
    assert first == "No display: drawing offscreen, with a short scripted session"
    assert {"MAE", "MFE", "P&L"} <= set(heading.split())
    count = len(demo.read("SELECT 1 FROM traderecord"))
    assert count >= 1
    assert trades[count] == f"{count} trades"
    assert "Traceback" not in demo.printed


def test_a_demo_ends_when_it_was_told_to(demo: Demo) -> None:
    assert _SECONDS <= demo.took <= _SECONDS + 8


def test_a_demo_leaves_pictures_that_show_what_their_names_say(demo: Demo) -> None:
    assert sorted(path.name for path in (demo.directory / "demo-output").glob("*.png")) == [
        "1-sim-position-open.png", "2-other-account-flat.png", "3-trades.png",
    ]  # fmt: skip
    position = demo.words("1-sim-position-open.png")
    assert any(line.startswith(("LONG ", "SHORT ")) for line in position)
    assert any("re-entry 1" in line for line in position)
    assert any(line.startswith("verified with broker") for line in position)
    other = demo.words("2-other-account-flat.png")
    assert {"LIVE", "PRACTICE-1", "Flat"} <= set(other)
    assert any(line.startswith("verified with broker") for line in other)
    trades = [line for line in demo.words("3-trades.png") if line.count(" | ") > 5]
    assert trades


def test_the_demo_trades_at_once_and_at_least_twice_a_second(demo: Demo) -> None:
    logon = demo.read("SELECT at FROM positionevent WHERE kind = 'link_up'")[0]["at"]
    moments = [row["occurred_at"] for row in demo.read("SELECT occurred_at FROM execution ORDER BY occurred_at, seq")]
    assert moments[0] - logon < _SECOND_US
    assert len(moments) / ((moments[-1] - logon) / _SECOND_US) >= 2


def test_the_trades_command_prints_the_table(demo: Demo) -> None:
    printed = demo.ask("trades")
    recorded = demo.read("SELECT * FROM traderecord ORDER BY exit_time, id")
    assert [list(trade) for trade in printed] == [list(TradeRecord.__dataclass_fields__)] * len(recorded)
    for trade, row in zip(printed, recorded, strict=True):
        for name in ("id", "mode", "account", "symbol", "side", "qty", "entry_price", "realized_pnl", "mae", "mfe"):
            assert trade[name] == row[name], name
        exit_time = datetime.fromisoformat(trade["exit_time"])
        assert trade["exit_time"].endswith("Z")
        assert round(exit_time.timestamp() * _SECOND_US) == row["exit_time"]


def test_the_csv_holds_the_same_trades(demo: Demo) -> None:
    path = demo.directory / "trades.csv"
    demo.run("trades", "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    printed = demo.ask("trades")
    assert [(row["id"], float(row["mae"]), row["exit_time"]) for row in rows] == [
        (str(trade["id"]), float(trade["mae"]), trade["exit_time"]) for trade in printed
    ]


def test_stats_are_the_sums_of_the_trades(demo: Demo) -> None:
    """By net results: the practice exchange charges a commission."""
    trades = demo.read("SELECT realized_pnl, net_pnl FROM traderecord")
    results = [row["net_pnl"] for row in trades]
    heats = [row["mae"] for row in demo.read("SELECT mae FROM traderecord")]
    (stats,) = demo.ask("stats")
    assert (stats["mode"], stats["account"], stats["currency"]) == ("SIM", "Sim1", "USD")
    assert stats["n"] == len(results)
    assert stats["wins"] == sum(result > 0 for result in results)
    assert stats["losses"] == sum(result < 0 for result in results)
    assert stats["gross_pnl"] == pytest.approx(sum(row["realized_pnl"] for row in trades))
    assert stats["average_mae"] == pytest.approx(sum(heats) / len(heats))
    assert stats["expectancy"] == pytest.approx(sum(results) / len(results))
    assert stats["net_pnl"] == pytest.approx(sum(results))
    assert not stats["before_commission"]


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        (["--side", "SHORT"], "side = 'SHORT'"),
        (["--reentries"], "reentry_count > 0"),
        (["--no-reentries"], "reentry_count = 0"),
        (["--mode", "LIVE"], "mode = 'LIVE'"),
        (["--account", "Sim1", "--symbol", "MESZ26"], "1"),
        (["--to", "2020-01-01"], "0"),
    ],
)
def test_filters_let_through_what_they_say(demo: Demo, arguments: list[str], condition: str) -> None:
    wanted = [row["id"] for row in demo.read(f"SELECT id FROM traderecord WHERE {condition} ORDER BY exit_time, id")]  # noqa: S608  # our own words
    assert [trade["id"] for trade in demo.ask("trades", *arguments)] == wanted


@pytest.mark.parametrize("command", ["trades", "stats", "audit"])
def test_a_reading_command_without_a_ledger_ends_2_and_creates_nothing(desk: Desk, command: str) -> None:
    assert "There is no ledger" in desk.run(command, "--data-dir", str(desk.data_dir), expected=2)
    assert list(desk.directory.iterdir()) == []


def test_reading_commands_run_beside_an_open_window(desk: Desk) -> None:
    exchange = desk.start_exchange("--trader", "3")
    window = desk.start_window(exchange.port)
    wait_until(lambda: desk.is_logged_on() and bool(desk.read("SELECT 1 FROM traderecord")[0]), "a trade")
    where = ("--data-dir", str(desk.data_dir))
    assert json.loads(desk.run("trades", "--json", *where))
    assert json.loads(desk.run("stats", "--json", *where))[0]["n"] >= 1
    assert desk.run("audit", *where)
    assert window.process.poll() is None
