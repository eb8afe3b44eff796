"""What is wrong with the working orders, below the position they belong to."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from core.order_warnings import OrderWarning, Severity
from panels.parts import text_label
from panels.severity_mark import SeverityMark
from panels.theme import Theme
from panels.tone import set_look

_MOST_ROWS = 5


class OrderWarningList(QFrame):
    """One row for each warning, its severity as shape, colour and place; too many are counted, never dropped."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("order_warnings")
        self._rows = [_Row(number, theme) for number in range(_MOST_ROWS)]
        self._more = text_label("order_warnings_more", "small")
        self._shown: tuple[tuple[OrderWarning, ...], str] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for row in self._rows:
            layout.addWidget(row)
        layout.addWidget(self._more)
        self.hide()

    def render_warnings(self, warnings: Sequence[OrderWarning], symbol: str) -> None:
        """`symbol` is the one in focus: what is about another names it."""
        if (tuple(warnings), symbol) == self._shown:
            return
        self._shown = (tuple(warnings), symbol)
        severities = list(Severity)
        by_rank = sorted(warnings, key=lambda each: severities.index(each.severity), reverse=True)
        lines = [(each.severity, _line(each, symbol)) for each in by_rank]
        for row, line in zip(self._rows, lines, strict=False):
            row.render_line(*line)
        for at, row in enumerate(self._rows):
            row.setVisible(at < len(lines))
        left = [text for _, text in lines[_MOST_ROWS:]]
        self._more.setText(f"and {len(left)} more")
        self._more.setToolTip("\n".join(left))
        self._more.setVisible(bool(left))
        self.setVisible(bool(lines))


class _Row(QFrame):
    def __init__(self, number: int, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "warning_row")
        self.setObjectName(f"order_warning_row_{number}")
        self._mark = SeverityMark(theme)
        self._text: QLabel = text_label(f"order_warning_{number}", "warning_text")
        self._text.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.setSpacing(8)
        layout.addWidget(self._mark)
        layout.addWidget(self._text, 1)

    def render_line(self, severity: Severity, text: str) -> None:
        self._mark.render_severity(severity)
        self._text.setText(text)
        self._text.setAccessibleName(f"{severity}: {text}")
        set_look(self, "severity", severity)


def _line(warning: OrderWarning, symbol: str) -> str:
    return warning.text if warning.symbol in ("", symbol) else f"{warning.symbol}: {warning.text}"
