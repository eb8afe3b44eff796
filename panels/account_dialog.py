"""The question which mode an account is: asked beside the window, and nothing waits for the answer."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.account_modes import AccountCard
from core.values import Mode
from panels import formats
from panels.parts import fit_height, text_label
from panels.tone import Tone, set_look, set_tone

_WIDTH = 430
_MARGIN = 28
_ANSWERS = (Mode.SIM, Mode.LIVE)


class AccountDialog(QDialog):
    """Asks about one account; answers by `mode_chosen(account, Mode)` or, left unanswered, by `put_off(account)`.

    It comes up without taking the keyboard away from where the trader types. Enter presses the button that has the
    focus: the suggested mode, else the one that leaves all as it is; never LIVE unless somebody went there.
    """

    mode_chosen = Signal(str, object)
    put_off = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        # While a tool window has the keyboard, the keys of the window it belongs to go on working.
        super().__init__(parent, Qt.WindowType.Tool)
        self.setObjectName("account_dialog")
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._window = parent
        self._is_placed = False
        self._card: AccountCard | None = None
        self._heading = text_label("account_question", "heading")
        self._stake = text_label("account_stake", "body")
        self._meaning = text_label("account_meaning", "muted")
        self._refusal = text_label("account_refusal", "body")
        set_tone(self._refusal, Tone.LOSS)
        self._waiting = text_label("accounts_waiting", "small")
        self._buttons = {mode: self._answer(mode) for mode in _ANSWERS}
        self._later = QPushButton("Later")
        self._later.setObjectName("account_later")
        self._later.clicked.connect(self.reject)
        self._lay_out()

    @property
    def account(self) -> str | None:
        """The account it asks about; None while it asks nothing."""
        return self._card.account if self._card is not None and not self.isHidden() else None

    def ask(self, card: AccountCard, waiting: int) -> None:
        """Asks about another account, or renders anew what is known of the same; `waiting` more come after it."""
        is_other = self.account != card.account
        self._card = card
        self._render(card, waiting)
        if is_other:
            self._refusal.hide()
            self.render_answering(is_answering=False)
            self._focus_of(card).setFocus()
            self.show()
        fit_height(self)
        self._stand_aside()

    def _stand_aside(self) -> None:
        """In the lower right at first, where it hides neither a position nor a question about one; then as moved."""
        if not self._is_placed:
            self._is_placed = True
            room = self._window.rect().adjusted(0, 0, -_MARGIN, -2 * _MARGIN).bottomRight()
            self.move(self._window.mapToGlobal(room - self.rect().bottomRight()))

    def render_answering(self, *, is_answering: bool) -> None:
        """While an answer is on its way to the disk no other can be given."""
        for mode, button in self._buttons.items():
            button.setEnabled(not is_answering and self._card is not None and self._card.mode is not mode)

    def render_refusal(self, sentence: str) -> None:
        """Why the answer was not taken; the question stands."""
        self._refusal.setText(sentence)
        self._refusal.show()
        self.render_answering(is_answering=False)
        self._later.setFocus()

    @Slot()
    def reject(self) -> None:
        """Escape, the Later button and the frame's own close button all leave the account as it is."""
        card, self._card = self._card, None
        super().reject()
        if card is not None:
            self.put_off.emit(card.account)

    def event(self, event: QEvent) -> bool:
        """It grows and shrinks at its upper edge: below it there may be no room."""
        before = self.height()
        is_handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            fit_height(self)
            self.move(self.x(), self.y() + before - self.height())
        return is_handled

    def settle(self) -> None:
        """There is nothing to ask any more."""
        self._card = None
        self.hide()

    def _render(self, card: AccountCard, waiting: int) -> None:
        is_new = card.mode is Mode.UNKNOWN
        self.setWindowTitle(f"Account {card.account}")
        known = f"{card.account} is {card.mode}. Which mode shall it be?"
        self._heading.setText(f"{card.account} is new. Which mode is it?" if is_new else known)
        self._stake.setText(_stake(card))
        self._meaning.setText(_meaning(card))
        for mode, button in self._buttons.items():
            button.setText(f"{mode} · suggested" if mode is card.proposal else str(mode))
            set_look(button, "suggested", "yes" if mode is card.proposal else "no")
        self._later.setText("Later" if is_new else "Cancel")
        self._waiting.setText(f"{waiting} more to ask about" if waiting else "")
        self._waiting.setVisible(waiting > 0)

    def _focus_of(self, card: AccountCard) -> QPushButton:
        return self._later if card.proposal is None else self._buttons[card.proposal]

    def _answer(self, mode: Mode) -> QPushButton:
        button = QPushButton()
        button.setObjectName(f"account_{mode.lower()}")
        button.setProperty("answer", str(mode))
        button.clicked.connect(lambda: self._on_chosen(mode))
        return button

    def _on_chosen(self, mode: Mode) -> None:
        if self._card is not None:
            self.mode_chosen.emit(self._card.account, mode)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(8)
        for label in (self._heading, self._stake, self._meaning, self._refusal):
            label.setWordWrap(True)
            layout.addWidget(label)
        self._refusal.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._waiting)
        buttons.addStretch()
        for button in (*self._buttons.values(), self._later):
            buttons.addWidget(button)
        layout.addSpacing(6)
        layout.addLayout(buttons)
        self.setFixedWidth(_WIDTH)


def _stake(card: AccountCard) -> str:
    if not card.held:
        return "Nothing is open in it, as far as is known."
    held = [formats.holding(each.side, each.qty, each.key.symbol) for each in card.held]
    return f"{', '.join(held)} {'is' if len(held) == 1 else 'are'} open in it."


def _meaning(card: AccountCard) -> str:
    if card.mode is not Mode.UNKNOWN:
        return "Everything that was booked for it moves along. Not while it has a position or a working order."
    if card.proposal is not None:
        return "Sierra Chart gives such names to its own simulation. Until you answer, all is recorded as UNKNOWN."
    return "The name says nothing about it. Until you answer, all is recorded as UNKNOWN."
