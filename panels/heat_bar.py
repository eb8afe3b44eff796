"""The heat bar: how far a position ran against and for its holder, and where the price stands between."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.views import OpenView
from panels import formats
from panels.heat_scale import HeatMarks, heat_marks
from panels.theme import Theme

_HEIGHT = 62
_TRACK_TOP = 25.0
_TRACK = 10.0
_MIDDLE = _TRACK_TOP + _TRACK / 2
_ENTRY_REACH = 8.0  # how far the entry mark stands out above and below the track
_DOT = 7.0
_WORD_WIDTH = 60.0
_FAINT = 0.5  # of what the price reached, but does not hold now


class HeatBar(QWidget):
    """Draws stop, MAE, entry, price, MFE and target on one true price scale; in favour is always to the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("heat_bar")
        self.setProperty("role", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._marks: HeatMarks | None = None
        self._labels = ("", "")

    def render_heat(self, view: OpenView) -> None:
        marks, labels = heat_marks(view), _labels(view)
        if (marks, labels) == (self._marks, self._labels):
            return
        self._marks, self._labels = marks, labels
        self.setAccessibleName(_spoken(view, labels))
        self.update()

    def _draw_range(self, painter: QPainter, marks: HeatMarks) -> None:
        """The whole range faint, the part between entry and price in full."""
        self._fill(painter, marks.worst, marks.entry, "loss", _FAINT)
        self._fill(painter, marks.entry, marks.best, "gain", _FAINT)
        if marks.last is not None:
            self._fill(painter, marks.entry, marks.last, "gain" if marks.last >= marks.entry else "loss")

    def _draw_marks(self, painter: QPainter, marks: HeatMarks) -> None:
        painter.setBrush(self._theme.color("entry"))
        at = marks.entry * self.width()
        painter.drawRect(QRectF(at - 1.0, _TRACK_TOP - _ENTRY_REACH, 2.0, _TRACK + 2 * _ENTRY_REACH))
        for place, name in ((marks.stop, "loss"), (marks.target, "gain")):
            if place is not None:
                painter.setBrush(self._theme.color(name))
                painter.drawRect(QRectF(place * self.width() - 1.0, _TRACK_TOP - 4.0, 2.0, _TRACK + 8.0))
        painter.setBrush(self._theme.color("entry"))
        if marks.last is not None:
            painter.drawEllipse(QPointF(marks.last * self.width(), _MIDDLE), _DOT, _DOT)

    def _draw_words(self, painter: QPainter, marks: HeatMarks | None) -> None:
        painter.setPen(self._theme.color("muted"))
        below = QRectF(0.0, _HEIGHT - 17.0, float(self.width()), 17.0)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._labels[0])
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._labels[1])
        if marks is not None:
            for place, word in _words(marks, _WORD_WIDTH / max(1.0, float(self.width()))):
                painter.drawText(self._above(place), Qt.AlignmentFlag.AlignHCenter, word)

    def _above(self, place: float) -> QRectF:
        """Room for a word over `place`, kept inside the bar."""
        left = min(max(place * self.width() - _WORD_WIDTH / 2, 0.0), self.width() - _WORD_WIDTH)
        return QRectF(left, 0.0, _WORD_WIDTH, 16.0)

    def _fill(self, painter: QPainter, start: float, end: float, name: str, opacity: float = 1.0) -> None:
        color = QColor(self._theme.color(name))
        color.setAlphaF(opacity)
        left, right = sorted((start * self.width(), end * self.width()))
        painter.fillRect(QRectF(left, _TRACK_TOP, right - left, _TRACK), color)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(340, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002  # Qt's name and signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("track"))
        painter.drawRoundedRect(QRectF(0.0, _TRACK_TOP, float(self.width()), _TRACK), 3.0, 3.0)
        if self._marks is not None:
            self._draw_range(painter, self._marks)
            self._draw_marks(painter, self._marks)
        self._draw_words(painter, self._marks)
        painter.end()


def _labels(view: OpenView) -> tuple[str, str]:
    """MAE and MFE as written under the bar: money where it is known, else points."""
    figures, contract = view.excursion, view.contract
    if contract is None:
        return f"MAE {formats.points(figures.mae_points, None)}", f"MFE {formats.points(figures.mfe_points, None)}"
    currency = contract.currency
    return (
        f"MAE {formats.signed_money(figures.mae, currency)}",
        f"MFE {formats.signed_money(figures.mfe, currency)}",
    )


def _words(marks: HeatMarks, width: float) -> list[tuple[float, str]]:
    """The words over the bar, the entry's first; one that would touch another is left out."""
    words = [(marks.entry, "ENTRY")]
    for place, word in ((marks.stop, "STOP"), (marks.target, "TARGET")):
        if place is not None and all(abs(place - other) >= width for other, _ in words):
            words.append((place, word))
    return words


def _spoken(view: OpenView, labels: tuple[str, str]) -> str:
    tick = view.contract.tick_size if view.contract else None
    entry, last = formats.average_price(view.entry_price, tick), formats.price(view.known_price, tick)
    told = [labels[0], f"entry {entry}", f"price {last}", labels[1]]
    if view.stop is not None:
        told.insert(0, f"stop {formats.price(view.stop, tick)}")
    if view.target is not None:
        told.append(f"target {formats.price(view.target, tick)}")
    return f"Heat bar: {', '.join(told)}"
