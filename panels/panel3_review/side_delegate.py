"""Writes a trade's re-entries small and raised beside its side and quantity."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from panels import formats
from panels.panel3_review.trades_model import REENTRIES_ROLE
from panels.theme import Theme

_PADDING = 12
_SHARE = 0.8  # of the cell's own text size


class SideDelegate(QStyledItemDelegate):
    """Draws the cell as usual and `+2` after it for a trade of two re-entries."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._color = theme.color("muted")

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        reentries = index.data(REENTRIES_ROLE)
        if not reentries:
            return
        self.initStyleOption(option, index)
        text_width = option.fontMetrics.horizontalAdvance(option.text)
        small = QFont(option.font)
        small.setPixelSize(max(1, round(option.font.pixelSize() * _SHARE)))
        painter.save()
        painter.setFont(small)
        painter.setPen(self._color)
        room = QRect(option.rect).adjusted(_PADDING + text_width, 4, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, f"+{formats.count(reentries)}")
        painter.restore()
