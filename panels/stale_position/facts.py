"""Everything that is known about the stale position, caption by caption."""

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.stale import StaleView
from panels.parts import text_label
from panels.stale_position import words
from panels.tone import Tone, set_tone

_CAPTIONS = {
    "account": "ACCOUNT",
    "held": "OPEN HERE",
    "entry": "ENTRY",
    "age": "AGE",
    "confirmed": "LAST CONFIRMED",
    "broker": "BROKER",
    "missing": "DIFFERENCE",
    "expired": "CONTRACT",
}


class StaleFacts(QWidget):
    """Shows only what applies; what would explain the doubt stands out."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for row, (name, caption) in enumerate(_CAPTIONS.items()):
            left = text_label(f"stale_{name}_caption", "caption", caption)
            right = text_label(f"stale_{name}", "body")
            right.setWordWrap(True)
            grid.addWidget(left, row, 0)
            grid.addWidget(right, row, 1)
            self._rows[name] = (left, right)
        for name in ("missing", "expired"):
            set_tone(self._rows[name][1], Tone.WARNING)

    def render_stale(self, view: StaleView) -> None:
        for name, text in words.facts(view).items():
            left, right = self._rows[name]
            right.setText(text)
            right.setAccessibleName(f"{left.text().capitalize()}: {text}")
            for label in (left, right):
                label.setVisible(bool(text))
