"""The trades as rows and columns, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.trade_record import TradeRecord
from panels import formats
from panels.theme import Theme
from panels.tone import Tone, tone_of, tone_of_side

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _plain(_trade: TradeRecord) -> Tone:
    return Tone.PLAIN


def _nothing(_trade: TradeRecord) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[TradeRecord], str]
    tone: Callable[[TradeRecord], Tone] = _plain
    alignment: Qt.AlignmentFlag = _RIGHT
    tip: Callable[[TradeRecord], str | None] = _nothing


def _money(value: Decimal | None, trade: TradeRecord) -> str:
    return formats.signed_money(value, trade.currency)


def _side(trade: TradeRecord) -> str:
    return f"{trade.side} {formats.quantity(trade.qty)}"


def _excursion(value: Decimal | None, trade: TradeRecord) -> str:
    """MAE or MFE, marked while the record of prices lacks something of the trade."""
    is_provisional = trade.excursion_final is False and value is not None
    return f"~{_money(value, trade)}" if is_provisional else _money(value, trade)


def _coverage(trade: TradeRecord) -> str | None:
    """How far MAE and MFE can be trusted; None while nobody has looked into the record."""
    if trade.coverage is None:
        return None
    source = f" ({trade.coverage_source})" if trade.coverage_source else ""
    covered = f"{formats.percent(trade.coverage, 1)} of its time is on record{source}"
    clock = "; the account's clock is doubtful" if trade.clock_doubtful else ""
    return f"{covered}{clock}" if trade.excursion_final else f"So far: {covered}{clock}"


COLUMNS = (
    _Column("Entry", lambda trade: formats.date_and_time(trade.entry_time), alignment=_LEFT),
    _Column("Symbol", lambda trade: trade.symbol, alignment=_LEFT),
    _Column("Side", _side, lambda trade: tone_of_side(trade.side), _LEFT),
    _Column("Entry price", lambda trade: formats.average_price(trade.entry_price, trade.tick_size)),
    _Column("Exit price", lambda trade: formats.average_price(trade.exit_price, trade.tick_size)),
    _Column("P&L", lambda trade: _money(trade.realized_pnl, trade), lambda trade: tone_of(trade.realized_pnl)),
    _Column("MAE", lambda trade: _excursion(trade.mae, trade), lambda trade: tone_of(trade.mae), tip=_coverage),
    _Column("MFE", lambda trade: _excursion(trade.mfe, trade), lambda trade: tone_of(trade.mfe), tip=_coverage),
    _Column("Held", lambda trade: formats.time_between(trade.entry_time, trade.exit_time)),
)
SIDE_COLUMN = next(index for index, column in enumerate(COLUMNS) if column.title == "Side")
# How many re-entries a trade had, for the delegate that writes them small beside the side.
REENTRIES_ROLE = Qt.ItemDataRole.UserRole + 1


class TradesModel(QAbstractTableModel):
    """Formats only the cells that are looked at, so that any number of trades costs the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._trades: Sequence[TradeRecord] = ()
        self._colors = {Tone.GAIN: theme.color("gain"), Tone.LOSS: theme.color("loss")}

    def render_trades(self, trades: Sequence[TradeRecord]) -> None:
        self.beginResetModel()
        self._trades = sorted(trades, key=lambda trade: (trade.entry_time, trade.id), reverse=True)
        self.endResetModel()

    def _cell(self, trade: TradeRecord, column: _Column, role: int) -> str | QColor | int | None:
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(trade)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colors.get(column.tone(trade))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment.value
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(trade)
        return trade.reentry_count if role == REENTRIES_ROLE else None

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802  # Qt's name
        return 0 if parent.isValid() else len(self._trades)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802  # Qt's name
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  # Qt's variant
        return self._cell(self._trades[index.row()], COLUMNS[index.column()], role) if index.isValid() else None

    def headerData(  # noqa: N802  # Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401  # Qt's variant
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return COLUMNS[section].alignment.value if role == Qt.ItemDataRole.TextAlignmentRole else None
