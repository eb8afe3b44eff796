"""Whether the view goes where Sierra trades, and what is said of a fill that is not in view."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.selection_controller import SelectionController
from core.following import HOLD, QUIET
from core.position import Position
from core.snapshots import FillTold, Publication
from core.views import Selection
from tests.gui.conftest import Screen
from tests.published import LIVE, SIM, account, fill, ledger, position_of, snapshot_of

Publish = Callable[[Publication], None]


@dataclass
class Trading:
    """Fills come in as the ledger tells them, and the seconds pass as the test says."""

    screen: Screen
    publish: Publish
    now: float = 1000.0
    looked: list[Selection] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    _told: dict[Selection, FillTold] = field(default_factory=dict)
    _held: dict[Selection, Position | None] = field(default_factory=dict)
    _seq: int = 0

    def begin(self, *, follows: bool) -> SelectionController:
        state = self.screen.state
        self.controller = SelectionController(
            state, self.screen.window, follows_account=follows, seconds=lambda: self.now
        )
        state.selection_changed.connect(self.looked.append)
        state.notice_raised.connect(self.said.append)
        self.tell()
        return self.controller

    def fill(self, where: Selection, held: Position | None = None, *, symbol: str = "MESZ26") -> None:
        self._seq += 1
        self._told[where] = FillTold(self._seq, symbol)
        self._held[where] = held
        self.tell()

    def tell(self, *, waiting: int = 0) -> None:
        accounts = tuple(
            replace(account(each), newest_fill=self._told.get(each), fills_in_order=waiting) for each in (SIM, LIVE)
        )
        held = [snapshot_of(each) for each in self._held.values() if each is not None]
        self.publish(ledger(*held, accounts=accounts, revision=self._seq))
        self.settle()

    def after(self, seconds: float) -> None:
        self.now += seconds
        self.controller.follow()
        self.settle()

    def settle(self) -> None:
        """What was published meanwhile has arrived."""
        QApplication.processEvents()


@pytest.fixture
def trading(screen: Screen, publish: Publish) -> Trading:
    return Trading(screen, publish)


def test_the_view_follows_after_a_quiet_moment_and_says_so(trading: Trading) -> None:
    trading.begin(follows=True)
    trading.fill(LIVE)
    trading.after(QUIET * 0.9)
    assert trading.looked == []
    trading.after(QUIET * 0.2)
    assert trading.looked == [LIVE]
    assert trading.screen.text("account_name") == "LIVE · 120005"
    assert trading.screen.text("notice") == "Now looking at LIVE 120005, where Sierra trades"


def test_a_burst_from_both_accounts_moves_the_view_once(trading: Trading) -> None:
    trading.begin(follows=True)
    for number in range(40):
        trading.fill(LIVE if number % 2 else SIM)
        trading.after(0.05)
    assert trading.looked == []
    trading.after(QUIET)
    trading.after(QUIET)
    assert trading.looked == [LIVE]


def test_the_view_goes_by_itself(trading: Trading, qtbot: QtBot) -> None:
    """By its timer, without anybody's help."""
    trading.begin(follows=True)
    trading.fill(LIVE)
    trading.now += QUIET
    trading.tell()
    qtbot.waitUntil(lambda: trading.looked == [LIVE])


def test_the_traders_own_switch_is_not_undone_at_once(trading: Trading) -> None:
    trading.begin(follows=True)
    trading.fill(LIVE)
    trading.after(QUIET)
    QTest.mouseClick(trading.screen.part("mode_badge"), Qt.MouseButton.LeftButton)
    assert trading.looked == [LIVE, SIM]
    trading.fill(LIVE)
    trading.after(HOLD * 0.9)
    assert trading.looked == [LIVE, SIM]
    trading.after(HOLD * 0.2)
    assert trading.looked == [LIVE, SIM, LIVE]


def test_without_the_setting_the_view_stays_and_the_fill_is_told(trading: Trading) -> None:
    trading.begin(follows=False)
    trading.fill(LIVE, position_of(fill(1, "5050.25"), at=LIVE))
    trading.after(60)
    assert trading.looked == []
    assert trading.said == ["LIVE 120005: LONG 1 MESZ26 @ 5\N{NO-BREAK SPACE}050.25"]
    trading.fill(LIVE)
    assert trading.said[1:] == ["LIVE 120005: flat in MESZ26"]


def test_a_fill_in_view_is_not_told_besides(trading: Trading) -> None:
    trading.begin(follows=False)
    trading.fill(SIM, position_of(fill(1, "5050.25")))
    assert trading.said == []


def test_a_fill_that_waits_for_its_order_is_told_as_such(trading: Trading) -> None:
    trading.begin(follows=False)
    trading._told[LIVE] = FillTold(1, "MESZ26")
    trading._seq = 1
    trading.tell(waiting=1)
    assert trading.said == ["LIVE 120005: a fill in MESZ26, being ordered"]


@pytest.mark.parametrize("follows", [True, False])
def test_what_was_on_disk_at_the_start_moves_nothing_and_says_nothing(trading: Trading, *, follows: bool) -> None:
    trading._told[LIVE] = FillTold(1, "MESZ26")
    trading.begin(follows=follows)
    trading.after(60)
    assert (trading.looked, trading.said) == ([], [])
