"""A list of short lines, each with a left and a right text."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from panels.parts import text_label
from panels.tone import Tone, set_tone


@dataclass(frozen=True, slots=True)
class Line:
    left: str
    right: str = ""
    left_tone: Tone = Tone.PLAIN
    right_tone: Tone = Tone.PLAIN


class Lines(QWidget):
    """Shows one row for each line; rows are kept and reused, so that rendering stays cheap."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._rows: list[tuple[QWidget, QLabel, QLabel]] = []
        self._shown: tuple[Line, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(5)
        self.hide()

    def render_lines(self, lines: Sequence[Line]) -> None:
        if tuple(lines) == self._shown:
            return  # prices change thirty times a second, the lines below them seldom
        self._shown = tuple(lines)
        while len(self._rows) < len(lines):
            self._add_row()
        for index, (row, left, right) in enumerate(self._rows):
            row.setVisible(index < len(lines))
            line = lines[index] if index < len(lines) else Line("")
            left.setText(line.left)
            right.setText(line.right)
            set_tone(left, line.left_tone)
            set_tone(right, line.right_tone)
        self.setVisible(bool(lines))

    def _add_row(self) -> None:
        number = len(self._rows)
        left = text_label(f"{self.objectName()}_left_{number}", "muted")
        right = text_label(f"{self.objectName()}_right_{number}", "body")
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(left)
        layout.addStretch()
        layout.addWidget(right)
        self._layout.addWidget(row)
        self._rows.append((row, left, right))
