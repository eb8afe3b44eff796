"""The question about a position that the broker does not confirm: what it says, and how it comes and goes."""

from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from core.stale import Doubt
from tests.doubts import LINK_UP, LONG_1, SHORT_2, in_doubt, stale_of
from tests.gui.conftest import Screen
from tests.gui.stale_desk import Desk, desk_on, settle
from tests.published import NOW, quote

Play = Callable[[Coroutine[Any, Any, None]], None]
SetClock = Callable[..., None]


@pytest.fixture
def desk(screen: Screen) -> Iterator[Desk]:
    with desk_on(screen) as desk:
        yield desk


def shown(desk: Desk) -> dict[str, str | None]:
    names = ("account", "held", "entry", "age", "confirmed", "broker", "missing", "expired")
    return {name: desk.text(f"stale_{name}") for name in names}


def test_a_silent_broker_leaves_a_position_to_verify(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    assert desk.dialog.isVisible()
    assert not desk.dialog.isModal()
    assert desk.text("stale_headline") == (
        "Open position detected: LONG 1 MESZ26 @ 5050.25 (SIM, Sim1, 2 h old). Verify with your broker."
    )
    assert shown(desk) == {
        "account": "Sim1 · SIM",
        "held": "LONG 1 MESZ26",
        "entry": "@ 5\N{NO-BREAK SPACE}050.25 · 2026-09-15 07:31:12",
        "age": "2 h old",
        "confirmed": "2026-09-15 09:18:12",
        "broker": "no answer · asked 2026-09-15 09:38:08",
        "missing": None,
        "expired": None,
    }
    assert (desk.text("stale_mode"), desk.text("practice"), desk.text("stale_place")) == ("SIM", None, None)


def test_a_short_that_the_broker_calls_flat_is_named_with_its_own_mode(desk: Desk) -> None:
    desk.ask(stale_of(SHORT_2, Doubt.FLAT, verified_at=None))
    assert desk.text("stale_headline") == (
        "The broker holds nothing, but open here: SHORT 2 MNQZ26 @ 5052.00 (LIVE, 120005, 30 min old)."
    )
    assert desk.text("stale_mode") == "LIVE"
    assert desk.text("stale_confirmed") == "never confirmed"
    corner = desk.dialog.grab().toImage().pixelColor(1, 1)
    assert corner == desk.screen.window._theme.accent(SHORT_2.key.mode)


@pytest.mark.parametrize(
    ("theirs", "missing"), [(3, "BUY 2 is missing here"), (-1, "SELL 2 is missing here"), (0, "SELL 1 is missing here")]
)
def test_the_fill_that_would_explain_a_difference_is_named(desk: Desk, theirs: int, missing: str) -> None:
    desk.ask(stale_of(LONG_1, Doubt.DIFFERENT, broker_qty=Decimal(theirs)))
    assert desk.text("stale_missing") == missing


def test_an_expired_contract_says_so(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1, Doubt.FLAT, has_expired=True))
    assert desk.text("stale_expired") == "MESZ26 has expired: it cannot be held any more"


def test_practice_says_practice(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1), is_practice=True)
    assert desk.text("practice") == "PRACTICE"


def test_the_oldest_comes_first_and_the_others_are_counted(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1), stale_of(SHORT_2), stale_of(SHORT_2, revision=8))
    assert desk.text("stale_place") == "1 of 3"
    assert desk.text("stale_held") == "LONG 1 MESZ26"
    assert desk.screen.text("stale_badge") is None
    badge = desk.screen.part("stale_badge")
    assert isinstance(badge, QPushButton)
    assert badge.text() == "3 positions to verify"


def test_the_age_is_living(desk: Desk, clock: SetClock) -> None:
    desk.ask(stale_of(LONG_1, entry_time=NOW - timedelta(seconds=50)))
    assert desk.text("stale_age") == "50 s old"
    clock(seconds=10)
    desk.screen.state.take_quotes({})
    assert desk.text("stale_age") == "60 s old"
    clock(minutes=10)
    desk.screen.state.take_quotes({})
    assert desk.text("stale_age") == "10 min old"
    clock(days=3)
    desk.screen.state.take_quotes({})
    assert desk.text("stale_age") == "3 days old"


def test_everything_that_takes_the_keyboard_has_a_name(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    parts = [*desk.dialog.findChildren(QPushButton), *desk.dialog.findChildren(QLineEdit)]
    assert not [each.objectName() for each in parts if not (each.accessibleName() or getattr(each, "text", str)())]


def test_it_closes_itself_when_a_late_fill_settles_the_matter(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    assert desk.dialog.isVisible()
    desk.publish(in_doubt(revision=8))
    assert not desk.dialog.isVisible()
    assert not desk.screen.part("stale_badge").isVisible()


def test_it_moves_on_to_the_next_with_empty_fields(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1), stale_of(SHORT_2))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5049.75")
        desk.publish(in_doubt(stale_of(SHORT_2), revision=8))
        assert desk.text("stale_held") == "SHORT 2 MNQZ26"
        assert desk.text("stale_place") is None
        assert not desk.field("stale_close_price").isVisible()
        desk.click("stale_closed")
        assert desk.field("stale_close_price").text() == ""
        await settle(desk)

    play(scene())


def test_what_is_typed_stays_while_time_goes_on(desk: Desk, clock: SetClock, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5049.7")
        clock(hours=1)
        desk.screen.state.take_quotes({"MESZ26": quote(5049.0, NOW + timedelta(hours=1))})
        desk.publish(in_doubt(stale_of(LONG_1), stale_of(SHORT_2), revision=9), LINK_UP)
        assert desk.text("stale_age") == "3 h old"
        assert desk.text("stale_place") == "1 of 2"
        assert desk.field("stale_close_price").text() == "5049.7"
        assert desk.field("stale_close_price").isVisible()
        await settle(desk)

    play(scene())


def test_escape_puts_it_away_until_there_is_something_new(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Escape)
    assert not desk.dialog.isVisible()
    assert desk.screen.part("stale_badge").isVisible()
    desk.publish(in_doubt(stale_of(LONG_1), revision=8))
    assert not desk.dialog.isVisible()
    desk.publish(in_doubt(stale_of(LONG_1, revision=9), revision=9))
    assert desk.dialog.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_mark_at_the_top_brings_it_back(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Escape)
    QTest.mouseClick(desk.screen.part("stale_badge"), Qt.MouseButton.LeftButton)
    assert desk.dialog.isVisible()
    assert desk.text("stale_held") == "LONG 1 MESZ26"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_keyboard_brings_it_back(qtbot: QtBot, desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Escape)
    with qtbot.waitActive(desk.screen.window):
        desk.screen.window.activateWindow()
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(desk.screen.window, Qt.Key.Key_V, keys)
    assert desk.dialog.isVisible()


@pytest.mark.parametrize("doubt", list(Doubt))
def test_it_is_as_high_as_what_is_in_it(qtbot: QtBot, desk: Desk, doubt: Doubt) -> None:
    desk.ask(stale_of(LONG_1, doubt))
    qtbot.wait(1)
    layout, bare = desk.dialog.layout(), desk.dialog.height()
    assert layout is not None
    assert bare == layout.totalHeightForWidth(desk.dialog.width())
    desk.click("stale_different")
    qtbot.waitUntil(lambda: desk.dialog.height() > bare + 100)
    desk.click("stale_different")
    qtbot.waitUntil(lambda: desk.dialog.height() == bare)
    desk.dialog.render_refusal("LONG 1 MESZ26 in Sim1 has changed since you were asked: look again. " * 3)
    qtbot.waitUntil(lambda: desk.dialog.height() > bare)
    assert desk.dialog.height() == layout.totalHeightForWidth(desk.dialog.width())


def test_the_window_behind_goes_on(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    desk.screen.state.take_quotes({"MESZ26": quote(5053.75)})
    assert desk.screen.text("position_open_pnl") == "+$17.50"
    assert QApplication.activeModalWidget() is None


def test_another_panels_ledger_asks_nothing(desk: Desk) -> None:
    desk.publish(LINK_UP, in_doubt(stale_of(LONG_1), is_read_only=True))
    assert not desk.dialog.isVisible()
