"""`kill -9` while prices flow: whatever was missed, MAE, MFE, path and coverage come out as if nothing had happened."""

import time
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from app.cli import main
from data.practice.listing import SIM_ACCOUNT
from tests.e2e.conftest import Child, Desk, Exchange, wait_until
from tests.scid_files import SECOND_US, real_ticks, sale, tick, write_scid

_BEGIN_US = 1_789_999_200_000_000  # a Monday in September 2026, in trading hours
_TRADES = """
    SELECT id, mae, mfe, mae_possible, mfe_possible, mae_points, mfe_points, max_pullback, heat_total_us, coverage,
    entry_vwap, entry_poc, entry_cum_delta, points_after_exit, trade_min_price, trade_max_price,
    begins_at, ends_at, points
    FROM traderecord LEFT JOIN pricepath ON trade_id = id ORDER BY id
"""
_UNFINISHED = """
    SELECT id FROM traderecord LEFT JOIN pricepath ON trade_id = id
    WHERE excursion_final IS NOT TRUE OR is_whole IS NOT TRUE
"""


def test_five_kills_leave_mae_and_mfe_as_they_would_have_been(desk: Desk) -> None:
    recording = _write_session(desk.directory, minutes=120)
    _compare_with_killed(desk, recording, kills=5, random=Random(5), speed=100)


@pytest.mark.battery
@pytest.mark.parametrize("quirks", [(), ("--quirk", "no-market-data")], ids=["over DTC", "from the file"])
def test_a_hundred_kills_leave_mae_and_mfe_as_they_would_have_been(desk: Desk, quirks: tuple[str, ...]) -> None:
    recording = real_ticks("ESM18_session.scid").resolve()
    _compare_with_killed(desk, recording, 100, Random(100), 40, *quirks)


def _compare_with_killed(desk: Desk, recording: Path, kills: int, random: Random, speed: int, *quirks: str) -> None:
    """Two windows on one exchange, each with a ledger of its own; one of them is killed over and over."""
    data = desk.directory / "Data"
    exchange = desk.start_exchange(
        "--control", "--replay", str(recording), "--speed", str(speed), "--write-scid", str(data), *quirks
    )
    with ExitStack() as children:
        other = Desk(desk.directory / "killed", children)
        other.directory.mkdir()
        desk.start_window(exchange.port, "--sierra-data", str(data))
        wait_until(desk.is_logged_on, "the first window")
        for _ in range(kills):
            _live_and_die(other, exchange, data, random)
        other.start_window(exchange.port, "--sierra-data", str(data))
        _trade(exchange, random, 3)
        exchange.control.flatten(SIM_ACCOUNT)
        count = len({fill["execution_id"] for fill in desk.made()})
        for each in (desk, other):
            _wait_until_finished(each, count)
        assert _trades(other) == _trades(desk)
        assert len(_trades(desk)) >= kills // 2
        assert all(row[9] == 1 for row in _trades(desk))
        for each in (desk, other):
            assert main(["audit", "--data-dir", str(each.data_dir)]) == 0


def _live_and_die(desk: Desk, exchange: Exchange, data: Path, random: Random) -> None:
    window: Child = desk.start_window(exchange.port, "--sierra-data", str(data))
    booked = len(desk.booked())
    _trade(exchange, random, 2)
    wait_until(lambda: len(desk.booked()) > booked, "a fill")
    time.sleep(random.uniform(0, 0.5))
    _trade(exchange, random, 1)
    window.kill()
    if random.random() < 0.7 and exchange.control.positions(SIM_ACCOUNT):
        exchange.control.flatten(SIM_ACCOUNT)


def _trade(exchange: Exchange, random: Random, orders: int) -> None:
    for _ in range(orders):
        exchange.control.trade(SIM_ACCOUNT, random.choice(("BUY", "SELL")), random.randint(1, 3))
        time.sleep(random.uniform(0.0, 0.1))


def _wait_until_finished(desk: Desk, fills: int) -> None:
    wait_until(lambda: len(desk.booked()) == fills and _is_finished(desk), "all courses", 40)


def _is_finished(desk: Desk) -> bool:
    unfinished, open_rows, trades = desk.read(_UNFINISHED, "SELECT 1 FROM openposition", "SELECT 1 FROM traderecord")
    return not unfinished and not open_rows and bool(trades)


def _trades(desk: Desk) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in desk.read(_TRADES)[0]]


def _write_session(directory: Path, minutes: int) -> Path:
    """A walk of five trades a second, each at the bid or the ask."""
    random = np.random.default_rng(20)
    count = minutes * 60 * 5
    steps = np.clip(np.cumsum(random.integers(-1, 2, count)), -400, 400)
    at_us = _BEGIN_US + np.arange(count) * SECOND_US // 5 + random.integers(0, 150_000, count)
    records = (
        (tick if random.random() < 0.5 else sale)(int(at), 5000.0 + step / 4)
        for at, step in zip(at_us, steps.tolist(), strict=True)
    )
    return write_scid(directory / "MESZ26_FUT_CME.scid", *records)
