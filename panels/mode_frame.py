"""The frame round the whole window that says at a glance which side of the ledger is in view."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QBrush, QColor, QGradient, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.values import Mode
from panels.theme import Theme

_HATCH = 10.0  # pixels from one stripe to the next


class ModeFrame(QWidget):
    """Holds the window's content inside a frame in the mode's accent; hatched while the ledger is practice."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("mode_frame")
        self._theme = theme
        self._brush = QBrush()
        self._width = 0
        self.content = QVBoxLayout(self)
        self.content.setSpacing(0)
        self.render_mode(Mode.UNKNOWN, is_practice=False)

    def render_mode(self, mode: Mode, *, is_practice: bool) -> None:
        accent = self._theme.accent(mode)
        self._brush = _hatched(accent, self._theme.color("ground")) if is_practice else QBrush(accent)
        self._width = self._theme.sizes["frame_practice" if is_practice else "frame"]
        self.content.setContentsMargins(self._width, self._width, self._width, self._width)
        self.update()

    def _sides(self) -> list[QRect]:
        width, height, thick = self.width(), self.height(), self._width
        return [
            QRect(0, 0, width, thick),
            QRect(0, height - thick, width, thick),
            QRect(0, 0, thick, height),
            QRect(width - thick, 0, thick, height),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name and signature
        painter = QPainter(self)
        for side in self._sides():
            painter.fillRect(side, self._brush)
        painter.end()


def _hatched(accent: QColor, ground: QColor) -> QBrush:
    gradient = QLinearGradient(0.0, 0.0, _HATCH, _HATCH)
    gradient.setSpread(QGradient.Spread.RepeatSpread)
    for at, color in ((0.0, accent), (0.6, accent), (0.61, ground), (1.0, ground)):
        gradient.setColorAt(at, color)
    return QBrush(gradient)
