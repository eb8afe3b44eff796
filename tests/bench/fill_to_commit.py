"""One fill through the whole ledger, against the two statements that raw sqlite3 would need.

A fill writes its execution, the open position or the trade, an event and the ledger's own row; told with its order, as
a broker's live report is, the order's row besides.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from core.clock import utc_now
from core.facts import AccountsListed, Fill, FillsListed, LinkUp
from core.order import OrderKind, OrderReported, OrderState
from core.values import Side, Source
from data.contract_table import read_contract_book
from data.database import open_writer
from data.ledger import Ledger
from data.practice.listing import PRACTICE_MODES

_Task = TypeVar("_Task")
_ROUNDS = 5
_FILLS = 300
RAW_INSERT = """INSERT INTO execution (account, execution_id, order_id, symbol, side, qty, price, occurred_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, execution_id) DO NOTHING"""
_RAW_UPSERT = """INSERT INTO openposition (account, symbol, qty, entry_price) VALUES (?, ?, ?, ?)
ON CONFLICT (account, symbol) DO UPDATE SET qty = excluded.qty, entry_price = excluded.entry_price"""


def measure() -> list[str]:
    """Interleaves both, round by round; medians in microseconds and their ratio."""
    raw: list[float] = []
    alone: list[float] = []
    told: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        connection = open_raw(Path(directory) / "raw.db")
        ledger = open_ledger(Path(directory) / "heatline.db")
        other = open_ledger(Path(directory) / "other" / "heatline.db")
        for round_number in range(_ROUNDS):
            numbers = range(round_number * _FILLS, (round_number + 1) * _FILLS)
            raw += _time(numbers, lambda number: _book_raw(connection, number))
            alone += _time([a_fill(number) for number in numbers], ledger.handle)
            told += _time([with_its_order(a_fill(number)) for number in numbers], other.handle)
        connection.close()
        ledger.close()
        other.close()
    return [
        f"raw sqlite3, two statements: {statistics.median(raw) * 1e6:8.0f} us median",
        f"a fill through the ledger:   {_against(raw, alone)}",
        f"  with its order's row:      {_against(raw, told)}",
    ]


def _against(raw: list[float], ours: list[float]) -> str:
    ratio = statistics.median(ours) / statistics.median(raw)
    return f"{statistics.median(ours) * 1e6:8.0f} us median, {ratio:.2f}x raw"


def _time(tasks: Iterable[_Task], work: Callable[[_Task], object]) -> list[float]:
    times = []
    for task in tasks:
        started = time.perf_counter()
        work(task)
        times.append(time.perf_counter() - started)
    return times


def a_fill(number: int) -> Fill:
    """Opens, adds, reduces and closes in turn."""
    side = Side.BUY if number % 4 < 2 else Side.SELL
    return Fill(
        account="Sim1",
        symbol="MESZ26",
        wire_symbol="MESZ26-CME",
        execution_id=f"E{number}",
        order_id=f"O{number}",
        side=side,
        qty=Decimal(1),
        price=Decimal("5050.25") + number % 8,
        occurred_at=_STARTED + timedelta(milliseconds=number),
        resolution_us=1,
        source=Source.LIVE,
    )


def with_its_order(fill: Fill) -> Fill:
    """As a broker tells a market order of one lot that has just filled."""
    order = OrderReported(
        account=fill.account,
        order_id=fill.order_id,
        symbol=fill.symbol,
        wire_symbol=fill.wire_symbol,
        at=fill.occurred_at,
        state=OrderState.FILLED,
        side=fill.side,
        kind=OrderKind.MARKET,
        qty=fill.qty,
        filled_qty=fill.qty,
        average_price=fill.price,
    )
    return replace(fill, order=order)


_STARTED = utc_now()


def open_ledger(path: Path) -> Ledger:
    ledger = Ledger(open_writer(path), read_contract_book(), utc_now, practice_modes=PRACTICE_MODES)
    ledger.handle(LinkUp("Heatline Practice", is_practice=True, at=utc_now()))
    ledger.handle(AccountsListed(("Sim1",)))
    ledger.handle(FillsListed("Sim1", ()))
    return ledger


def open_raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        """PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE execution (seq INTEGER PRIMARY KEY, account, execution_id, order_id, symbol, side, qty, price,
            occurred_at, UNIQUE (account, execution_id));
        CREATE TABLE openposition (account, symbol, qty, entry_price, PRIMARY KEY (account, symbol));"""
    )
    return connection


def _book_raw(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(RAW_INSERT, ("Sim1", f"E{number}", f"O{number}", "MESZ26", "BUY", 1, 5050.25, number))
    connection.execute(_RAW_UPSERT, ("Sim1", "MESZ26", number, 5050.25))
    connection.execute("COMMIT")
