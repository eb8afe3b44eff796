"""SIM and LIVE never mix: what is seen while the view changes sides."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.position import Position
from core.snapshots import Publication
from core.values import Mode
from core.views import Selection
from tests.gui.conftest import Screen
from tests.published import LIVE, SIM, account, fill, ledger, position_of, quote, snapshot_of, trade

Publish = Callable[[Publication], None]


@pytest.fixture
def sim_position() -> Position:
    return position_of(fill(3, "5050.25"), low="5048.75", high="5055.00")


def test_the_badge_and_the_title_name_the_mode(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    assert screen.text("account_name") == "SIM · Sim1"
    assert screen.window.windowTitle() == "SIM · Sim1 · Heatline"
    screen.state.select(LIVE)
    assert screen.text("account_name") == "LIVE · 120005"
    assert screen.window.windowTitle() == "LIVE · 120005 · Heatline"


def test_a_switch_leaves_no_figure_of_the_other_mode(screen: Screen, publish: Publish, sim_position: Position) -> None:
    publish(ledger(snapshot_of(sim_position)))
    screen.state.take_quotes({"MESZ26": quote(5053.75)})
    screen.window.review.render_trades([trade(fill(1, "5000.00"), fill(-1, "5003.00", 1))])
    screen.state.select(LIVE)
    seen = screen.texts()
    assert not [text for text in seen if "5\N{NO-BREAK SPACE}0" in text or "51,284" in text or "15.00" in text]
    assert "$80,000.00" in seen
    assert "Flat" in seen
    assert "SIM Sim1: LONG 3 MESZ26 still open" in seen


def test_trades_go_at_once_when_the_view_changes(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    screen.window.review.render_trades([trade(fill(1, "5000.00"), fill(-1, "5003.00", 1))])
    screen.state.select(LIVE)
    assert screen.text("review_message_detail") == "Reading the trades of LIVE 120005"
    assert screen.text("tile_trades") is None


def test_a_mode_without_an_account_says_so(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(account(),)))
    screen.state.select_mode(Mode.LIVE)
    assert screen.text("position_message_detail") == "No LIVE account seen yet"
    assert screen.text("account_balance") == "—"


def test_a_click_on_the_badge_asks_and_changes_nothing(qtbot: QtBot, screen: Screen, publish: Publish) -> None:
    publish(ledger())
    with qtbot.waitSignal(screen.window.mode_toggle_requested):
        QTest.mouseClick(screen.part("mode_badge"), Qt.MouseButton.LeftButton)
    assert screen.state.selection == SIM
    assert screen.text("account_name") == "SIM · Sim1"


def test_the_keyboard_asks_for_the_other_mode(qtbot: QtBot, screen: Screen) -> None:
    qtbot.waitActive(screen.window)
    screen.window.activateWindow()
    with qtbot.waitSignal(screen.window.mode_toggle_requested):
        QTest.keyClick(screen.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)


def test_space_switches_nothing_before_a_button_is_chosen(qtbot: QtBot, screen: Screen) -> None:
    with qtbot.assertNotEmitted(screen.window.mode_toggle_requested):
        QTest.keyClick(screen.window.focusWidget(), Qt.Key.Key_Space)


# The offscreen platform cannot raise a menu, and says so.
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_an_account_is_asked_for_with_the_mouse(qtbot: QtBot, screen: Screen, publish: Publish) -> None:
    publish(ledger())
    QTest.mouseClick(screen.part("account_picker"), Qt.MouseButton.LeftButton)
    menu = screen.part("account_menu")
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == ["SIM · Sim1", "LIVE · 120005"]
    place = menu.actionGeometry(menu.actions()[1]).center()
    with qtbot.waitSignal(screen.window.selection_requested) as asked:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [LIVE]
    assert screen.state.selection == SIM


def test_an_unknown_mode_is_named_and_never_guessed(screen: Screen, publish: Publish) -> None:
    unknown = Selection(Mode.UNKNOWN, "PAPER-7")
    publish(ledger(accounts=(account(unknown, None),)))
    screen.state.select(unknown)
    assert screen.text("account_name") == "UNKNOWN · PAPER-7"
    assert screen.text("account_balance_at") == "balance unknown · mode not confirmed"


def test_practice_says_practice(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    assert screen.text("practice") is None
    publish(ledger(revision=2, is_practice=True))
    assert screen.text("practice") == "PRACTICE"
    assert screen.window.windowTitle().startswith("PRACTICE")


@pytest.mark.parametrize("mode", list(Mode))
def test_the_frame_wears_the_accent_of_the_mode(qtbot: QtBot, screen: Screen, publish: Publish, mode: Mode) -> None:
    publish(ledger(accounts=(account(Selection(mode, "A")),)))
    screen.state.select(Selection(mode, "A"))
    corner = screen.window.grab().toImage().pixelColor(1, 1)
    assert corner == screen.window._theme.accent(mode)
