"""One action for each account, the same in every menu: it asks for that account to be looked at."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.views import AccountView, Selection

_MOST_SHORTCUTS = 9


class AccountActions(QObject):
    """Asks by `selection_requested(Selection)`; the first nine accounts have Ctrl+1 to Ctrl+9.

    The shortcuts work in the window that `owner` is in, whether a menu is open or not.
    """

    selection_requested = Signal(object)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._menus: list[QMenu] = []
        self._actions: list[QAction] = []
        self._listed: tuple[Selection, tuple[Selection, ...]] | None = None

    def fill(self, menu: QMenu) -> None:
        """Shows the actions in `menu`, now and whenever there are others."""
        self._menus.append(menu)
        menu.addActions(self._actions)

    def render_account(self, view: AccountView) -> None:
        if (view.selection, view.accounts) == self._listed:
            return
        self._listed = (view.selection, view.accounts)
        for action in self._actions:
            self._owner.removeAction(action)
            action.deleteLater()
        self._actions = [self._action(number, each, view) for number, each in enumerate(view.accounts, start=1)]
        self._owner.addActions(self._actions)
        for menu in self._menus:
            menu.clear()
            menu.addActions(self._actions)

    def _action(self, number: int, selection: Selection, view: AccountView) -> QAction:
        action = QAction(f"{selection.mode} · {selection.account}".replace("&", "&&"), self)
        action.setCheckable(True)
        action.setChecked(selection == view.selection)
        action.setData(selection)
        if number <= _MOST_SHORTCUTS:
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(self._on_triggered)
        return action

    @Slot()
    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            # Qt has ticked it already; what is in view changes only by a render.
            selection = action.data()
            action.setChecked(self._listed is not None and selection == self._listed[0])
            self.selection_requested.emit(selection)
