"""The real window on a practice exchange, with a witness of all that its GUI thread asks of disk and network.

A program of its own, for an audit hook cannot be taken away again. Prints one JSON object when the window is closed.
`--sin` makes the GUI thread do on purpose what it must never do.
"""

import asyncio
import json
import sqlite3
import sys
import threading
import traceback
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtGui import QHideEvent, QShowEvent
from sqlalchemy import Engine, create_engine, event, text

from app import window_run
from app.main_window import MainWindow
from app.program import Setting
from app.window_run import Stage, WindowOptions
from core.values import Mode
from data.dtc.link import Address
from data.ledger_state import LedgerKind
from data.practice.opening import open_practice
from data.practice.server import serving

_FORBIDDEN = {
    "open", "sqlite3.connect", "socket.connect", "socket.bind", "os.listdir", "os.scandir", "os.mkdir", "os.remove",
    "os.rename", "subprocess.Popen",
}  # fmt: skip
_SWITCHES = 12
_PAUSE_S = 0.15


class Witness:
    """Writes down what happens on the thread that made it, while it is watching."""

    def __init__(self) -> None:
        self.is_watching = False
        self.seen: list[str] = []
        self._thread = threading.get_ident()
        sys.addaudithook(self._on_audit)
        event.listen(Engine, "before_cursor_execute", self._on_statement)

    def _on_audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in _FORBIDDEN:
            self._note(f"{name} {arguments[:1]}")

    def _on_statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._note(f"statement {statement}")

    def _note(self, what: str) -> None:
        if self.is_watching and threading.get_ident() == self._thread:
            self.is_watching = False  # what follows reads source files
            where = "".join(traceback.format_stack(limit=6)[:-2])
            self.seen.append(f"{what}\n{where}")
            self.is_watching = True


def watched_window(witness: Witness) -> type[MainWindow]:
    class WatchedWindow(MainWindow):
        """Watched from the moment it is shown until it is hidden."""

        def showEvent(self, shown: QShowEvent) -> None:  # noqa: N802  # Qt's name
            super().showEvent(shown)
            witness.is_watching = True

        def hideEvent(self, hidden: QHideEvent) -> None:  # noqa: N802  # Qt's name
            witness.is_watching = False
            super().hideEvent(hidden)

    return WatchedWindow


async def switch_modes(stage: Stage) -> None:
    for turn in range(_SWITCHES):
        await asyncio.sleep(_PAUSE_S)
        stage.state.select_mode((Mode.LIVE, Mode.SIM)[turn % 2])


async def sin(directory: Path) -> None:
    (directory / "sin.txt").write_text("on the GUI thread", encoding="utf-8")
    sqlite3.connect(directory / "sin.db").close()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("SELECT 'sin'"))
    engine.dispose()


def main() -> None:
    directory = Path(sys.argv[1])
    fills: list[int] = []

    async def script(stage: Stage) -> None:
        await switch_modes(stage)
        if "--sin" in sys.argv:
            await sin(directory)
        fills.append(stage.state.ledger.fill_count if stage.state.ledger else 0)

    witness = Witness()
    options = WindowOptions(directory, is_offscreen=True, seconds=None, screenshot=directory / "window.png")
    watched = patch.object(window_run, "MainWindow", watched_window(witness))
    with watched, serving(open_practice(trader_seed=3)) as server:
        setting = Setting(directory / "heatline.db", Address("127.0.0.1", server.port), (LedgerKind.PRACTICE,))
        code = window_run.run(options, setting, script)
    sys.stdout.write(json.dumps({"code": code, "fills": fills[0], "seen": witness.seen}))


if __name__ == "__main__":
    main()
