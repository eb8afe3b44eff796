"""SIM and LIVE never mix: what is seen while the view changes sides."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.heat import Heat
from core.position import Position
from core.snapshots import Publication
from core.values import Mode, PriceRange
from core.views import Selection
from tests.gui.conftest import Screen
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, quote, snapshot_of, trade

Publish = Callable[[Publication], None]
_UNKNOWN = Selection(Mode.UNKNOWN, "PAPER-7")


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


@pytest.mark.parametrize("chosen", [True, False])
def test_a_list_of_accounts_never_switches_the_mode(screen: Screen, publish: Publish, *, chosen: bool) -> None:
    publish(ledger(accounts=()))
    if chosen:
        screen.state.select_mode(Mode.LIVE)
    mode = screen.state.selection.mode
    for revision, others in enumerate(([_UNKNOWN], [SIM, _UNKNOWN], [SIM, LIVE, _UNKNOWN]), start=2):
        before = screen.state.selection
        publish(ledger(revision=revision, accounts=tuple(account(each) for each in others)))
        assert screen.state.selection.mode is mode
        assert before.account is None or screen.state.selection == before
    assert screen.text("account_name") == ("LIVE · 120005" if chosen else "SIM · Sim1")


def test_what_is_hidden_goes_on_being_told(screen: Screen, publish: Publish, sim_position: Position) -> None:
    """MAE, MFE, heat and time of the side that is not in view run on; back there they are all there."""
    publish(ledger(snapshot_of(sim_position)))
    screen.state.take_quotes({"MESZ26": quote(5053.75)})
    before = _running(screen)
    screen.state.select(LIVE)
    ticked = sim_position.having_seen(PriceRange.at(Decimal("5040.00")))
    heat = Heat(peak=Decimal(0), pullback=Decimal(30), total_us=95_000_000)
    publish(ledger(replace(snapshot_of(ticked), heat=heat), revision=2))
    screen.state.take_quotes({"MESZ26": quote(5041.25, NOW + timedelta(minutes=2))})
    assert screen.text("position_mae") is None
    assert screen.texts().count("SIM Sim1: LONG 3 MESZ26 still open") == 1
    screen.state.select(SIM)
    assert before == ("\N{MINUS SIGN}$22.50", "—")
    assert _running(screen) == ("\N{MINUS SIGN}$153.75", "00:01:35")


def _running(screen: Screen) -> tuple[str | None, str | None]:
    return screen.text("position_mae"), screen.text("position_heat_total")


def test_all_that_is_open_elsewhere_is_counted_when_it_is_much(screen: Screen, publish: Publish) -> None:
    symbols = ("MESZ26", "MNQZ26", "MYMZ26", "M2KZ26")
    publish(ledger(*(snapshot_of(position_of(fill(2, "5050.25", symbol=each), at=LIVE)) for each in symbols)))
    lines = [screen.text(f"hidden_position_{number}") for number in range(3)]
    assert lines == [
        "LIVE 120005: LONG 2 MESZ26 still open",
        "LIVE 120005: LONG 2 MNQZ26 still open",
        "and 2 more positions still open elsewhere",
    ]
    assert "M2KZ26" in screen.part("hidden_position_2").toolTip()


def test_an_account_that_cannot_be_confirmed_goes_by_its_fills(
    screen: Screen, publish: Publish, sim_position: Position
) -> None:
    here = replace(account(is_verified=False), is_confirmable=False)
    held = ledger(snapshot_of(sim_position, is_verified=False), accounts=(here,))
    publish(replace(held, is_link_up=True))
    assert screen.text("verification_text") == "goes by fills · not confirmable here"
    assert screen.part("verification").property("state") == "by_fills"
    publish(replace(held, revision=2, is_link_up=False))
    assert (screen.text("verification_text") or "").startswith("unverified since")
    publish(replace(ledger(revision=3, accounts=(here,)), is_link_up=True))
    assert (
        screen.text("position_message_detail") == "By its fills Sim1 holds nothing. This connection cannot confirm it."
    )
    assert screen.part("position_panel").property("state") == "settled"
