"""The row of statistics above the trades."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.statistics import Statistics
from panels import formats
from panels.parts import Figure, frame
from panels.tone import tone_of

# Name, caption, and how wide against the others: the result says in its caption whether commission is in it.
_TILES = (
    ("trades", "Trades", 2),
    ("win_rate", "Win rate", 2),
    ("profit_factor", "Profit factor", 2),
    ("result", "", 3),
    ("average_mae", "Avg MAE", 2),
    ("average_mfe", "Avg MFE", 2),
)


class Tiles(QWidget):
    """Shows one Statistics, unknown as a dash."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = {name: Figure(f"tile_{name}", caption, "tile_value") for name, caption, _ in _TILES}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for name, _, width in _TILES:
            layout.addWidget(_tile(self._figures[name]), width)

    def render_statistics(self, statistics: Statistics) -> None:
        show = self._figures
        show["trades"].render_value(formats.count(statistics.n))
        show["win_rate"].render_value(formats.percent(statistics.win_rate, decimals=1))
        show["profit_factor"].render_value(formats.ratio(statistics.profit_factor))
        self._render_result(statistics)
        for name, value in (("average_mae", statistics.average_mae), ("average_mfe", statistics.average_mfe)):
            show[name].render_value(formats.signed_money(value, statistics.currency), tone_of(value))

    def _render_result(self, statistics: Statistics) -> None:
        is_gross = statistics.before_commission
        value = statistics.gross_pnl if is_gross else statistics.net_pnl
        self._figures["result"].render_caption("Gross P&L · before commission" if is_gross else "Net P&L")
        self._figures["result"].render_value(formats.signed_money(value, statistics.currency), tone_of(value))


def _tile(figure: Figure) -> QFrame:
    tile = frame("tile")
    inside = QVBoxLayout(tile)
    inside.setContentsMargins(12, 8, 12, 8)
    inside.addWidget(figure)
    return tile
