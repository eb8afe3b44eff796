"""The stale-position dialog on a window whose ledger answers as a test says."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton

from app.stale_controller import StaleController
from core.commands import StaleAnswer
from core.snapshots import LedgerSnapshot, Publication
from core.stale import StalePosition
from tests.doubts import LINK_UP, in_doubt
from tests.gui.conftest import Screen


class Desk:
    """The dialog on a window whose ledger answers as a test says."""

    def __init__(self, screen: Screen, executor: ThreadPoolExecutor) -> None:
        self.screen = screen
        self.dialog = screen.window.stale_dialog
        self.submitted: list[StaleAnswer] = []
        self.pending: list[Future[LedgerSnapshot | None]] = []
        self.looked_up: list[datetime] = []
        self.recorded: Decimal | None = None
        self.controller = StaleController(screen.state, screen.window, self._submit, self._price_at, executor)
        self.controller.start()

    def publish(self, *publications: Publication) -> None:
        """As the ledger does; without an event loop inside of the one that runs the scene."""
        for publication in publications:
            self.screen.state.publish(publication)
            QCoreApplication.sendPostedEvents(self.screen.state)

    def ask(self, *stale: StalePosition, **fields: Any) -> None:
        self.publish(LINK_UP, in_doubt(*stale, **fields))

    def text(self, name: str) -> str | None:
        label = self.dialog.findChild(QLabel, name)
        return label.text() if label is not None and label.isVisible() else None

    def button(self, name: str) -> QPushButton:
        button = self.dialog.findChild(QPushButton, name)
        assert button is not None
        return button

    def click(self, name: str) -> None:
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def field(self, name: str) -> QLineEdit:
        field = self.dialog.findChild(QLineEdit, name)
        assert field is not None
        return field

    def enter(self, name: str, text: str) -> None:
        field = self.field(name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)

    def tick(self, name: str) -> None:
        box = self.dialog.findChild(QCheckBox, name)
        assert box is not None
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().topLeft() + box.rect().center() / 8)

    def _submit(self, answer: StaleAnswer) -> Future[LedgerSnapshot | None]:
        self.submitted.append(answer)
        self.pending.append(Future())
        return self.pending[-1]

    def _price_at(self, _stale: StalePosition, at: datetime) -> Decimal | None:
        self.looked_up.append(at)
        return self.recorded


@contextmanager
def desk_on(screen: Screen) -> Iterator[Desk]:
    with ThreadPoolExecutor(1) as executor:
        yield Desk(screen, executor)


async def settle(desk: Desk) -> None:
    """Lets the ledger take what was submitted, and the lookups come back."""
    await asyncio.sleep(0)
    for future in desk.pending:
        if not future.done():
            future.set_result(None)
    await asyncio.gather(*desk.controller._tasks)
