"""`kill -9` at any instant: nothing that was booked is lost, and nothing is booked twice."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from app.cli import main
from tests import dying_opener
from tests.e2e.conftest import Desk, Exchange, wait_until

_SHOWN = re.compile(r"(LONG|SHORT) (\d+)")
_POSITION = "SELECT * FROM openposition"
_LONGEST_DELAY = 0.6


def test_ten_kills_lose_nothing_and_double_nothing(desk: Desk, silent_port: int) -> None:
    _survive(desk, silent_port, kills=10, random=Random(20261))


@pytest.mark.battery
def test_two_hundred_kills_lose_nothing_and_double_nothing(desk: Desk, silent_port: int) -> None:
    _survive(desk, silent_port, kills=200, random=Random(20262))


@pytest.mark.parametrize("steps", [-1, 1, 9, 26])
def test_a_kill_at_any_step_of_the_first_start_leaves_what_can_be_started(tmp_path: Path, steps: int) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, dying_opener.__file__, str(tmp_path)]
    killed = subprocess.run([*command, str(steps)], env=environment, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    again = subprocess.run(
        [*command, "10000"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert again.returncode == 0, again.stderr
    assert main(["audit", "--data-dir", str(tmp_path)]) == 0


def _survive(desk: Desk, silent_port: int, kills: int, random: Random) -> None:
    """Kills the window over and over; in between the ledger is compared with the exchange and with the screen."""
    exchange = desk.start_exchange("--trader", "4")
    looks = [_trade_until_killed(desk, exchange, silent_port, random)]
    for _ in range(kills - 1):
        looks.append(_trade_until_killed(desk, exchange, silent_port, random))
        looks[-2].check()
    looks[-1].check()
    window = desk.start_window(exchange.port)
    wait_until(desk.has_booked_all, "the last back-fill")
    window.end()
    _assert_equal_to_exchange(desk)
    assert sum(len(look.saved) for look in looks) > kills // 2


class _Look:
    """What a kill left behind, opened aside from the ledger with nobody to connect to."""

    def __init__(self, desk: Desk, silent_port: int) -> None:
        self.saved = desk.read(_POSITION)[0]
        assert main(["audit", "--data-dir", str(desk.data_dir)]) == 0
        self._aside = desk.copy()
        options = ("--for", "0.7", "--screenshot", str(self._aside.picture))
        self._window = self._aside.start_window(silent_port, *options)

    def check(self) -> None:
        self._window.finish()
        _assert_screen_shows(self._aside.seen(), self.saved)
        _assert_not_narrower(self._aside.read(_POSITION)[0], self.saved)


def _trade_until_killed(desk: Desk, exchange: Exchange, silent_port: int, random: Random) -> _Look:
    """A window that catches up with the exchange, and is killed while fills flow."""
    with exchange.hammered(random):
        owed = {fill["execution_id"] for fill in desk.made()}
        window = desk.start_window(exchange.port)
        wait_until(lambda: len(desk.booked() - owed) > 0 and _is_in_order(desk), "fills made before and now")
        assert owed <= desk.booked()
        _assert_equal_to_exchange(desk)
        time.sleep(random.uniform(0, _LONGEST_DELAY))
        window.kill()
    return _Look(desk, silent_port)


def _is_in_order(desk: Desk) -> bool:
    """True when the back-fill is through: nothing waits to be folded."""
    return not desk.read("SELECT 1 FROM execution WHERE entry_type IS NULL")[0]


def _assert_equal_to_exchange(desk: Desk) -> None:
    """The ledger holds the first so many fills of the exchange, each once, and the position they make."""
    booked, positions, folded = desk.read(
        "SELECT * FROM execution ORDER BY occurred_at, seq", _POSITION, "SELECT entry_type FROM execution"
    )
    assert all(row["entry_type"] for row in folded)
    made = desk.made()[: len(booked)]
    assert [_as_booked(row) for row in booked] == [_as_made(fill) for fill in made]
    assert [row["qty"] for row in positions] == ([made[-1]["position_qty"]] if made[-1]["position_qty"] else [])


def _as_booked(row: sqlite3.Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("execution_id", "account", "order_id", "side", "qty", "price", "occurred_at"))


def _as_made(fill: dict[str, object]) -> tuple[object, ...]:
    names = ("execution_id", "account", "order_id", "side", "qty")
    return (*(fill[name] for name in names), float(str(fill["price"])), fill["at_us"])


def _assert_screen_shows(words: list[str], saved: list[sqlite3.Row]) -> None:
    assert any("unverified" in line for line in words), words
    if not saved:
        assert "Flat" in words
        return
    (position,) = saved
    shown = next(match for line in words if (match := _SHOWN.fullmatch(line)))
    assert (shown[1], int(shown[2])) == (position["side"], abs(position["qty"]))
    entry = next(line for line in words if line.startswith("@ "))
    assert float(re.sub(r"[^\d.]", "", entry)) == pytest.approx(position["entry_price"], abs=0.0051)


def _assert_not_narrower(now: list[sqlite3.Row], saved: list[sqlite3.Row]) -> None:
    assert len(now) == len(saved)
    for after, before in zip(now, saved, strict=True):
        for name in ("trade_id", "qty", "side", "entry_time", "entry_price", "reentry_count", "opened_qty", "peak_qty"):
            assert after[name] == before[name], name
        assert after["trade_min_price"] <= before["trade_min_price"]
        assert after["trade_max_price"] >= before["trade_max_price"]
        assert after["mae"] <= before["mae"]
        assert after["mfe"] >= before["mfe"]
