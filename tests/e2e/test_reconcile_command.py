"""`heatline reconcile` in a process of its own, between a window that is closed and one that is open."""

from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from tests.e2e.conftest import Child, Desk, wait_until


def start_reconcile(desk: Desk, port: int) -> Child:
    return desk.start("reconcile", "--data-dir", str(desk.data_dir), "--dtc", f"127.0.0.1:{port}")


def test_what_happened_at_the_broker_while_no_window_was_open_is_booked_or_named(desk: Desk) -> None:
    exchange = desk.start_exchange("--control")
    exchange.control.trade(SIM_ACCOUNT, "BUY", 2)
    desk.see_window(exchange.port, seconds=1)

    exchange.control.trade(SIM_ACCOUNT, "BUY", 1)
    lines = [line.split() for line in start_reconcile(desk, exchange.port).finish().splitlines()]
    assert lines[1:] == [
        [LIVE_ACCOUNT, "LIVE", "—", "flat", "flat", "verified", "flat"],
        [SIM_ACCOUNT, "SIM", "MESZ26", "LONG", "3", "LONG", "3", "verified"],
    ]
    assert desk.has_booked_all()

    exchange.control.quirk("refuse-history")
    exchange.control.trade(SIM_ACCOUNT, "SELL", 3)
    assert f"Needs you: {SIM_ACCOUNT} MESZ26. " in start_reconcile(desk, exchange.port).finish(1)
    assert [row["qty"] for row in desk.read("SELECT qty FROM openposition")[0]] == [3]
    assert desk.run("audit", "--data-dir", str(desk.data_dir))


def test_beside_an_open_window_it_is_refused(desk: Desk) -> None:
    exchange = desk.start_exchange()
    desk.start_window(exchange.port)
    wait_until(desk.is_logged_on, "the logon")
    assert "Another Heatline is running on the ledger" in start_reconcile(desk, exchange.port).finish(2)


def test_without_a_ledger_nothing_is_created(desk: Desk, silent_port: int) -> None:
    assert "heatline.db" in start_reconcile(desk, silent_port).finish(2)
    assert not desk.data_dir.exists()
