"""A trade's course, and a session's sums, against numpy going once over the same ticks in the bytes of their file."""

import statistics
import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from core.excursion import Holding
from core.session_profile import SessionProfile
from core.tape import Coverage, Ticks
from core.trade_course import Stop, course_of
from data.feeds.scid_record import EPOCH_US, RECORD
from data.feeds.tick import Rows
from tests.scid_files import MOMENT_US

_TICKS = 500_000
_STEP_US = 40_000
_FILLS = 5
_ROUNDS = 25
_UNSEEN = Decimal(1)  # a price that nobody traded


def measure() -> list[str]:
    """Interleaves both, round by round; medians in milliseconds and their ratio."""
    rows = _rows()
    stops, coverage = _stops(_ticks(rows)), Coverage.of([(MOMENT_US, MOMENT_US + (_TICKS + 1) * _STEP_US)])
    scanned, told = _alternate(lambda: _scan(rows), lambda: course_of(stops, _ticks(rows), coverage))
    summed, added = _alternate(lambda: _sum(rows), lambda: _add(SessionProfile(), rows))
    profile = SessionProfile()
    _add(profile, rows)
    _, one = _alternate(lambda: _sum(rows[:1]), lambda: _add(profile, rows[:1]))
    return [
        f"bare scan, {_TICKS} ticks:     {scanned * 1e3:8.1f} ms median",
        f"course of a trade over them:  {told * 1e3:8.1f} ms median, {told / scanned:.2f}x the scan",
        f"bare scan with volumes:       {summed * 1e3:8.1f} ms median",
        f"VWAP, POC, delta of them:     {added * 1e3:8.1f} ms median, {added / summed:.2f}x the scan",
        f"  one more tick, and anew:    {one * 1e6:8.0f} us median",
    ]


def _rows() -> Rows:
    """A walk that stays where it is as often as it moves."""
    random = np.random.default_rng(1)
    rows = np.zeros(_TICKS, RECORD)
    rows["time"] = MOMENT_US + EPOCH_US + np.arange(_TICKS) * _STEP_US
    rows["close"] = 5000 + np.cumsum(random.integers(-1, 2, _TICKS) * random.integers(0, 2, _TICKS)) * 0.25
    rows["volume"] = random.integers(1, 9, _TICKS)
    is_bought = random.integers(0, 2, _TICKS, dtype=bool)
    rows["ask_volume"], rows["bid_volume"] = rows["volume"] * is_bought, rows["volume"] * ~is_bought
    return rows


def _ticks(rows: Rows) -> Ticks:
    return Ticks(rows["time"] - EPOCH_US, rows["close"].astype(np.float64))


def _stops(ticks: Ticks) -> list[Stop]:
    """In at the first tick, more of it four times, out at the last."""
    stops = []
    qty, cash = Decimal(0), Decimal(0)
    for place in np.linspace(0, _TICKS - 1, _FILLS + 1).astype(int)[:-1].tolist():
        price = Decimal(repr(float(ticks.prices[place])))
        qty, cash = qty + 1, cash - price
        stops.append(Stop(int(ticks.at_us[place]), 1, price, Holding(qty, cash, -cash / qty)))
    return [*stops, Stop(int(ticks.at_us[-1]), 1, _UNSEEN, None)]


def _alternate(bare: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ROUNDS):
        for work, spent in zip((bare, ours), times, strict=True):
            started = time.perf_counter()
            work()
            spent.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def _scan(rows: Rows) -> tuple[float, float, int]:
    """Times and prices as plain columns, with the extremes that there are."""
    at_us, prices = rows["time"] - EPOCH_US, rows["close"].astype(np.float64)
    return float(prices.min()), float(prices.max()), int(at_us[-1])


def _sum(rows: Rows) -> tuple[float, int]:
    """The sums alone: what was paid, and the delta."""
    prices, volumes = rows["close"].astype(np.float64), rows["volume"].astype(np.int64)
    delta = rows["ask_volume"].astype(np.int64).sum() - rows["bid_volume"].astype(np.int64).sum()
    return float((prices * volumes).sum()), int(delta)


def _add(profile: SessionProfile, rows: Rows) -> object:
    lots = (rows[column].astype(np.int64) for column in ("volume", "bid_volume", "ask_volume"))
    profile.add(rows["close"].astype(np.float64), *lots)
    return profile.context()
