"""The thread that makes a backup each day; neither the window nor the ledger waits for it."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from core.clock import Now
from core.errors import HeatlineError
from core.snapshots import Notice
from data.backup import back_up_daily

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 60.0


class BackupKeeper(threading.Thread):
    """Looks every minute whether the day has its backup. What goes wrong is told once a day."""

    def __init__(self, database: Path, publish: Callable[[Notice], None], now: Now) -> None:
        super().__init__(name="backup")
        self._database = database
        self._publish = publish
        self._now = now
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends the thread after the backup it is at."""
        self._stopping.set()

    def run(self) -> None:
        told_on = None
        while not self._stopping.is_set():
            try:
                backup = back_up_daily(self._database, self._now())
            except HeatlineError as error:
                today = self._now().date()
                if told_on != today:
                    told_on = today
                    _log.error("%s", error)
                    self._publish(Notice(f"No backup was made today: {error}"))
            else:
                if backup is not None:
                    _log.info("Backed up to %s", backup.path)
            self._stopping.wait(_LOOK_EVERY_S)
