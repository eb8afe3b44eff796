"""What a panel says when it has no figures to show."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from panels.parts import text_label


class StateMessage(QWidget):
    """An empty, waiting or unknown state in words: a heading and what it means."""

    def __init__(self, name: str, role: str = "big") -> None:
        super().__init__()
        self._heading = text_label(f"{name}_heading", role)
        self._detail = text_label(f"{name}_detail", "muted")
        self._detail.setWordWrap(True)
        self._heading.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._heading)
        layout.addWidget(self._detail)
        layout.addStretch()

    def render_message(self, heading: str, detail: str = "") -> None:
        self._heading.setText(heading)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
