"""Panel 2: the position in focus, flat, or why neither can be said."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.views import FlatView, OpenView, PositionView, Verification, WaitingView
from panels import formats
from panels.lines import Line, Lines
from panels.open_position import OpenPosition
from panels.order_warning_list import OrderWarningList
from panels.parts import text_label
from panels.price_note import price_note
from panels.state_message import StateMessage
from panels.theme import Theme
from panels.tone import Tone, set_look, set_tone, tone_of
from panels.verification_mark import VerificationMark, verification_text


class PositionPanel(QFrame):
    """A projection of a PositionView: it keeps no truth and works nothing out."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("position_panel")
        self.setProperty("role", "panel")
        self._mark = VerificationMark()
        self._in_order = text_label("fills_in_order", "small")
        self._not_understood = text_label("fills_not_understood", "small")
        for label in (self._in_order, self._not_understood):
            set_tone(label, Tone.WARNING)
        self._open = OpenPosition(theme)
        self._message = StateMessage("position_message")
        self._others_title = text_label("others_title", "title", "ALSO OPEN")
        self._others = Lines("others")
        self._warnings = OrderWarningList(theme)
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_position(self, view: PositionView) -> None:
        match view.focus:
            case OpenView():
                self._open.render_open(view.focus)
            case FlatView(verification=verification):
                self._message.render_message("Flat", _flat_detail(view.selection.account, verification))
            case WaitingView():
                self._render_waiting(view.focus)
        self._open.setVisible(isinstance(view.focus, OpenView))
        self._message.setVisible(not isinstance(view.focus, OpenView))
        self._render_verification(view)
        self._render_others(view)
        symbol = view.focus.key.symbol if isinstance(view.focus, OpenView) else ""
        self._warnings.render_warnings(view.order_warnings, symbol)
        _render_count(self._in_order, view.fills_in_order, "being ordered")
        _render_count(self._not_understood, view.fills_not_understood, "not understood")

    def _render_waiting(self, waiting: WaitingView) -> None:
        if waiting.since is None:
            self._message.render_message("Waiting", waiting.text)
        else:
            self._message.render_message("Not known", f"{waiting.text} · since {formats.moment(waiting.since)}")

    def _render_verification(self, view: PositionView) -> None:
        verification = None if isinstance(view.focus, WaitingView) else view.focus.verification
        self._mark.setVisible(verification is not None)
        if verification is not None:
            self._mark.render_verification(verification)
        is_doubtful = verification is not None and verification.is_doubtful
        set_look(self, "state", "unverified" if is_doubtful else "settled")

    def _render_others(self, view: PositionView) -> None:
        self._others.render_lines([line for other in view.others for line in _other_lines(other)])
        self._others_title.setVisible(bool(view.others))

    def _lay_out(self, pad: int) -> None:
        head = QHBoxLayout()
        head.addWidget(text_label("position_title", "title", "2 · POSITION"))
        head.addStretch()
        head.addWidget(self._mark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(pad, pad - 4, pad, pad)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._in_order)
        layout.addWidget(self._not_understood)
        layout.addWidget(self._scrolling_body())
        # Outside of what scrolls: always in sight, and the figures above keep their places.
        layout.addWidget(self._warnings)

    def _scrolling_body(self) -> QScrollArea:
        """Many re-entries or open symbols scroll instead of being cut off."""
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (self._open, self._message, self._others_title, self._others):
            layout.addWidget(part)
        layout.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(body)
        return area


def _flat_detail(account: str | None, verification: Verification) -> str:
    if verification.is_verified:
        return f"The broker confirms that {account} holds nothing."
    if not verification.is_confirmable:
        return f"By its fills {account} holds nothing. This connection cannot confirm it."
    return f"As far as is known, {account} holds nothing. The broker has not confirmed it."


def _render_count(label: QLabel, count: int, what: str) -> None:
    """One line where there is something to say, none otherwise."""
    label.setText(f"1 fill {what}" if count == 1 else f"{formats.count(count)} fills {what}")
    label.setVisible(count > 0)


def _other_lines(view: OpenView) -> list[Line]:
    """What is held and its open P&L; in doubt, more lines say so."""
    tick = view.contract.tick_size if view.contract else None
    held = formats.holding(view.side, view.qty, view.key.symbol)
    at = formats.average_price(view.entry_price, tick)
    pnl = formats.signed_money(view.open_pnl, view.contract.currency if view.contract else None)
    lines = [Line(f"{held} @ {at}", pnl, right_tone=tone_of(view.open_pnl))]
    note = price_note(view)
    if note:
        lines.append(Line(note, left_tone=Tone.WARNING))
    verification = view.verification
    if not verification.is_verified:
        tone = Tone.WARNING if verification.is_doubtful else Tone.PLAIN
        lines.append(Line(verification_text(verification), left_tone=tone))
    return lines
