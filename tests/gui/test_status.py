"""Whether the window says what the link and the disk are doing."""

import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from core.snapshots import LinkState, LinkStatus, Notice, Publication, StorageStatus
from core.state_manager import StateManager
from panels import formats
from tests.gui.conftest import Screen, SetClock
from tests.published import NOW, account, ledger

Publish = Callable[[Publication], None]


def test_a_fact_that_is_not_on_disk_is_said_aloud(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    publish(StorageStatus(is_saved=False, waiting=3, text="The disk is full"))
    since = formats.moment(NOW)
    assert screen.text("not_saved_text") == f"NOT SAVED since {since} · 3 waiting for the disk · The disk is full"
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
    refusal = "The server refused the logon: wrong password"
    assert screen.text("link_text") == f"Not connected since {formats.moment(NOW)} · {refusal}"


def test_without_a_link_it_says_since_when_and_how_old_the_position_is(
    state: StateManager, screen: Screen, publish: Publish, clock: SetClock
) -> None:
    publish(ledger())
    publish(LinkStatus(LinkState.UP, "Connected"))
    clock(minutes=5)
    publish(LinkStatus(LinkState.DOWN, "Link lost: the server fell silent"))
    clock(minutes=7)
    publish(LinkStatus(LinkState.CONNECTING, "Connecting to 127.0.0.1:11099"))
    lost, confirmed = formats.moment(NOW + timedelta(minutes=5)), formats.moment(NOW)
    head = f"Not connected since {lost} · position as of {confirmed}"
    assert screen.text("link_text") == f"{head} · Connecting to 127.0.0.1:11099"
    publish(LinkStatus(LinkState.UP, "Connected"))
    assert screen.text("link_text") == "Connected"


def test_a_position_that_was_never_confirmed_says_so(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(account(is_verified=False),)))
    since = formats.moment(NOW)
    assert screen.text("link_text") == f"Not connected since {since} · position never confirmed"


def test_a_ledger_that_cannot_be_opened_is_said_with_the_time(screen: Screen, publish: Publish) -> None:
    publish(StorageStatus(is_saved=False, waiting=0, text="The database is locked"))
    assert screen.text("position_message_heading") == "Not known"
    since = formats.moment(NOW)
    assert (
        screen.text("position_message_detail") == f"The ledger cannot be read: The database is locked · since {since}"
    )
    publish(ledger())
    assert screen.text("position_message_heading") == "Flat"


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


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # offscreen raises no menu
def test_notices_before_the_last_one_are_a_click_away(screen: Screen, publish: Publish) -> None:
    publish(Notice("a report of Sim1 was not understood"))
    assert not screen.part("earlier_notices").isVisible()
    publish(Notice("R&D is open"))
    publish(Notice("the last word"))
    assert screen.text("notice") == "the last word"
    button = screen.part("earlier_notices")
    assert isinstance(button, QPushButton)
    assert button.text() == "2 earlier"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    menu = screen.part("notice_menu")
    assert isinstance(menu, QMenu)
    lines = [action.text() for action in menu.actions()]
    assert [line.split("  ")[1] for line in lines] == [
        "the last word",
        "R&&D is open",
        "a report of Sim1 was not understood",
    ]
    menu.close()
