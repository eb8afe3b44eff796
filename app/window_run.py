"""One run of the window, from the first paint to the last log line."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from app.failures import Failures
from app.logs import logging_to
from app.main_window import MainWindow
from app.screenshot import grab, settle
from app.selection_controller import SelectionController
from core.clock import ExchangeClock
from core.quotes import QuoteBox
from core.state_manager import StateManager
from core.values import Mode
from core.views import Selection

if TYPE_CHECKING:
    from app.program import Setting

_FRAME_MS = 33  # prices are drawn at 30 Hz


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How the window is shown, for how long, and what of it is kept."""

    log_directory: Path
    is_offscreen: bool
    seconds: float | None
    screenshot: Path | None


@dataclass(frozen=True, slots=True)
class Stage:
    """What a script may look at and touch while the window is open."""

    state: StateManager
    window: MainWindow


Script = Callable[[Stage], Awaitable[None]]


def has_display() -> bool:
    """False on a Linux machine where no window can open.

    A display that is named but does not answer, or whose libraries are missing, makes Qt abort the whole process: a
    child process tries it first.
    """
    if not sys.platform.startswith("linux") or "QT_QPA_PLATFORM" in os.environ:
        return True
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return False
    trial = [sys.executable, "-c", "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0  # noqa: S603  # our own words


def run(options: WindowOptions, setting: "Setting", script: Script | None = None) -> int:
    """Opens the window and stays until it is closed, the time is up, the script ends or a signal comes."""
    if options.is_offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Heatline")
    # Closing the window must not end the loop under the coroutine that still has to stop everything.
    application.setQuitOnLastWindowClosed(False)
    with logging_to(options.log_directory), QEventLoop(application) as loop:
        return int(loop.run_until_complete(_WindowRun(options, setting, script).run()))


class _WindowRun:
    def __init__(self, options: WindowOptions, setting: "Setting", script: Script | None) -> None:
        self._options = options
        self._setting = setting
        self._script = script
        self._ended = asyncio.Event()
        self._state = StateManager(ExchangeClock(), Selection(Mode.SIM, None))
        self._quotes = QuoteBox()
        self._window = MainWindow(self._state)
        self._selection = SelectionController(
            self._state, self._window, follows_account=setting.settings.follows_account
        )
        self._failures = Failures(self._state.publish)

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        self._failures.install(loop)
        self._window.closed.connect(self._ended.set)
        self._listen_to_signals(loop)
        self._window.show()
        await asyncio.sleep(0)
        try:
            return await self._work()
        finally:
            self._window.hide()
            self._failures.uninstall()

    async def _work(self) -> int:
        # The window is painted before the heavy half of the program is read from disk, and not by the GUI thread.
        program_module = await asyncio.to_thread(__import__, "app.program", fromlist=["Program"])
        program = program_module.Program(self._setting, self._state, self._quotes, self._window)
        drawing = self._draw_prices()
        program.start()
        try:
            return await self._until_end()
        finally:
            drawing.stop()
            await program.stop()

    async def _until_end(self) -> int:
        waiting: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._ended.wait())}
        script = None if self._script is None else asyncio.ensure_future(self._script(Stage(self._state, self._window)))
        if script is not None:
            waiting.add(script)
        _, pending = await asyncio.wait(waiting, timeout=self._options.seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if script is not None and script.done():
            script.result()
        if self._options.screenshot is not None:
            await settle()
            await grab(self._window).save(self._options.screenshot)
        return 0

    def _draw_prices(self) -> QTimer:
        timer = QTimer(self._window)
        timer.timeout.connect(lambda: self._state.take_quotes(self._quotes.latest()))
        timer.start(_FRAME_MS)
        return timer

    def _listen_to_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if sys.platform == "win32":
                signal.signal(number, lambda _number, _frame: self._ended.set())
            else:
                loop.add_signal_handler(number, self._ended.set)
