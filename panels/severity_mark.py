"""How bad a warning is, as a shape: a ring to note, a triangle to heed, an octagon to stop at."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.order_warnings import Severity
from panels.theme import Theme

_SIZE = 16
_CORNERS = 8
_COLORS = {Severity.NOTE: "muted", Severity.WARNING: "warning", Severity.DANGER: "loss"}
_SIGNS = {Severity.NOTE: "i", Severity.WARNING: "!", Severity.DANGER: "!"}


class SeverityMark(QWidget):
    """Says by its form what its colour says, too."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._severity = Severity.NOTE
        self.setFixedSize(_SIZE, _SIZE)

    def render_severity(self, severity: Severity) -> None:
        self._severity = severity
        self.setAccessibleName(severity)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name and signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.color(_COLORS[self._severity])
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(color, 1.5))
        if self._severity is Severity.NOTE:
            painter.drawEllipse(area)
        else:
            painter.setBrush(color)
            painter.drawPolygon(_octagon(area) if self._severity is Severity.DANGER else _triangle(area))
        _draw_sign(painter, area, self._severity, color if self._severity is Severity.NOTE else self._on_signal())
        painter.end()

    def _on_signal(self) -> QColor:
        return self._theme.color("on_signal")


def _draw_sign(painter: QPainter, area: QRectF, severity: Severity, color: QColor) -> None:
    font = painter.font()
    font.setPixelSize(11)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(color)
    # A triangle's middle lies lower than its box's.
    lowered = area.translated(0, 2) if severity is Severity.WARNING else area
    painter.drawText(lowered, Qt.AlignmentFlag.AlignCenter, _SIGNS[severity])


def _triangle(area: QRectF) -> QPolygonF:
    return QPolygonF([QPointF(area.center().x(), area.top()), area.bottomRight(), area.bottomLeft()])


def _octagon(area: QRectF) -> QPolygonF:
    center, radius = area.center(), area.width() / 2
    turns = [(corner + 0.5) * 2 * math.pi / _CORNERS for corner in range(_CORNERS)]
    return QPolygonF([center + QPointF(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns])
