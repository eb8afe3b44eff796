"""The real program as a child process that does what it is told, line by line: look, click, type, end.

Run as `python -m tests.e2e.puppet DATA_DIR PORT [SIERRA_DATA]`. Each line on standard input is one JSON object, and
so is each answer.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QTableView, QWidget

from app.options import DATABASE_NAME
from app.program import Setting
from app.screenshot import grab, settle
from app.settings import read_settings
from app.window_run import Stage, WindowOptions, run
from core.state_manager import StateManager
from core.views import FlatView, OpenView, WaitingView
from data.dtc.link import Address
from data.ledger_state import LedgerKind

_LEFT = Qt.MouseButton.LeftButton


class Puppet:
    """Obeys one order after the other; an order that cannot be obeyed is answered with why."""

    def __init__(self) -> None:
        self._orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def play(self, stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        while (order := await self._orders.get())["do"] != "end":
            if QApplication.activeWindow() is None:
                # When a dialog closes, a desktop gives the keyboard back to the window; here nobody else does.
                stage.window.activateWindow()
            await settle()
            try:
                answer = self._obey(order, stage)
            except LookupError as error:
                answer = {"error": str(error)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._orders.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(self._orders.put_nowait, {"do": "end"})

    def _obey(self, order: dict[str, Any], stage: Stage) -> dict[str, Any]:
        match order["do"]:
            case "look":
                return {"words": list(_words()), **_known(stage.state)}
            case "click":
                QTest.mouseClick(_named(order["name"]), _LEFT)
            case "key":
                QTest.keySequence(_with_keyboard(stage), QKeySequence(order["keys"]))
            case "write":
                QTest.keyClicks(_with_keyboard(stage), order["text"])
            case "type":
                field = _named(order["name"])
                field.setFocus()
                QTest.keySequence(field, QKeySequence(QKeySequence.StandardKey.SelectAll))
                QTest.keyClicks(field, order["text"])
            case "save":
                grab(stage.window).image.save(order["file"])
        return {}


def _with_keyboard(stage: Stage) -> QWidget:
    """Where a key goes that the trader presses now."""
    return QApplication.focusWidget() or QApplication.activeWindow() or stage.window


def _known(state: StateManager) -> dict[str, Any]:
    """What the state manager holds, to be held against the screen, the tables and the exchange."""
    focus = state.position.focus
    stale = state.stale_position.stale if state.stale_position else None
    held = state.ledger.positions if state.ledger else ()
    return {
        "mode": state.selection.mode,
        "account": state.selection.account,
        "qty": _held_in(focus),
        "verified": None if isinstance(focus, WaitingView) else focus.verification.is_verified,
        "revision": state.ledger.revision if state.ledger else None,
        "stale": stale and {"doubt": stale.doubt, "account": stale.key.account, "qty": str(stale.qty)},
        "focus": _focus_name(),
        "open": {f"{each.position.key.account} {each.position.key.symbol}": str(each.position.qty) for each in held},
    }


def _focus_name() -> str | None:
    """What has the keyboard."""
    focus = QApplication.focusWidget()
    return None if focus is None else focus.objectName()


def _held_in(focus: OpenView | FlatView | WaitingView) -> str | None:
    """The signed quantity in view; None while nothing is known."""
    if isinstance(focus, OpenView):
        return str(focus.qty * focus.side.sign)
    return "0" if isinstance(focus, FlatView) else None


def _words() -> Iterator[str]:
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            for widget in window.findChildren(QWidget):
                if widget.isVisibleTo(window):
                    yield from _words_of(widget)


def _words_of(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        yield widget.text().strip()
    elif isinstance(widget, QComboBox):
        yield widget.currentText()
    elif isinstance(widget, QTableView):
        model = widget.model()
        for row in range(model.rowCount()):
            yield " | ".join(str(model.index(row, column).data()) for column in range(model.columnCount()))


def _named(name: str) -> QWidget:
    """The visible widget of that name.

    Raises:
        LookupError: there is none, or it is disabled.
    """
    for window in QApplication.topLevelWidgets():
        for widget in [window, *window.findChildren(QWidget)]:
            if widget.objectName() == name and widget.isVisible():
                if not widget.isEnabled():
                    raise LookupError(f"{name} is disabled")
                return widget
    raise LookupError(f"There is no {name} on screen")


def main(arguments: list[str]) -> int:
    directory = Path(arguments[0])
    setting = Setting(
        directory / DATABASE_NAME,
        Address("127.0.0.1", int(arguments[1])),
        tuple(LedgerKind),
        read_settings(directory),
        **({"sierra_data": Path(arguments[2])} if arguments[2:] else {}),
    )
    return run(WindowOptions(directory, is_offscreen=True, seconds=None, screenshot=None), setting, Puppet().play)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
