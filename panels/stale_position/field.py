"""One field of an answer, with its caption before it and what is wrong with it beside."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit

from panels.parts import text_label
from panels.stale_position.entries import Entry
from panels.tone import Tone, set_tone

_WIDTH = 178


class Field:
    """A line to type in; with `unknown_text` a tick box below it says that nobody knows."""

    def __init__(self, name: str, caption: str, unknown_text: str = "") -> None:
        self.is_faulty = False
        self.edit = QLineEdit()
        self.edit.setObjectName(name)
        self.edit.setFixedWidth(_WIDTH)
        self._message = text_label(f"{name}_message", "small")
        self._message.setWordWrap(True)
        self._caption: QLabel = text_label(f"{name}_caption", "body", caption)
        self._caption.setBuddy(self.edit)
        self.edit.setAccessibleName(caption.replace("&", ""))
        self.unknown: QCheckBox | None = None
        if unknown_text:
            self.unknown = QCheckBox(unknown_text)
            self.unknown.setObjectName(f"{name}_unknown")
            self.unknown.toggled.connect(self.edit.setDisabled)

    @property
    def text(self) -> str:
        return self.edit.text()

    @property
    def is_unknown(self) -> bool:
        return self.unknown is not None and self.unknown.isChecked()

    def add_to(self, grid: QGridLayout) -> None:
        row = grid.rowCount()
        grid.addWidget(self._caption, row, 0)
        grid.addWidget(self.edit, row, 1)
        grid.addWidget(self._message, row, 2)
        if self.unknown is not None:
            grid.addWidget(self.unknown, row + 1, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)

    def reset(self, text: str, *, is_unknown: bool = False) -> None:
        """Begins anew: what was typed is gone."""
        self.edit.setText(text)
        if self.unknown is not None:
            self.unknown.setChecked(is_unknown)
        self.say("")

    def judge(self, entry: Entry[object]) -> bool:
        """Shows what is wrong with it; True where nothing is."""
        self.say(entry.problem or entry.hint, Tone.LOSS if entry.problem else Tone.PLAIN)
        return not entry.problem

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self.is_faulty = tone is Tone.LOSS
        self._message.setText(text)
        set_tone(self._message, tone)
        self.edit.setAccessibleDescription(text)

    def rename(self, caption: str) -> None:
        self._caption.setText(caption)
        self.edit.setAccessibleName(caption.replace("&", ""))
