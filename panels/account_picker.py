"""The button that names the account in view and opens the list of the others."""

from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QMenu, QPushButton

from core.views import AccountView, Selection

_CHEVRON = 4.0


class AccountPicker(QPushButton):
    """Asks for another account by `selection_requested(Selection)`; what is in view changes only by a render."""

    selection_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("account_picker")
        self.setToolTip("Choose the account in view")
        self._menu = QMenu(self)
        self._menu.setObjectName("account_menu")
        self._menu.triggered.connect(self._on_chosen)
        self._listed: tuple[Selection, tuple[Selection, ...]] | None = None
        self.clicked.connect(self._on_clicked)

    def render_account(self, view: AccountView) -> None:
        self.setText(view.selection.account or "No account")
        self.setEnabled(bool(view.accounts))
        if (view.selection, view.accounts) != self._listed:
            self._listed = (view.selection, view.accounts)
            self._list_accounts(view)

    def _list_accounts(self, view: AccountView) -> None:
        self._menu.clear()
        for selection in view.accounts:
            action = self._menu.addAction(f"{selection.mode} · {selection.account}")
            action.setCheckable(True)
            action.setChecked(selection == view.selection)
            action.setData(selection)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.selection_requested.emit(action.data())

    @Slot()
    def _on_clicked(self) -> None:
        # popup() returns at once; exec() would nest an event loop.
        self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        tip = QPointF(self.width() - 15.0, self.height() / 2 + _CHEVRON / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline([tip + QPointF(-_CHEVRON, -_CHEVRON), tip, tip + QPointF(_CHEVRON, -_CHEVRON)])
        painter.end()
