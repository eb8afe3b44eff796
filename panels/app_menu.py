"""The menu of the window: every action with its shortcut."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.stale import StaleView
from core.values import Mode
from panels.account_actions import AccountActions


class AppMenu(QMenu):
    """Asks by signals and does nothing itself; its shortcuts work in the window of `owner` while it is closed, too."""

    mode_toggle_requested = Signal()
    accounts_requested = Signal()
    reconcile_requested = Signal()
    stale_position_requested = Signal()
    quit_requested = Signal()

    def __init__(self, owner: QWidget, accounts: AccountActions) -> None:
        super().__init__(owner)
        self._owner = owner
        self.setObjectName("app_menu")
        self._toggle = self._add("Switch the mode", "Ctrl+M", self.mode_toggle_requested.emit)
        view = self.addMenu("Account in view")
        view.setObjectName("app_menu_accounts")
        accounts.fill(view)
        self._add("Accounts…", "Ctrl+Shift+A", self.accounts_requested.emit)
        self.addSeparator()
        self._add("Reconcile now", "F5", self.reconcile_requested.emit)
        self._stale = self._add("Position to verify…", "Ctrl+Shift+V", self.stale_position_requested.emit)
        self.render_stale(None)
        self.addSeparator()
        self._add("Quit", "Ctrl+Q", self.quit_requested.emit)

    def render_mode(self, mode: Mode) -> None:
        self._toggle.setText(f"Switch to {other_mode(mode)}")

    def render_stale(self, view: StaleView | None) -> None:
        """There is nothing to show while nothing is stale."""
        self._stale.setEnabled(view is not None)

    def _add(self, text: str, shortcut: str, ask: Callable[[], None]) -> QAction:
        action = self.addAction(text)
        action.setShortcut(QKeySequence(shortcut))
        action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(lambda _checked: ask())
        self._owner.addAction(action)
        return action


def other_mode(mode: Mode) -> Mode:
    """The badge goes between SIM and LIVE; UNKNOWN is reached by picking its account."""
    return Mode.LIVE if mode is Mode.SIM else Mode.SIM
