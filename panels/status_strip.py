"""The strip at the bottom: the link, the ledger, and the last thing there was to say."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, StorageStatus
from core.views import PositionView, WaitingView
from panels import formats
from panels.elided_label import ElidedLabel
from panels.notice_history import NoticeHistory
from panels.parts import frame, text_label
from panels.theme import Theme
from panels.tone import LINK_TONES, Tone, set_tone


class StatusStrip(QFrame):
    """Shows the link, whether facts reach the disk, and the last notice, with those before it within reach."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("status_strip")
        self.setFixedHeight(theme.sizes["status_strip"])
        self._link_dot = frame("dot")
        self._link = ElidedLabel("link_text", "small")
        self._link.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._storage_dot = frame("dot")
        self._storage = text_label("storage_text", "small")
        self._notice = ElidedLabel("notice", "small")
        self._earlier = NoticeHistory()
        self._lay_out(theme.sizes["pad"])

    def render_link(self, link: LinkStatus, position: PositionView) -> None:
        self._link.render_text(_link_text(link, position))
        set_tone(self._link_dot, LINK_TONES[link.state])

    def render_storage(self, storage: StorageStatus, ledger: LedgerSnapshot | None) -> None:
        self._storage.setText(_storage_text(storage, ledger))
        set_tone(self._storage_dot, _storage_tone(storage, ledger))

    @Slot(str)
    def render_notice(self, text: str) -> None:
        self._notice.render_text(text)
        self._earlier.note(text)

    def _lay_out(self, pad: int) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(pad, 0, pad, 0)
        layout.setSpacing(7)
        for dot, text in ((self._link_dot, self._link), (self._storage_dot, self._storage)):
            layout.addWidget(dot)
            layout.addWidget(text)
            layout.addSpacing(16)
        layout.addWidget(self._notice, 1)
        layout.addWidget(self._earlier)
        layout.addWidget(text_label("shortcuts", "small", "F1 menu · Ctrl+M mode"))


def _link_text(link: LinkStatus, position: PositionView) -> str:
    """Without a link: since when, and how old the broker's last word on what is in view is."""
    if link.state is LinkState.UP or link.since is None:
        return link.text
    parts = [f"Not connected since {formats.moment(link.since)}"]
    if not isinstance(position.focus, WaitingView):
        at = position.focus.verification.confirmed_at
        parts.append("position never confirmed" if at is None else f"position as of {formats.moment(at)}")
    return " · ".join([*parts, link.text] if link.text not in parts[0] else parts)


def _storage_text(storage: StorageStatus, ledger: LedgerSnapshot | None) -> str:
    if not storage.is_saved:
        return f"NOT SAVED · {formats.count(storage.waiting)} waiting"
    if ledger is None:
        return "Reading the ledger"
    if storage.is_read_only:
        return f"Read only · fill {formats.count(ledger.fill_count)}"
    # How much is on its way to a sound disk changes faster than it is told: only what is durable is said.
    return f"Ledger durable · fill {formats.count(ledger.fill_count)}"


def _storage_tone(storage: StorageStatus, ledger: LedgerSnapshot | None) -> Tone:
    if not storage.is_saved:
        return Tone.LOSS
    if storage.is_read_only:
        return Tone.WARNING
    return Tone.PLAIN if ledger is None else Tone.GAIN
