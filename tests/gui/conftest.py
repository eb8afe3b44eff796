"""A window that shows what is published to it, and its texts as the trader reads them."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

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
        label = self.window.findChild(QLabel, name)
        return label.text() if label is not None and label.isVisible() else None

    def texts(self) -> list[str]:
        """Every text that can be read on the window now."""
        labels = [each.text() for each in self.window.findChildren(QLabel) if each.isVisible()]
        return labels + [each.text() for each in self.window.findChildren(QPushButton) if each.isVisible()]

    def part(self, name: str) -> QWidget:
        part = self.window.findChild(QWidget, name)
        assert isinstance(part, QWidget)
        return part


@pytest.fixture
def state(qtbot: QtBot) -> StateManager:
    return StateManager(ExchangeClock(lambda: NOW), SIM)


@pytest.fixture
def screen(qtbot: QtBot, state: StateManager) -> Screen:
    window = MainWindow(state)
    qtbot.addWidget(window)
    window.show()
    return Screen(window, state)


@pytest.fixture
def publish(qtbot: QtBot, state: StateManager) -> Callable[[Publication], None]:
    """Publishes as the ledger does, from a thread of its own, and waits until it arrived."""

    def publish_from_a_thread(publication: Publication) -> None:
        with qtbot.waitSignal(state._received):
            thread = threading.Thread(target=state.publish, args=(publication,))
            thread.start()
        thread.join()

    return publish_from_a_thread
