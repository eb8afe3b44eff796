"""The one funnel for what nobody expected: it is logged, said once, and the program goes on."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from core.snapshots import Notice

_log = logging.getLogger("heatline.failures")
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Failures:
    """Catches what escapes from the main thread, other threads, coroutines and Qt."""

    def __init__(self, publish: Callable[[Notice], None]) -> None:
        self._publish = publish
        self._has_said = False

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        loop.set_exception_handler(self._on_loop_exception)
        qInstallMessageHandler(_on_qt_message)

    @staticmethod
    def uninstall() -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)

    def report(self, error: BaseException | None, where: str) -> None:
        """Logs a bug with its traceback and tells the trader of the first one."""
        _log.critical("Unexpected failure in %s", where, exc_info=error)
        if not self._has_said:
            self._has_said = True
            self._publish(Notice("Something went wrong inside Heatline; what is saved is safe. See the log."))

    def _on_exception(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        self.report(error, "the window")

    def _on_thread_exception(self, hook: threading.ExceptHookArgs) -> None:
        self.report(hook.exc_value, hook.thread.name if hook.thread else "a thread")

    def _on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.report(context.get("exception"), context.get("message", "a task"))


def _on_qt_message(level: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    _log.log(_QT_LEVELS.get(level, logging.WARNING), "Qt: %s", text)
