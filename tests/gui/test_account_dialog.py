"""Which mode an account is: asked beside the window, answered with mouse or keys, never decided by the program."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.account_controller import AccountController
from core.commands import ConfirmMode
from core.errors import CommandRefused
from core.snapshots import AccountSnapshot, LedgerSnapshot, PositionSnapshot, Publication
from core.values import Mode
from core.views import Selection
from tests.gui.conftest import Play, Screen
from tests.published import LIVE, SIM, account, fill, ledger, position_of, snapshot_of

Publish = Callable[[Publication], None]
_NEW = Selection(Mode.UNKNOWN, "PA-123")
_SIERRAS = Selection(Mode.UNKNOWN, "Sim2")
_HELD = snapshot_of(position_of(fill(2, "5050.25"), at=_NEW))


class Clerk:
    """Takes commands as the ledger does, and answers when told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[ConfirmMode, Future[LedgerSnapshot | None]]] = []

    def submit(self, command: ConfirmMode) -> Future[LedgerSnapshot | None]:
        done: Future[LedgerSnapshot | None] = Future()
        self.taken.append((command, done))
        return done

    @property
    def commands(self) -> list[ConfirmMode]:
        return [command for command, _ in self.taken]


class Asking:
    """The dialogs of a window, read from the screen."""

    def __init__(self, screen: Screen, publish: Publish) -> None:
        self.screen = screen
        self.publish = publish
        self.clerk = Clerk()
        self.controller = AccountController(screen.state, screen.window, self.clerk.submit)
        self.controller.start()
        self._revision = 0

    def books(self, *positions: PositionSnapshot, accounts: tuple[AccountSnapshot, ...]) -> None:
        self._revision += 1
        self.publish(ledger(*positions, accounts=accounts, revision=self._revision))

    def knows(self, *accounts: Selection) -> None:
        self.books(accounts=tuple(account(each) for each in accounts))

    def text(self, name: str) -> str | None:
        label = self._dialog.findChild(QLabel, name)
        return label.text() if isinstance(label, QLabel) and label.isVisible() else None

    def button(self, name: str) -> QPushButton:
        button = self.screen.window.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        return button

    @property
    def question(self) -> str | None:
        return self.text("account_question") if self._dialog.isVisible() else None

    @property
    def is_fitting(self) -> bool:
        """True when the dialog is as high as its texts need."""
        layout = self._dialog.layout()
        return layout is not None and self._dialog.height() == layout.totalHeightForWidth(self._dialog.width())

    @property
    def _dialog(self) -> QWidget:
        return self.screen.window.account_question

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self._dialog.focusWidget(), key)

    def click(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    async def answer(self, act: Callable[[], None], refusal: str | None = None) -> None:
        """Does something that sends a command, and has it carried out, or refused."""
        act()
        await asyncio.sleep(0)
        _, done = self.clerk.taken[-1]
        if refusal is None:
            done.set_result(None)
        else:
            done.set_exception(CommandRefused(refusal))
        await asyncio.gather(*self.controller._answers)


@pytest.fixture
def asking(screen: Screen, publish: Publish) -> Asking:
    return Asking(screen, publish)


def test_a_known_account_is_not_asked_about(asking: Asking) -> None:
    asking.knows(SIM, LIVE)
    assert asking.question is None


def test_a_new_account_is_asked_about_beside_the_window(asking: Asking) -> None:
    asking.books(_HELD, accounts=(account(SIM), account(_NEW)))
    assert asking.question == "PA-123 is new. Which mode is it?"
    assert asking.text("account_stake") == "LONG 2 MESZ26 is open in it."
    dialog = asking.screen.window.account_question
    assert not dialog.isModal()
    assert dialog.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    asking.screen.state.select(LIVE)
    assert asking.screen.text("account_name") == "LIVE · 120005"


def test_nothing_is_suggested_for_a_name_of_the_brokers(asking: Asking) -> None:
    asking.knows(_NEW)
    assert [asking.button(name).text() for name in ("account_sim", "account_live")] == ["SIM", "LIVE"]
    assert asking.screen.window.account_question.focusWidget() is asking.button("account_later")


def test_sim_is_suggested_for_sierras_own_simulation_and_never_decided(asking: Asking) -> None:
    asking.knows(_SIERRAS)
    assert asking.button("account_sim").text() == "SIM · suggested"
    assert asking.screen.window.account_question.focusWidget() is asking.button("account_sim")
    assert asking.clerk.commands == []
    assert asking.question == "Sim2 is new. Which mode is it?"


def test_enter_alone_never_confirms_live(asking: Asking, play: Play) -> None:
    """Whatever is asked and however often Enter is hit."""

    async def hit_enter() -> None:
        asking.knows(*(Selection(Mode.UNKNOWN, name) for name in ("LATEST-1", "LIVE-1", "Sim7")))
        for _ in range(6):
            if asking.question is not None:
                asking.press(Qt.Key.Key_Return)
                await asyncio.sleep(0)

    play(hit_enter())
    assert asking.clerk.commands == [ConfirmMode("Sim7", Mode.SIM)]
    asking.clerk.taken[0][1].set_result(None)


def test_the_keyboard_alone_answers(asking: Asking, play: Play) -> None:
    async def answer() -> None:
        asking.knows(_NEW)
        asking.press(Qt.Key.Key_Left)
        assert asking.screen.window.account_question.focusWidget() is asking.button("account_live")
        asking.press(Qt.Key.Key_Backtab)
        assert asking.screen.window.account_question.focusWidget() is asking.button("account_sim")
        asking.press(Qt.Key.Key_Tab)
        await asking.answer(lambda: asking.press(Qt.Key.Key_Return))

    play(answer())
    assert asking.clerk.commands == [ConfirmMode("PA-123", Mode.LIVE)]
    assert asking.question is None


def test_an_answer_is_given_once(asking: Asking, play: Play) -> None:
    async def click_twice() -> None:
        asking.knows(_NEW)
        asking.click("account_live")
        asking.click("account_live")
        asking.click("account_sim")
        await asking.answer(lambda: None)

    play(click_twice())
    assert asking.clerk.commands == [ConfirmMode("PA-123", Mode.LIVE)]


def test_what_was_refused_is_said_and_the_question_stands(asking: Asking, play: Play) -> None:
    async def be_refused() -> None:
        asking.knows(_NEW)
        await asking.answer(lambda: asking.click("account_live"), "The disk is full")

    play(be_refused())
    assert asking.text("account_refusal") == "The disk is full"
    assert asking.question == "PA-123 is new. Which mode is it?"
    assert asking.button("account_live").isEnabled()
    assert asking.screen.window.account_question.focusWidget() is asking.button("account_later")


def test_a_refusal_makes_it_grow_at_its_upper_edge(qtbot: QtBot, asking: Asking) -> None:
    asking.knows(_NEW)
    dialog = asking.screen.window.account_question
    qtbot.wait(1)
    assert asking.is_fitting
    before = dialog.geometry()
    dialog.render_refusal("The disk is full, and nothing can be written before there is room on it again")
    qtbot.waitUntil(lambda: dialog.height() > before.height())
    assert asking.is_fitting
    assert dialog.geometry().bottom() == before.bottom()


def test_accounts_are_asked_about_one_after_the_other(asking: Asking) -> None:
    asking.knows(_NEW, _SIERRAS, SIM)
    assert (asking.question, asking.text("accounts_waiting")) == (
        "PA-123 is new. Which mode is it?",
        "1 more to ask about",
    )
    asking.press(Qt.Key.Key_Escape)
    assert (asking.question, asking.text("accounts_waiting")) == ("Sim2 is new. Which mode is it?", None)
    asking.click("account_later")
    assert asking.question is None


def test_what_was_put_off_is_not_asked_again_in_this_run(asking: Asking) -> None:
    asking.knows(_NEW)
    asking.press(Qt.Key.Key_Escape)
    asking.books(_HELD, accounts=(account(_NEW),))
    assert asking.question is None
    asking.screen.state.select(_NEW)
    assert asking.screen.text("account_name") == "UNKNOWN · PA-123"
    assert asking.screen.text("position_side") == "LONG 2"


def test_closing_the_dialog_puts_off_too(asking: Asking) -> None:
    asking.knows(_NEW)
    asking.screen.window.account_question.close()
    asking.knows(_NEW)
    assert asking.question is None


def test_a_question_settled_elsewhere_goes_away_by_itself(asking: Asking) -> None:
    asking.knows(_NEW, _SIERRAS)
    asking.knows(Selection(Mode.LIVE, "PA-123"), _SIERRAS)
    assert asking.question == "Sim2 is new. Which mode is it?"
    asking.knows(Selection(Mode.LIVE, "PA-123"), Selection(Mode.SIM, "Sim2"))
    assert asking.question is None


def test_what_is_at_stake_follows_the_ledger(asking: Asking) -> None:
    asking.knows(_NEW)
    assert asking.text("account_stake") == "Nothing is open in it, as far as is known."
    asking.press(Qt.Key.Key_Left)
    asking.books(_HELD, accounts=(account(_NEW),))
    assert asking.text("account_stake") == "LONG 2 MESZ26 is open in it."
    assert asking.screen.window.account_question.focusWidget() is asking.button("account_live")


def test_the_list_names_every_account_and_asks_again(asking: Asking, play: Play) -> None:
    asking.books(_HELD, accounts=(account(SIM), account(LIVE), account(_NEW)))
    asking.press(Qt.Key.Key_Escape)
    asking.screen.window.accounts_requested.emit()
    rows = [[_row(asking, number, part) for part in ("", "_mode", "_held")] for number in range(3)]
    assert rows == [
        ["Sim1", "SIM", "nothing open"],
        ["120005", "LIVE", "nothing open"],
        ["PA-123", "UNKNOWN", "LONG 2 MESZ26"],
    ]
    asking.click("account_row_2_change")
    assert asking.question == "PA-123 is new. Which mode is it?"

    async def answer() -> None:
        await asking.answer(lambda: asking.click("account_sim"))

    play(answer())
    assert asking.clerk.commands == [ConfirmMode("PA-123", Mode.SIM)]


def test_a_known_mode_is_changed_from_the_list(asking: Asking, play: Play) -> None:
    asking.knows(SIM, LIVE)
    asking.screen.window.accounts_requested.emit()
    asking.click("account_row_0_change")
    assert asking.question == "Sim1 is SIM. Which mode shall it be?"
    assert not asking.button("account_sim").isEnabled()
    assert asking.screen.window.account_question.focusWidget() is asking.button("account_later")

    async def be_refused() -> None:
        await asking.answer(lambda: asking.click("account_live"), "Sim1 has an open position: its mode stays SIM")

    play(be_refused())
    assert asking.text("account_refusal") == "Sim1 has an open position: its mode stays SIM"
    assert not asking.button("account_sim").isEnabled()
    asking.click("account_later")
    assert asking.question is None
    asking.knows(SIM, LIVE)
    assert asking.question is None


def test_the_view_stays_with_an_account_that_is_relabelled(asking: Asking) -> None:
    asking.books(_HELD, accounts=(account(SIM), account(_NEW)))
    asking.screen.state.select(_NEW)
    live = Selection(Mode.LIVE, "PA-123")
    asking.books(
        replace(_HELD, position=position_of(fill(2, "5050.25"), at=live)), accounts=(account(SIM), account(live))
    )
    assert asking.screen.text("account_name") == "LIVE · PA-123"
    assert asking.screen.text("position_side") == "LONG 2"


def test_a_ledger_that_another_panel_writes_is_not_asked_about(asking: Asking) -> None:
    asking.publish(replace(ledger(accounts=(account(_NEW),)), is_read_only=True))
    assert asking.question is None


def _row(asking: Asking, number: int, part: str) -> str | None:
    label = asking.screen.window.account_list.findChild(QLabel, f"account_row_{number}{part}")
    return label.text() if isinstance(label, QLabel) and label.isVisible() else None
