"""The button that names the account in view and opens the list of the others."""

from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QMenu, QPushButton

from core.views import AccountView
from panels.account_actions import AccountActions

_CHEVRON = 4.0


class AccountPicker(QPushButton):
    """Names the account in view; the actions in its menu ask for another."""

    def __init__(self, actions: AccountActions) -> None:
        super().__init__()
        self.setObjectName("account_picker")
        self.setToolTip("Choose the account in view (Ctrl+1 to Ctrl+9)")
        self._menu = QMenu(self)
        self._menu.setObjectName("account_menu")
        actions.fill(self._menu)
        self.clicked.connect(self._on_clicked)

    def render_account(self, view: AccountView) -> None:
        self.setText((view.selection.account or "No account").replace("&", "&&"))
        self.setEnabled(bool(view.accounts))

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
