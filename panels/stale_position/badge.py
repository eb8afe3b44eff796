"""The mark in the top bar that positions wait to be verified."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton

from core.stale import StaleView


class StaleBadge(QPushButton):
    """Counts them while there are any, whether the question is open or put away; a click opens it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stale_badge")
        self.setToolTip("Show what the broker does not confirm (Ctrl+Shift+V)")
        self.hide()

    @Slot(object)
    def render_stale(self, view: StaleView | None) -> None:
        count = 0 if view is None else 1 + view.waiting
        self.setText("1 position to verify" if count == 1 else f"{count} positions to verify")
        self.setAccessibleName(self.text())
        self.setVisible(count > 0)
