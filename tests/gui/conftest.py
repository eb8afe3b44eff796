"""A window that shows what is published to it, and its texts as the trader reads them."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from app.main_window import MainWindow
from core.clock import ExchangeClock
from core.snapshots import Publication
from core.state_manager import StateManager
from tests.published import NOW, SIM


@pytest.fixture(autouse=True)
def chicago_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One time zone for every machine; where it cannot be set, tests do not look at hours."""
    if not hasattr(time, "tzset"):
        yield
        return
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@dataclass(frozen=True, slots=True)
class Screen:
    """The window as the trader sees it: texts by name, None where a part is not shown."""

    window: MainWindow
    state: StateManager

    def text(self, name: str) -> str | None:
        found = (label for label in self.window.findChildren(QLabel, name) if label.window() is self.window)
        return next((label.text() for label in found if label.isVisible()), None)

    def texts(self) -> list[str]:
        """Every text that can be read on the window now."""
        labels = [each.text() for each in self.window.findChildren(QLabel) if each.isVisible()]
        return labels + [each.text() for each in self.window.findChildren(QPushButton) if each.isVisible()]

    def everything(self, *, but: str) -> list[str]:
        """All that is read, drawn or spoken on the window now, title and tables included, but for one part by name."""
        left_out = self.part(but)
        parts = [
            each for each in self.window.findChildren(QWidget) if each.isVisible() and each.window() == self.window
        ]
        parts = [each for each in parts if each is not left_out and not left_out.isAncestorOf(each)]
        read = [each.text() for each in parts if isinstance(each, QLabel | QPushButton)]
        spoken = [text for each in parts for text in (each.accessibleName(), each.accessibleDescription())]
        cells = [cell for each in parts if isinstance(each, QTableView) for cell in _cells(each)]
        return [self.window.windowTitle(), *filter(None, [*read, *spoken, *cells])]

    def part(self, name: str) -> QWidget:
        part = self.window.findChild(QWidget, name)
        assert isinstance(part, QWidget)
        return part


_PATIENCE_S = 20.0
SetClock = Callable[..., None]


class _Wall:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def set(self, **after: float) -> None:
        self.now = NOW + timedelta(**after)


def _cells(table: QTableView) -> list[str]:
    model = table.model()
    columns = range(model.columnCount())
    return [str(model.index(row, column).data()) for row in range(model.rowCount()) for column in columns]


@pytest.fixture
def wall() -> _Wall:
    return _Wall()


@pytest.fixture
def clock(wall: _Wall) -> SetClock:
    """Sets what time it is: so long after NOW."""
    return wall.set


@pytest.fixture
def state(qtbot: QtBot, wall: _Wall) -> StateManager:
    return StateManager(ExchangeClock(lambda: wall.now), SIM)


@pytest.fixture
def screen(qtbot: QtBot, state: StateManager) -> Screen:
    window = MainWindow(state)
    qtbot.addWidget(window)
    window.show()
    return Screen(window, state)


Play = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def play(qtbot: QtBot, qapp: QApplication) -> Iterator[Play]:
    """Runs a coroutine on the loop that the window has in the program."""
    with QEventLoop(qapp) as loop:

        def play_to_its_end(scene: Coroutine[Any, Any, None]) -> None:
            loop.run_until_complete(asyncio.wait_for(scene, _PATIENCE_S))

        yield play_to_its_end


async def until(is_so: Callable[[], bool]) -> None:
    """Looks at the screen until it is so; `play` has the patience."""
    while not is_so():  # noqa: ASYNC110  # a screen has no event to wait for: one looks at it
        await asyncio.sleep(0.001)


@pytest.fixture
def publish(qapp: QApplication, state: StateManager) -> Callable[[Publication], None]:
    """Publishes as the ledger does, from a thread of its own, and waits until it arrived."""

    def publish_from_a_thread(publication: Publication) -> None:
        thread = threading.Thread(target=state.publish, args=(publication,))
        thread.start()
        thread.join()
        qapp.processEvents()  # what was emitted is in the queue of this thread by now

    return publish_from_a_thread
