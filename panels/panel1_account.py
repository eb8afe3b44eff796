"""Panel 1: the account in view, its balance, and what is open where one does not look."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from core.values import Mode
from core.views import AccountView
from panels import formats
from panels.hidden_positions import HiddenPositions
from panels.parts import text_label
from panels.theme import Theme
from panels.tone import Tone, set_tone


class AccountPanel(QFrame):
    """A projection of an AccountView."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("account_panel")
        self.setProperty("role", "panel")
        self._name = text_label("account_name", "title")
        set_tone(self._name, Tone.ACCENT)
        self._balance = text_label("account_balance", "big")
        self._as_of = text_label("account_balance_at", "small")
        self._hidden = HiddenPositions()
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_account(self, view: AccountView) -> None:
        account = view.selection.account
        self._name.setText(view.selection.mode if account is None else f"{view.selection.mode} · {account}")
        self._balance.setText(formats.money(view.cash_balance, view.currency))
        self._as_of.setText(_balance_detail(view))
        self._hidden.render_hidden(view.hidden)

    def _lay_out(self, pad: int) -> None:
        head = QHBoxLayout()
        head.addWidget(text_label("account_title", "title", "1 · ACCOUNT"))
        head.addStretch()
        head.addWidget(self._name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(pad, pad, pad, pad)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._balance)
        layout.addWidget(self._as_of)
        layout.addWidget(self._hidden)


def _balance_detail(view: AccountView) -> str:
    if view.selection.account is None:
        return f"No {view.selection.mode} account seen yet"
    known = "balance unknown" if view.cash_balance is None else "cash balance"
    if view.cash_balance is not None and view.balance_at is not None:
        known = f"cash balance at {formats.moment(view.balance_at)}"
    return f"{known} · mode not confirmed" if view.selection.mode is Mode.UNKNOWN else known
