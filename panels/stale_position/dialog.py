"""The dialog about one stale position: what is known, what the broker said, and what the trader may answer."""

from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from core.commands import AskAgain, KeepPosition, StaleAnswer
from core.stale import StalePosition, StaleView
from core.values import Mode, PositionKey
from panels.mode_frame import ModeFrame
from panels.parts import fit_height, frame, text_label
from panels.stale_position import words
from panels.stale_position.choices import Choices
from panels.stale_position.closed_form import ClosedForm
from panels.stale_position.different_form import DifferentForm
from panels.stale_position.facts import StaleFacts
from panels.theme import Theme
from panels.tone import Tone, set_tone

_WIDTH = 640
_MARGIN = 40
_SETTLING_MS = 400  # a second click meant for one position must not answer for the next

_Matter = tuple[PositionKey, int]


class StaleDialog(QDialog):
    """A projection of a StaleView that stands beside the window and blocks nothing.

    It answers by `answered(StaleAnswer)` and asks for prices by `recorded_price_wanted(StalePosition, datetime)`. What
    the trader types stays while the same matter, the same position at the same revision, is rendered anew. Put away
    with Escape, it comes back by itself only for another matter.
    """

    answered = Signal(object)
    recorded_price_wanted = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        # While a tool window has the keyboard, the keys of the window it belongs to go on working.
        super().__init__(parent, Qt.WindowType.Tool)
        self._window = parent
        self.setObjectName("stale_dialog")
        self.setWindowTitle("Position to verify · Heatline")
        self._theme = theme
        self._styled_for: Mode | None = None
        self._view: StaleView | None = None
        self._put_away: _Matter | None = None
        self._has_refused = False
        self._is_placed = False
        self._since_new = QElapsedTimer()
        self._frame = ModeFrame(theme)
        self._frame.setObjectName("stale_frame")
        self._mode = text_label("stale_mode", "mode_word")
        self._practice = text_label("practice", "body", "PRACTICE")
        self._place = text_label("stale_place", "muted")
        self._headline = text_label("stale_headline", "sentence")
        self._headline.setWordWrap(True)
        self._facts = StaleFacts()
        self._choices = Choices()
        self._closed = ClosedForm()
        self._different = DifferentForm()
        self._message = text_label("stale_message", "body")
        self._message.setWordWrap(True)
        self._connect()
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_stale(self, view: StaleView | None) -> None:
        """Shows the matter, or closes itself where there is none."""
        before, self._view = self._view, view
        if view is None:
            self._say("")
            self.hide()
            return
        is_new = before is None or _matter(before) != _matter(view)
        self._render_head(view)
        self._facts.render_stale(view)
        self._choices.render_link(is_up=view.is_link_up)
        for form in (self._closed, self._different):
            form.setEnabled(view.is_link_up)
            if is_new:
                form.begin(view)
            else:
                form.keep_up(view)
        if is_new:
            self._begin(before, view)
        elif before is not None and before.stale.asked_at != view.stale.asked_at:
            self._say("The broker was asked again, and this is what he said.")

    @Slot(object, object, object)
    def render_recorded_price(self, stale: StalePosition, at: datetime, price: Decimal | None) -> None:
        """What was recorded at `at`; an answer for a matter that is settled by now is dropped."""
        if self._view is not None and self._view.stale == stale:
            self._closed.render_recorded_price(at, price)

    def render_answering(self) -> None:
        """An answer is on its way to the ledger."""
        self._say("Being recorded …")

    def render_answered(self, answer: StaleAnswer) -> None:
        """The ledger took the answer; what follows from it comes by a render."""
        if self._view is not None and (answer.key, answer.revision) == _matter(self._view):
            self._say("Asking the broker again …" if isinstance(answer, AskAgain) else "Recorded.")

    def render_refusal(self, text: str) -> None:
        """Why an answer was not taken."""
        self._say(text, Tone.LOSS)

    @Slot()
    def reopen(self) -> None:
        """Brings it back to where the trader sees it."""
        if self._view is None:
            return
        self._put_away = None
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
        self.show()
        self.raise_()
        self.activateWindow()

    def _begin(self, before: StaleView | None, view: StaleView) -> None:
        """A new matter: the old one's fields are gone, and so is the keyboard's place in them."""
        self._choices.open_none()
        self._since_new.restart()
        # Why an answer about this very position was refused is still worth reading beside its new facts.
        if before is None or before.stale.key != view.stale.key or not self._has_refused:
            self._say("")
        if _matter(view) == self._put_away:
            return
        if not self.isVisible():
            self._since_new.invalidate()
            # It must not take the keyboard away from another program, least of all one that trades.
            is_ours = self._window.isActiveWindow()
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, not is_ours)
            self._place_beside_position()
            self.show()
        self._choices.focus_harmless()

    def _place_beside_position(self) -> None:
        """To the right, where it hides no figure of the position; once, then where the trader left it."""
        if not self._is_placed:
            self._is_placed = True
            fit_height(self)
            corner = self._window.rect().topRight()
            self.move(self._window.mapToGlobal(corner + QPoint(-self.width() - _MARGIN, 4 * _MARGIN)))

    def _render_head(self, view: StaleView) -> None:
        mode = view.stale.key.mode
        if mode is not self._styled_for:
            self._styled_for = mode
            self.setStyleSheet(self._theme.style_sheet(mode))
        self._frame.render_mode(mode, is_practice=view.is_practice)
        self._mode.setText(mode)
        self._practice.setVisible(view.is_practice)
        self._place.setText(f"1 of {1 + view.waiting}")
        self._place.setVisible(view.waiting > 0)
        self._headline.setText(words.headline(view))
        self.setAccessibleDescription(self._headline.text())

    def _connect(self) -> None:
        self._choices.keep_chosen.connect(self._on_keep_chosen)
        self._choices.ask_again_chosen.connect(self._on_ask_again_chosen)
        self._choices.form_opened.connect(self._on_form_opened)
        self._closed.answered.connect(self._answer)
        self._different.answered.connect(self._answer)
        self._closed.recorded_price_wanted.connect(self._on_recorded_price_wanted)
        self.rejected.connect(self._on_put_away)

    @Slot()
    def _on_keep_chosen(self) -> None:
        if self._view is not None:
            self._answer(KeepPosition(*_matter(self._view)))

    @Slot()
    def _on_ask_again_chosen(self) -> None:
        if self._view is not None:
            self._answer(AskAgain(*_matter(self._view)))

    @Slot(object)
    def _answer(self, answer: StaleAnswer) -> None:
        if not self._since_new.isValid() or self._since_new.hasExpired(_SETTLING_MS):
            self.answered.emit(answer)

    @Slot(object)
    def _on_form_opened(self, name: str | None) -> None:
        forms: dict[str, ClosedForm | DifferentForm] = {"closed": self._closed, "different": self._different}
        for each, form in forms.items():
            form.setVisible(each == name)
        if name is not None:
            forms[name].open()

    @Slot(object)
    def _on_recorded_price_wanted(self, at: datetime) -> None:
        if self._view is not None:
            self.recorded_price_wanted.emit(self._view.stale, at)

    @Slot()
    def _on_put_away(self) -> None:
        self._put_away = None if self._view is None else _matter(self._view)

    def _say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self._has_refused = tone is Tone.LOSS
        self._message.setText(text)
        set_tone(self._message, tone)
        self._message.setVisible(bool(text))

    def _lay_out(self, pad: int) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        for part in (self._mode, self._practice, text_label("stale_title", "title", "POSITION TO VERIFY")):
            head.addWidget(part)
        head.addStretch()
        head.addWidget(self._place)
        body = QVBoxLayout()
        body.setContentsMargins(pad, pad, pad, pad)
        body.setSpacing(12)
        body.addLayout(head)
        hint = text_label(
            "stale_hint", "small", "No order is sent. Esc puts this away; the mark at the top brings it back."
        )
        forms = (self._choices, self._closed, self._different)
        rows: tuple[QWidget, ...] = (self._headline, self._facts, frame("rule"), *forms, self._message, hint)
        for row in rows:
            body.addWidget(row)
        self._frame.content.addLayout(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self.setFixedWidth(_WIDTH)
        self._closed.hide()
        self._different.hide()
        self._message.hide()

    def event(self, event: QEvent) -> bool:
        """Whatever comes and goes in it, it is as high as that needs."""
        is_handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            fit_height(self)
        return is_handled

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        super().showEvent(event)
        self._choices.focus_harmless()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Enter presses the button that has the keyboard, and no other: there is no button by default."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focus = self.focusWidget()
        if isinstance(focus, QAbstractButton) and not event.isAutoRepeat():
            focus.click()


def _matter(view: StaleView) -> _Matter:
    return view.stale.key, view.stale.revision
