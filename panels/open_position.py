"""One open position in full: side, price, open P&L, heat and figures."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.position import Leg
from core.values import EntryType
from core.views import OpenView
from panels import formats
from panels.heat_bar import HeatBar
from panels.lines import Line, Lines
from panels.parts import Figure, frame, text_label
from panels.price_note import UNCONFIRMED, price_note, price_text
from panels.theme import Theme
from panels.tone import Tone, set_look, set_tone, tone_of, tone_of_side

_COLUMNS = 3
_FIGURES = {
    "stop": "STOP",
    "target": "TARGET",
    "risk": "RISK",
    "reward_to_risk": "REWARD : RISK",
    "heat": "HEAT NOW",
    "heat_total": "HEAT TOTAL",
    "in_trade": "IN TRADE",
    "captured": "CAPTURED",
    "mfe_to_mae": "MFE : MAE",
    "mae": "MAE",
    "mfe": "MFE",
    "realised": "REALISED",
    "low": "LOW",
    "high": "HIGH",
    "reentries": "RE-ENTRIES",
}


class OpenPosition(QWidget):
    """Shows an OpenView, all of it and nothing else."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._side = text_label("position_side", "heading")
        self._symbol = text_label("position_symbol", "heading")
        self._entry = text_label("position_entry", "muted")
        self._last = text_label("position_last", "price")
        self._price_note = text_label("position_price_note", "small")
        set_tone(self._price_note, Tone.WARNING)
        self._pnl = text_label("position_open_pnl", "huge")
        self._distance = text_label("position_distance", "muted")
        self._heat = HeatBar(theme)
        self._figures = {name: Figure(f"position_{name}", caption) for name, caption in _FIGURES.items()}
        self._legs = Lines("legs")
        self._lay_out()

    def render_open(self, view: OpenView) -> None:
        self._render_head(view)
        self._render_result(view)
        self._heat.render_heat(view)
        self._render_excursion(view)
        self._render_protection(view)
        self._render_time(view)
        self._render_figures(view)
        self._legs.render_lines([_leg_line(number, leg, view) for number, leg in enumerate(view.legs)])

    def _render_head(self, view: OpenView) -> None:
        tick = view.contract.tick_size if view.contract else None
        self._side.setText(f"{view.side} {formats.quantity(view.qty)}")
        set_tone(self._side, tone_of_side(view.side))
        self._symbol.setText(view.key.symbol)
        self._entry.setText(f"@ {formats.average_price(view.entry_price, tick)}")
        self._last.setText(price_text(view))
        self._last.setToolTip("" if view.is_price_confirmed else UNCONFIRMED)
        set_look(self._last, "state", "old" if view.is_price_old else "new")
        self._price_note.setText(price_note(view))

    def _render_result(self, view: OpenView) -> None:
        self._pnl.setText(formats.signed_money(view.open_pnl, view.contract.currency if view.contract else None))
        set_tone(self._pnl, tone_of(view.open_pnl))
        if view.contract is None:
            self._distance.setText(f"{formats.points(view.open_points, None)} · point value unknown, so no money")
            return
        in_points = formats.points(view.open_points, view.contract.tick_size)
        in_risk = f" · {formats.r_multiple(view.running_r)}" if view.running_r is not None else ""
        self._distance.setText(f"{formats.ticks(view.open_ticks)} · {in_points}{in_risk}")

    def _render_excursion(self, view: OpenView) -> None:
        figures, contract = view.excursion, view.contract
        if contract is None:
            self._figures["mae"].render_value(formats.points(figures.mae_points, None), tone_of(figures.mae_points))
            self._figures["mfe"].render_value(formats.points(figures.mfe_points, None), tone_of(figures.mfe_points))
            return
        for name, value in (("mae", figures.mae), ("mfe", figures.mfe)):
            self._figures[name].render_value(formats.signed_money(value, contract.currency), tone_of(value))

    def _render_protection(self, view: OpenView) -> None:
        tick = view.contract.tick_size if view.contract else None
        self._figures["stop"].render_value(formats.price(view.stop, tick))
        self._figures["target"].render_value(formats.price(view.target, tick))
        self._figures["risk"].render_value(formats.money(view.risk, view.contract.currency if view.contract else None))
        self._figures["reward_to_risk"].render_value(formats.ratio(view.reward_to_risk))

    def _render_time(self, view: OpenView) -> None:
        heat = view.heat
        self._figures["in_trade"].render_value(formats.duration(view.seconds_in_trade))
        self._figures["heat"].render_value(formats.duration(heat.spell_seconds) if heat else formats.UNKNOWN)
        self._figures["heat_total"].render_value(formats.duration(heat.total_seconds) if heat else formats.UNKNOWN)

    def _render_figures(self, view: OpenView) -> None:
        tick = view.contract.tick_size if view.contract else None
        currency = view.contract.currency if view.contract else None
        low, high = (view.prices.low, view.prices.high) if view.prices else (None, None)
        show = self._figures
        show["captured"].render_value(formats.percent(view.captured))
        show["mfe_to_mae"].render_value(formats.ratio(view.mfe_to_mae))
        show["realised"].render_value(formats.signed_money(view.realized_pnl, currency), tone_of(view.realized_pnl))
        show["low"].render_value(formats.price(low, tick))
        show["high"].render_value(formats.price(high, tick))
        show["reentries"].render_value(str(view.reentry_count))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._head())
        layout.addLayout(self._result())
        layout.addWidget(self._distance)
        layout.addSpacing(10)
        layout.addWidget(self._heat)
        layout.addSpacing(8)
        layout.addLayout(self._grid())
        layout.addSpacing(8)
        layout.addWidget(frame("rule"))
        layout.addSpacing(4)
        layout.addWidget(self._legs)
        layout.addStretch()

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(7)
        for label in (self._side, self._symbol, self._entry):
            head.addWidget(label)
        head.addStretch()
        head.addWidget(self._last)
        return head

    def _result(self) -> QHBoxLayout:
        result = QHBoxLayout()
        result.addWidget(self._pnl)
        result.addStretch()
        result.addWidget(self._price_note, alignment=Qt.AlignmentFlag.AlignTop)
        return result

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        for index, figure in enumerate(self._figures.values()):
            grid.addWidget(figure, index // _COLUMNS, index % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        return grid


def _leg_line(number: int, leg: Leg, view: OpenView) -> Line:
    tick = view.contract.tick_size if view.contract else None
    what = "initial" if leg.entry_type is EntryType.INITIAL else f"re-entry {number}"
    sign = "+" if view.side.sign > 0 else formats.MINUS
    price = formats.average_price(leg.price, tick)
    return Line(f"{formats.moment(leg.first_at)}  {what}", f"{sign}{formats.quantity(leg.qty)} @ {price}")
