"""Every action of the window in one menu, and each by its keys."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.snapshots import Publication
from core.values import Mode
from core.views import Selection
from tests.doubts import LONG_1, in_doubt, stale_of
from tests.gui.conftest import Screen
from tests.published import LIVE, SIM, account, ledger

Publish = Callable[[Publication], None]
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
# The offscreen platform cannot raise a menu, and says so.
_CANNOT_RAISE = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def _press(screen: Screen, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    screen.window.activateWindow()
    QTest.keyClick(screen.window, key, modifiers)


def _menu(screen: Screen, name: str) -> QMenu:
    menu = screen.part(name)
    assert isinstance(menu, QMenu)
    return menu


@_CANNOT_RAISE
def test_the_menu_names_each_action_with_its_keys(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    QTest.mouseClick(screen.part("menu_button"), Qt.MouseButton.LeftButton)
    menu = _menu(screen, "app_menu")
    assert menu.isVisible()
    listed = [(action.text(), action.shortcut().toString()) for action in menu.actions() if not action.isSeparator()]
    assert listed == [
        ("Switch to LIVE", "Ctrl+M"),
        ("Account in view", ""),
        ("Accounts…", "Ctrl+Shift+A"),
        ("Reconcile now", "F5"),
        ("Position to verify…", "Ctrl+Shift+V"),
        ("Quit", "Ctrl+Q"),
    ]
    accounts = _menu(screen, "app_menu_accounts").actions()
    assert [(each.text(), each.shortcut().toString()) for each in accounts] == [
        ("SIM · Sim1", "Ctrl+1"),
        ("LIVE · 120005", "Ctrl+2"),
    ]
    assert [each.isChecked() for each in accounts] == [True, False]


@_CANNOT_RAISE
def test_f1_opens_it(qtbot: QtBot, screen: Screen) -> None:
    qtbot.waitActive(screen.window)
    _press(screen, Qt.Key.Key_F1)
    assert _menu(screen, "app_menu").isVisible()


@pytest.mark.parametrize(
    ("wish", "key", "modifiers"),
    [
        ("mode_toggle_requested", Qt.Key.Key_M, _CTRL),
        ("accounts_requested", Qt.Key.Key_A, _CTRL | _SHIFT),
        ("reconcile_requested", Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier),
        ("closed", Qt.Key.Key_Q, _CTRL),
    ],
)
def test_each_action_is_asked_for_by_its_keys(
    qtbot: QtBot, screen: Screen, wish: str, key: Qt.Key, modifiers: Qt.KeyboardModifier
) -> None:
    with qtbot.waitSignal(getattr(screen.window, wish)):
        _press(screen, key, modifiers)


@pytest.mark.parametrize(
    ("wish", "keys"),
    [("mode_toggle_requested", "Ctrl+M"), ("reconcile_requested", "F5"), ("selection_requested", "Ctrl+2")],
)
def test_its_keys_work_while_a_dialog_has_the_keyboard(
    qtbot: QtBot, screen: Screen, publish: Publish, wish: str, keys: str
) -> None:
    publish(in_doubt(stale_of(LONG_1)))
    dialog = screen.window.stale_dialog
    with qtbot.waitActive(dialog):
        dialog.activateWindow()
    with qtbot.waitSignal(getattr(screen.window, wish)):
        QTest.keySequence(dialog.focusWidget(), QKeySequence(keys))


@_CANNOT_RAISE
def test_each_action_is_asked_for_in_the_menu(qtbot: QtBot, screen: Screen, publish: Publish) -> None:
    publish(ledger())
    QTest.mouseClick(screen.part("menu_button"), Qt.MouseButton.LeftButton)
    menu = _menu(screen, "app_menu")
    place = next(menu.actionGeometry(each) for each in menu.actions() if each.text() == "Reconcile now").center()
    with qtbot.waitSignal(screen.window.reconcile_requested):
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)


def test_an_account_is_asked_for_by_its_number(qtbot: QtBot, screen: Screen, publish: Publish) -> None:
    publish(ledger())
    with qtbot.waitSignal(screen.window.selection_requested) as asked:
        _press(screen, Qt.Key.Key_2, _CTRL)
    assert asked.args == [LIVE]
    assert screen.state.selection == SIM
    assert [each.isChecked() for each in _menu(screen, "account_menu").actions()] == [True, False]


def test_the_numbers_follow_the_list_and_end_with_nine(qtbot: QtBot, screen: Screen, publish: Publish) -> None:
    publish(ledger())
    many = [Selection(Mode.SIM, f"Sim{number}") for number in range(1, 13)]
    publish(ledger(revision=2, accounts=tuple(account(each) for each in many)))
    keys = [each.shortcut().toString() for each in _menu(screen, "account_menu").actions()]
    assert keys == [*(f"Ctrl+{number}" for number in range(1, 10)), "", "", ""]
    with qtbot.waitSignal(screen.window.selection_requested) as asked:
        _press(screen, Qt.Key.Key_9, _CTRL)
    assert asked.args == [many[8]]


def test_an_ampersand_in_a_name_is_shown_as_it_is(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(account(Selection(Mode.SIM, "A&B")),)))
    screen.state.select(Selection(Mode.SIM, "A&B"))
    assert [each.text() for each in _menu(screen, "account_menu").actions()] == ["SIM · A&&B"]
    assert "A&&B" in screen.texts()
