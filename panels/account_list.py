"""All known accounts with their modes, and a way to change them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from core.account_modes import AccountCard
from core.values import Mode
from panels import formats
from panels.parts import text_label
from panels.tone import set_look

_SIZE = (560, 320)
_HELD = 2


class AccountList(QDialog):
    """A projection of the account → mode map; asks by `change_requested(account)`."""

    change_requested = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        # While a tool window has the keyboard, the keys of the window it belongs to go on working.
        super().__init__(parent, Qt.WindowType.Tool)
        self.setObjectName("account_list")
        self.setWindowTitle("Accounts")
        self.setModal(False)
        self._rows: list[_Row] = []
        self._shown: tuple[AccountCard, ...] = ()
        self._empty = text_label("account_list_empty", "muted", "No account seen yet. They come with the first link.")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(_HELD, 1)
        self._close = QPushButton("Close")
        self._close.clicked.connect(self.reject)
        self._lay_out()

    def render_cards(self, cards: Sequence[AccountCard]) -> None:
        """Rows are kept, so that a fill does not take the focus away."""
        if tuple(cards) == self._shown:
            return
        self._shown = tuple(cards)
        while len(self._rows) < len(cards):
            self._rows.append(self._row(len(self._rows)))
        for number, row in enumerate(self._rows):
            row.render_card(cards[number] if number < len(cards) else None)
        self._empty.setVisible(not cards)

    def _row(self, number: int) -> "_Row":
        row = _Row(number)
        row.change.clicked.connect(lambda: self._on_change_clicked(number))
        for column, part in enumerate(row.parts):
            self._grid.addWidget(part, number, column)
        return row

    def _on_change_clicked(self, number: int) -> None:
        self.change_requested.emit(self._shown[number].account)

    def _lay_out(self) -> None:
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._empty)
        inside.addLayout(self._grid)
        inside.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addWidget(text_label("account_list_heading", "heading", "Accounts"))
        layout.addWidget(text_label("account_list_meaning", "muted", "An account has the mode that you gave it."))
        layout.addWidget(area, 1)
        layout.addWidget(self._close, alignment=Qt.AlignmentFlag.AlignRight)
        self.resize(*_SIZE)


class _Row:
    """The parts of one line of the list."""

    def __init__(self, number: int) -> None:
        self._name = text_label(f"account_row_{number}", "body")
        self._mode = text_label(f"account_row_{number}_mode", "mode")
        self._held = text_label(f"account_row_{number}_held", "muted")
        self.change = QPushButton("Change…")
        self.change.setObjectName(f"account_row_{number}_change")
        self.parts: tuple[QLabel | QPushButton, ...] = (self._name, self._mode, self._held, self.change)

    def render_card(self, card: AccountCard | None) -> None:
        for part in self.parts:
            part.setVisible(card is not None)
        if card is None:
            return
        self._name.setText(card.account)
        self._mode.setText(card.mode)
        set_look(self._mode, "mode", card.mode)
        held = ", ".join(formats.holding(each.side, each.qty, each.key.symbol) for each in card.held)
        self._held.setText(held or "nothing open")
        self.change.setText("Answer…" if card.mode is Mode.UNKNOWN else "Change…")
        self.change.setAccessibleName(f"Change the mode of {card.account}")
