"""The bar at the top: which mode and account are in view, and whether the link is up."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from core.snapshots import LinkState, LinkStatus
from core.values import Mode
from core.views import AccountView
from panels.account_picker import AccountPicker
from panels.parts import frame, text_label
from panels.theme import Theme
from panels.tone import Tone, set_tone

_LINK_WORDS = {
    LinkState.DOWN: "Not connected",
    LinkState.CONNECTING: "Connecting",
    LinkState.UP: "Connected",
    LinkState.REFUSED: "Logon refused",
}
LINK_TONES = {
    LinkState.DOWN: Tone.WARNING,
    LinkState.CONNECTING: Tone.WARNING,
    LinkState.UP: Tone.GAIN,
    LinkState.REFUSED: Tone.LOSS,
}


class TopBar(QFrame):
    """Shows mode, account and link; asks by `mode_toggle_requested` and `selection_requested(Selection)`."""

    mode_toggle_requested = Signal()
    selection_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("top_bar")
        self.setFixedHeight(theme.sizes["top_bar"])
        self._badge = QPushButton()
        self._badge.setObjectName("mode_badge")
        self._badge.clicked.connect(self._on_badge_clicked)
        self._practice = text_label("practice", "body", "PRACTICE")
        self._picker = AccountPicker()
        self._picker.selection_requested.connect(self.selection_requested)
        self._link_dot = frame("dot")
        self._link = text_label("link_word", "muted")
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_account(self, view: AccountView) -> None:
        self._badge.setText(view.selection.mode)
        self._badge.setToolTip(f"Switch to {_other_mode(view.selection.mode)} (Ctrl+M)")
        self._badge.setAccessibleName(f"Mode {view.selection.mode}")
        self._practice.setVisible(view.is_practice)
        self._picker.render_account(view)

    @Slot(object)
    def render_link(self, link: LinkStatus) -> None:
        self._link.setText(_LINK_WORDS[link.state])
        self._link.setToolTip(link.text)
        set_tone(self._link_dot, LINK_TONES[link.state])

    @Slot()
    def _on_badge_clicked(self) -> None:
        self.mode_toggle_requested.emit()

    def _lay_out(self, pad: int) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(pad, 0, pad, 0)
        layout.setSpacing(12)
        layout.addWidget(self._badge)
        layout.addWidget(self._practice, alignment=Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._picker)
        layout.addStretch()
        layout.addWidget(self._link_dot)
        layout.addWidget(self._link)


def _other_mode(mode: Mode) -> Mode:
    return Mode.LIVE if mode is Mode.SIM else Mode.SIM
