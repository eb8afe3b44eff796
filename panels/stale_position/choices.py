"""The four answers to a stale position."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from panels.parts import text_label

_NO_LINK = "Closed and Different need the link: without it the broker cannot be asked first."


class Choices(QWidget):
    """Says which answer was chosen; "closed" and "different" open a form first: `form_opened(name)`, None for none.

    None of the buttons is Qt's default: Enter does what has the keyboard.
    """

    keep_chosen = Signal()
    ask_again_chosen = Signal()
    form_opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._keep = _button("stale_keep", "&Still open", "It stays as booked, unverified, until the broker says more")
        self._closed = _button("stale_closed", "&Closed …", "It was closed: say when and at which price")
        self._different = _button("stale_different", "&Different …", "Something else is held: say what")
        self._ask_again = _button("stale_ask_again", "&Ask again", "Ask the broker once more")
        self._no_link = text_label("stale_no_link", "small", _NO_LINK)
        self._forms = {"closed": self._closed, "different": self._different}
        for button in self._forms.values():
            button.setCheckable(True)
        self._keep.clicked.connect(self.keep_chosen)
        self._ask_again.clicked.connect(self.ask_again_chosen)
        self._closed.clicked.connect(self._on_closed_clicked)
        self._different.clicked.connect(self._on_different_clicked)
        self._lay_out()

    def render_link(self, *, is_up: bool) -> None:
        for button in self._forms.values():
            button.setEnabled(is_up)
        self._no_link.setVisible(not is_up)

    def open_none(self) -> None:
        for button in self._forms.values():
            button.setChecked(False)
        self.form_opened.emit(None)

    def focus_harmless(self) -> None:
        """The keyboard begins where Enter changes nothing."""
        self._ask_again.setFocus()

    @Slot()
    def _on_closed_clicked(self) -> None:
        self._open("closed")

    @Slot()
    def _on_different_clicked(self) -> None:
        self._open("different")

    def _open(self, name: str) -> None:
        """One form at a time; a second click puts it away again."""
        for other, button in self._forms.items():
            if other != name:
                button.setChecked(False)
        self.form_opened.emit(name if self._forms[name].isChecked() else None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self._keep, self._closed, self._different, self._ask_again):
            row.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self._no_link)


def _button(name: str, text: str, what: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(what)
    button.setAccessibleName(text.replace("&", "").rstrip(" …"))
    button.setAccessibleDescription(what)
    button.setAutoDefault(False)
    return button
