"""Whether the window says what the link and the disk are doing."""

import sys
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from core.snapshots import LinkState, LinkStatus, Notice, Publication, StorageStatus
from tests.gui.conftest import Screen
from tests.published import ledger

Publish = Callable[[Publication], None]


def test_a_fact_that_is_not_on_disk_is_said_aloud(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    publish(StorageStatus(is_saved=False, waiting=3, text="The disk is full"))
    assert screen.text("not_saved_text") == "NOT SAVED · 3 waiting for the disk · The disk is full"
    assert screen.text("storage_text") == "NOT SAVED · 3 waiting"


def test_the_banner_goes_once_all_is_saved(screen: Screen, publish: Publish) -> None:
    publish(StorageStatus(is_saved=False, waiting=1, text=""))
    publish(StorageStatus(is_saved=True, waiting=0, text=""))
    assert screen.text("not_saved_text") is None


def test_the_ledger_counts_its_fills(screen: Screen, publish: Publish) -> None:
    assert screen.text("storage_text") == "Reading the ledger"
    publish(ledger())
    assert screen.text("storage_text") == "Ledger durable · fill 48\N{NO-BREAK SPACE}212"


def test_the_link_is_named_in_words(screen: Screen, publish: Publish) -> None:
    assert screen.text("link_word") == "Not connected"
    publish(LinkStatus(LinkState.REFUSED, "The server refused the logon: wrong password"))
    assert screen.text("link_word") == "Logon refused"
    assert screen.text("link_text") == "The server refused the logon: wrong password"


def test_the_last_notice_stays_readable(screen: Screen, publish: Publish) -> None:
    publish(Notice("One"))
    publish(Notice("LIVE 120005 bought 1 MESZ26 " * 20))
    assert (screen.text("notice") or "").startswith("LIVE 120005")
    assert screen.part("notice").toolTip() == screen.text("notice")
    assert screen.window.width() == 1440


def test_a_late_window_shows_what_is_known(screen: Screen, publish: Publish, qtbot: QtBot) -> None:
    publish(ledger())
    publish(LinkStatus(LinkState.UP, "DTC 127.0.0.1:11099"))
    second = type(screen.window)(screen.state)
    qtbot.addWidget(second)
    second.show()
    late = Screen(second, screen.state)
    assert late.text("link_text") == "DTC 127.0.0.1:11099"
    assert late.text("position_message_heading") == "Flat"


def test_closing_the_window_is_told_and_ends_nothing_by_itself(qtbot: QtBot, screen: Screen) -> None:
    with qtbot.waitSignal(screen.window.closed):
        screen.window.close()


def test_emitting_a_signal_keeps_every_reference(screen: Screen) -> None:
    """PySide 6.12 on CPython 3.11 loses one reference to True with each emit, until the process aborts."""
    before = sys.getrefcount(True)
    for _ in range(100):
        screen.window.closed.emit()
    assert sys.getrefcount(True) > before - 50
