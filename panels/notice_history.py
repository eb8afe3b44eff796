"""The notices before the last one: a button that counts them, and a list with the time of each."""

from collections import deque

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QPushButton

from core.clock import utc_now
from panels import formats

_KEPT = 30


class NoticeHistory(QPushButton):
    """Opens what was said before, newest first; hidden while nothing was."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("earlier_notices")
        self.setProperty("role", "quiet")
        self.setToolTip("What was said before")
        self._said: deque[str] = deque(maxlen=_KEPT)
        self._menu = QMenu(self)
        self._menu.setObjectName("notice_menu")
        self.clicked.connect(self._on_clicked)
        self.setVisible(False)

    def note(self, text: str) -> None:
        """Puts `text` in front; the one that was there until now counts as earlier."""
        self._said.appendleft(f"{formats.moment(utc_now())}  {text}")
        earlier = len(self._said) - 1
        self.setText(f"{earlier} earlier")
        self.setVisible(earlier > 0)

    @Slot()
    def _on_clicked(self) -> None:
        self._menu.clear()
        for line in self._said:
            # An ampersand would underline what follows it instead of standing for itself.
            self._menu.addAction(line.replace("&", "&&"))
        # popup() returns at once; exec() would nest an event loop.
        self._menu.popup(self.mapToGlobal(self.rect().topLeft()))
