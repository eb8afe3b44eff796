"""The thinnest whole path: a fill over TCP, on disk, on screen, and back on screen after a restart."""

import json
import sqlite3

from core.values import Side
from tests.e2e.conftest import Desk


def test_a_fill_reaches_the_disk_and_the_screen_and_is_back_after_a_restart(desk: Desk, silent_port: int) -> None:
    exchange = desk.start_exchange()
    exchange.trade((Side.BUY, 1))
    first = desk.see_window(exchange.port, seconds=1)
    with sqlite3.connect(desk.database) as database:
        rows = database.execute("SELECT account, symbol, qty, side FROM openposition").fetchall()
    database.close()
    assert rows == [("Sim1", "MESZ26", 1, "LONG")]
    assert any(line.startswith("LONG 1") for line in first)
    assert any(line.startswith("verified with broker") for line in first)

    again = desk.see_window(silent_port, seconds=1)

    assert any(line.startswith("LONG 1") for line in again)
    assert any("unverified" in line for line in again)
    assert desk.run("audit", "--data-dir", str(desk.data_dir))
    assert json.loads(desk.run("trades", "--json", "--data-dir", str(desk.data_dir))) == []
