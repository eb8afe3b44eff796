"""The strip at the bottom: the link, the ledger, and the last thing there was to say."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.snapshots import LedgerSnapshot, LinkStatus, StorageStatus
from panels import formats
from panels.elided_label import ElidedLabel
from panels.parts import frame, text_label
from panels.theme import Theme
from panels.tone import Tone, set_tone
from panels.top_bar import LINK_TONES


class StatusStrip(QFrame):
    """Shows the link, whether facts reach the disk, and the last notice."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("status_strip")
        self.setFixedHeight(theme.sizes["status_strip"])
        self._link_dot = frame("dot")
        self._link = text_label("link_text", "small", "Not connected")
        self._storage_dot = frame("dot")
        self._storage = text_label("storage_text", "small")
        self._notice = ElidedLabel("notice", "small")
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_link(self, link: LinkStatus) -> None:
        self._link.setText(link.text)
        set_tone(self._link_dot, LINK_TONES[link.state])

    def render_storage(self, storage: StorageStatus, ledger: LedgerSnapshot | None) -> None:
        self._storage.setText(_storage_text(storage, ledger))
        set_tone(self._storage_dot, _storage_tone(storage, ledger))

    @Slot(str)
    def render_notice(self, text: str) -> None:
        self._notice.render_text(text)

    def _lay_out(self, pad: int) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(pad, 0, pad, 0)
        layout.setSpacing(7)
        for dot, text in ((self._link_dot, self._link), (self._storage_dot, self._storage)):
            layout.addWidget(dot)
            layout.addWidget(text)
            layout.addSpacing(16)
        layout.addWidget(self._notice, 1)
        layout.addWidget(text_label("shortcuts", "small", "Ctrl+M mode"))


def _storage_text(storage: StorageStatus, ledger: LedgerSnapshot | None) -> str:
    if not storage.is_saved:
        return f"NOT SAVED · {formats.count(storage.waiting)} waiting"
    if ledger is None:
        return "Reading the ledger"
    # How much is on its way to a sound disk changes faster than it is told: only what is durable is said.
    return f"Ledger durable · fill {formats.count(ledger.fill_count)}"


def _storage_tone(storage: StorageStatus, ledger: LedgerSnapshot | None) -> Tone:
    if not storage.is_saved:
        return Tone.LOSS
    return Tone.PLAIN if ledger is None else Tone.GAIN
