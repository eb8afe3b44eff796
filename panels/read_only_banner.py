"""Says for as long as it is so that another panel writes the ledger, and that this one only shows it."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.snapshots import StorageStatus
from panels.parts import text_label


class ReadOnlyBanner(QFrame):
    """Spans the window of a panel that cannot write, and is gone otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("read_only")
        self._text = text_label("read_only_text", "body")
        self._text.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.addWidget(self._text)
        self.hide()

    @Slot(object)
    def render_storage(self, storage: StorageStatus) -> None:
        self._text.setText(" · ".join(part for part in ("READ ONLY", storage.text) if part))
        self.setVisible(storage.is_read_only)
