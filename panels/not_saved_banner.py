"""The loudest thing in the window: what is on the screen is not on the disk."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.snapshots import StorageStatus
from panels import formats
from panels.parts import text_label


class NotSavedBanner(QFrame):
    """Spans the window while facts wait for the disk, and is gone otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("not_saved")
        self._text = text_label("not_saved_text", "body")
        self._text.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.addWidget(self._text)
        self.hide()

    @Slot(object)
    def render_storage(self, storage: StorageStatus) -> None:
        since = "" if storage.since is None else f" since {formats.moment(storage.since)}"
        parts = [f"NOT SAVED{since}", f"{formats.count(storage.waiting)} waiting for the disk", storage.text]
        self._text.setText(" · ".join(part for part in parts if part))
        self.setVisible(not storage.is_saved)
