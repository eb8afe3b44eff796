"""Long listings of fills: known ones against a raw insert-ignore transaction of the same run, and new ones."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.facts import Fill, FillsListed
from tests.bench.fill_to_commit import RAW_INSERT, a_fill, open_ledger, open_raw

_FILLS = 10_000
_ROUNDS = 5


def measure() -> list[str]:
    """Interleaves both, round by round; medians in milliseconds and their ratio."""
    fills = tuple(a_fill(number) for number in range(_FILLS))
    with tempfile.TemporaryDirectory() as directory:
        ledger = open_ledger(Path(directory) / "heatline.db")
        connection = open_raw(Path(directory) / "raw.db")
        raw_new = _seconds(lambda: _raw(connection, fills))
        new = _seconds(lambda: ledger.handle(FillsListed("Sim1", fills)))
        raw_known, known = [], []
        for _ in range(_ROUNDS):
            raw_known.append(_seconds(lambda: _raw(connection, fills)))
            known.append(_seconds(lambda: ledger.handle(FillsListed("Sim1", fills))))
        connection.close()
        ledger.close()
    raw, ours = statistics.median(raw_known), statistics.median(known)
    return [
        f"raw sqlite3, {_FILLS} known:    {raw * 1e3:8.1f} ms median",
        f"{_FILLS} known fills listed:    {ours * 1e3:8.1f} ms median, {ours / raw:.2f}x raw",
        f"{_FILLS} new fills listed:      {new * 1e3:8.1f} ms, {new / raw_new:.2f}x raw",
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _raw(connection: sqlite3.Connection, fills: tuple[Fill, ...]) -> None:
    """One transaction of the fills as they came: what has to be done to hand them to the driver counts as well."""
    connection.execute("BEGIN IMMEDIATE")
    for each in fills:
        row = (each.account, each.execution_id, each.order_id, each.symbol, str(each.side), float(each.qty),
               float(each.price or 0), each.occurred_at.timestamp())  # fmt: skip
        connection.execute(RAW_INSERT, row)
    connection.execute("COMMIT")
