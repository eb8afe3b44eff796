"""The question, the answer and the refusal with a real ledger behind the window."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from sqlalchemy import text

from app.account_controller import AccountController
from core.facts import AccountsListed, LinkUp
from data.database import open_writer
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from tests.fills import START, contract_book, fill
from tests.gui.conftest import Play, Screen, until


class Bench:
    """A ledger on disk and the window that asks about its accounts."""

    def __init__(self, screen: Screen, path: Path) -> None:
        self.screen = screen
        self.path = path
        self.ledger = LedgerThread(
            self._open, screen.state.publish, on_open=lambda _standing: None, on_wrong_server=lambda _reason: None
        )
        self.controller = AccountController(screen.state, screen.window, self.ledger.submit)
        self.controller.start()
        self.ledger.start()
        self.ledger.post(LinkUp("A broker", is_practice=False, at=START))
        self.ledger.post(AccountsListed(("PA-1",)))

    def label(self, name: str) -> str:
        label = self.screen.window.account_question.findChild(QLabel, name)
        return label.text() if isinstance(label, QLabel) and label.isVisible() else ""

    def click(self, name: str) -> None:
        button = self.screen.window.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def mode_on_disk(self) -> str:
        with closing(open_writer(self.path)) as connection:
            return str(connection.execute(text("SELECT mode FROM accountstate WHERE account = 'PA-1'")).scalar_one())

    def _open(self) -> Ledger:
        return Ledger(open_writer(self.path), contract_book(), lambda: START, practice_modes={})


@pytest.fixture
def bench(screen: Screen, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(screen, tmp_path / "heatline.db")
    yield bench
    bench.ledger.stop()
    bench.ledger.join()


def test_the_answer_is_on_disk_and_a_change_with_a_position_is_refused_in_words(bench: Bench, play: Play) -> None:
    async def answer_and_change() -> None:
        await until(lambda: bench.label("account_question") == "PA-1 is new. Which mode is it?")
        bench.click("account_live")
        await until(bench.screen.window.account_question.isHidden)
        bench.ledger.post(fill(2, "5050.25", account="PA-1"))
        bench.screen.window.accounts_requested.emit()
        bench.click("account_row_0_change")
        await until(lambda: bench.label("account_question") == "PA-1 is LIVE. Which mode shall it be?")
        bench.click("account_sim")
        await until(lambda: "open position" in bench.label("account_refusal"))
        assert bench.label("account_question") == "PA-1 is LIVE. Which mode shall it be?"
        bench.ledger.stop()
        bench.ledger.join()
        await bench.controller.stop()

    play(answer_and_change())
    assert bench.mode_on_disk() == "LIVE"
