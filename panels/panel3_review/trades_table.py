"""The table of finished trades."""

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from core.trade_record import TradeRecord
from panels.panel3_review.side_delegate import SideDelegate
from panels.panel3_review.trades_model import SIDE_COLUMN, TradesModel
from panels.theme import Theme

_ENTRY_COLUMN = 0
_ENTRY_WIDTH = 158
_LEAST_WIDTH = 98  # five digits of money with its padding: a figure cut short would be a wrong one


class TradesTable(QTableView):
    """Rows of one height and columns of one width, so that no trade is measured before it is looked at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("trades_table")
        self._trades = TradesModel(theme)
        self._side = SideDelegate(theme)
        self.setModel(self._trades)
        self.setItemDelegateForColumn(SIDE_COLUMN, self._side)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self._fix_sizes(theme.sizes["table_row"])

    def render_trades(self, trades: Sequence[TradeRecord]) -> None:
        self._trades.render_trades(trades)

    def _fix_sizes(self, row_height: int) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(row_height)
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(_LEAST_WIDTH)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(_ENTRY_COLUMN, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(_ENTRY_COLUMN, _ENTRY_WIDTH)
        columns.setHighlightSections(False)
