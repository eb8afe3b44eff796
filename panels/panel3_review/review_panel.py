"""Panel 3: what the finished trades say."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.statistics import Statistics, summarise
from core.trade_record import TradeRecord
from panels import formats
from panels.panel3_review.tiles import Tiles
from panels.panel3_review.trades_table import TradesTable
from panels.parts import text_label
from panels.state_message import StateMessage
from panels.theme import Theme


class ReviewPanel(QFrame):
    """A projection of the trades of one mode and account, which is all it is ever given."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("review_panel")
        self.setProperty("role", "panel")
        self._note = text_label("review_note", "small")
        self._message = StateMessage("review_message", "heading")
        self._tiles = Tiles()
        self._table = TradesTable(theme)
        self._pages = QStackedWidget()
        self._figures = self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_trades(self, trades: Sequence[TradeRecord]) -> None:
        """Shows these trades and nothing of those before."""
        self._table.render_trades(trades)
        if not trades:
            self._render_message("No trades yet", "A trade appears here when its position is flat again.")
            return
        shown, *others = _main_currency_first(summarise(trades, resample=False))
        self._tiles.render_statistics(shown)
        self._note.setText(_note(shown, others))
        self._pages.setCurrentWidget(self._figures)

    @Slot(str)
    def render_waiting(self, text: str) -> None:
        """Takes every figure away and says what is being waited for."""
        self._table.render_trades(())
        self._render_message("Waiting", text)

    def _render_message(self, heading: str, detail: str) -> None:
        self._note.setText("")
        self._message.render_message(heading, detail)
        self._pages.setCurrentWidget(self._message)

    def _lay_out(self, pad: int) -> QWidget:
        head = QHBoxLayout()
        head.addWidget(text_label("review_title", "title", "3 · REVIEW"))
        head.addStretch()
        head.addWidget(self._note)
        figures = QWidget()
        inside = QVBoxLayout(figures)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addWidget(self._tiles)
        inside.addWidget(self._table, 1)
        for page in (self._message, figures):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        return figures


def _main_currency_first(groups: Sequence[Statistics]) -> list[Statistics]:
    """Trades of unknown currency have no results to summarise: they come last."""
    return sorted(groups, key=lambda group: group.n == 0)


def _note(shown: Statistics, others: Sequence[Statistics]) -> str:
    """What the tiles leave out; currencies are never summed."""
    unknown = shown.left_out + sum(group.left_out for group in others)
    parts = [f"statistics in {shown.currency} only"] if any(group.n for group in others) else []
    parts += [f"not counted: {formats.count(group.n)} in {group.currency}" for group in others if group.n]
    if unknown:
        parts.append(f"not counted: {formats.count(unknown)} of unknown result")
    return " · ".join(parts)
