"""The window and the exchange come and go; the ledger has every fill once."""

import signal

from core.values import Side
from tests.e2e.conftest import Desk, wait_until

_ASKED = "SELECT min(last_query_at) AS at FROM accountstate"
_DOUBLED = "SELECT execution_id FROM execution GROUP BY account, execution_id HAVING count(*) > 1"


def test_the_exchange_is_killed_and_comes_back_under_an_open_window(desk: Desk) -> None:
    exchange = desk.start_exchange("--trader", "8")
    window = desk.start_window(exchange.port, "--screenshot", str(desk.picture))
    wait_until(lambda: len(desk.booked()) >= 3, "the first fills")
    exchange.child.kill()
    wait_until(lambda: " ended: " in desk.log.read_text("utf-8"), "the end of the link")
    assert window.process.poll() is None
    before = len(desk.made())

    again = desk.start_exchange("--trader", "9", port=exchange.port)
    again.trade((Side.BUY, 1))
    wait_until(lambda: len(desk.booked()) > before, "fills of the new exchange")
    again.child.end()
    wait_until(desk.has_booked_all, "everything the exchange made")
    window.process.send_signal(signal.SIGTERM)
    window.finish()

    assert [
        row["execution_id"] for row in desk.read("SELECT execution_id FROM execution ORDER BY occurred_at, seq")[0]
    ] == [fill["execution_id"] for fill in desk.made()]
    kinds = [row["kind"] for row in desk.read("SELECT kind FROM positionevent WHERE kind LIKE 'link%' ORDER BY id")[0]]
    assert kinds == ["link_up", "link_down", "link_up", "link_down"]
    assert desk.run("audit", "--data-dir", str(desk.data_dir))


def test_a_lost_link_is_said_and_nothing_is_verified_any_more(desk: Desk) -> None:
    exchange = desk.start_exchange()
    exchange.trade((Side.SELL, 2))
    window = desk.start_window(exchange.port, "--screenshot", str(desk.picture))
    wait_until(lambda: desk.log.exists() and bool(desk.booked()), "the fill")
    exchange.child.kill()
    wait_until(lambda: " ended: " in desk.log.read_text("utf-8"), "the end of the link")
    window.process.send_signal(signal.SIGTERM)
    window.finish()
    words = desk.seen()
    assert "SHORT 2" in words
    assert any("unverified" in line for line in words)
    assert any("Link lost" in line or "Nobody answers" in line for line in words), words


def test_a_fill_made_while_the_window_is_closed_arrives_by_back_fill(desk: Desk) -> None:
    exchange = desk.start_exchange()
    exchange.trade((Side.BUY, 1))
    desk.see_window(exchange.port, seconds=1)
    exchange.trade((Side.BUY, 2), (Side.SELL, 1))
    words = desk.see_window(exchange.port, seconds=1)
    assert "LONG 2" in words
    assert any(line.startswith("verified with broker") for line in words)
    assert len(desk.booked()) == len(desk.made())
    assert desk.read(_DOUBLED)[0] == []
    sources = {row["source"] for row in desk.read("SELECT source FROM execution")[0]}
    assert sources == {"replay"}


def test_a_key_has_the_broker_asked_at_once(desk: Desk) -> None:
    exchange = desk.start_exchange()
    panel = desk.start_panel(exchange.port)
    panel.wait_for(lambda seen: seen["verified"], "the logon")
    (before,) = desk.read(_ASKED)[0]
    panel.press("F5")
    wait_until(lambda: desk.read(_ASKED)[0][0]["at"] > before["at"], "another answer")


def test_a_window_told_to_end_has_booked_all_that_was_sent_before(desk: Desk) -> None:
    exchange = desk.start_exchange()
    # Nothing in between: what the exchange has sent has reached this machine's end of the window.
    window = desk.start_window(exchange.port, is_tapped=False)
    wait_until(desk.is_logged_on, "the logon")
    exchange.trade(*[(Side.BUY, 1), (Side.SELL, 2), (Side.BUY, 1)] * 10)
    window.process.send_signal(signal.SIGTERM)
    assert "Traceback" not in window.finish()
    assert desk.has_booked_all()
    assert len(desk.made()) >= 30
