"""The small parts every panel is put together from."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from panels.tone import Tone, set_tone


def text_label(name: str, role: str, text: str = "") -> QLabel:
    """A label that shows its text as it is, never as markup: accounts and symbols come from outside."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def frame(role: str) -> QFrame:
    """A bare frame that the style sheet knows by `role`."""
    result = QFrame()
    result.setProperty("role", role)
    return result


def fit_height(dialog: QDialog) -> None:
    """Makes it as high as its wrapped texts need at its width; Qt by itself takes them for narrower.

    While none of them is shown it stays as it is.
    """
    layout = dialog.layout()
    if layout is None:
        return
    layout.activate()
    if layout.hasHeightForWidth():
        dialog.setFixedHeight(layout.totalHeightForWidth(dialog.width()))


class Figure(QWidget):
    """A caption with its value below; a wider value never moves the neighbours."""

    def __init__(self, name: str, caption: str, role: str = "value") -> None:
        super().__init__()
        self._value = text_label(name, role, "—")
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._caption = text_label(f"{name}_caption", "caption", caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self._caption)
        layout.addWidget(self._value)

    def render_value(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self._value.setText(text)
        set_tone(self._value, tone)

    def render_caption(self, text: str) -> None:
        self._caption.setText(text)
