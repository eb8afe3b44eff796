"""The bar at the top: mode and account in view, how prices flow, whether the link is up, and the menu."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from core.feed import FeedStatus
from core.snapshots import LinkState, LinkStatus
from core.stale import StaleView
from core.views import AccountView
from panels.account_actions import AccountActions
from panels.account_picker import AccountPicker
from panels.app_menu import AppMenu, other_mode
from panels.feed_mark import FeedMark
from panels.parts import frame, text_label
from panels.stale_position import StaleBadge
from panels.theme import Theme
from panels.tone import LINK_TONES, set_tone

_LINK_WORDS = {
    LinkState.DOWN: "Not connected",
    LinkState.CONNECTING: "Connecting",
    LinkState.UP: "Connected",
    LinkState.REFUSED: "Logon refused",
}


class TopBar(QFrame):
    """Shows mode, account, feed and link; asks by signals of its own and of its `menu`.

    `selection_requested` carries the Selection.
    """

    mode_toggle_requested = Signal()
    selection_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("top_bar")
        self.setFixedHeight(theme.sizes["top_bar"])
        self._badge = QPushButton()
        self._badge.setObjectName("mode_badge")
        self._badge.clicked.connect(self._on_badge_clicked)
        self._practice = text_label("practice", "body", "PRACTICE")
        self._accounts = AccountActions(self)
        self._accounts.selection_requested.connect(self.selection_requested)
        self._picker = AccountPicker(self._accounts)
        self._stale = StaleBadge()
        self._feed = FeedMark()
        self._link_dot = frame("dot")
        self._link = text_label("link_word", "muted")
        self._menu_button = QPushButton("Menu")
        self._menu_button.setObjectName("menu_button")
        self._menu_button.setToolTip("Every action with its shortcut (F1)")
        self._menu_button.clicked.connect(self.open_menu)
        self.menu = AppMenu(self, self._accounts)
        self.menu.mode_toggle_requested.connect(self.mode_toggle_requested)
        self._stale.clicked.connect(self.menu.stale_position_requested)
        QShortcut(QKeySequence("F1"), self, self.open_menu)
        self._lay_out(theme.sizes["pad"])

    @Slot(object)
    def render_account(self, view: AccountView) -> None:
        mode = view.selection.mode
        self._badge.setText(mode)
        self._badge.setToolTip(f"Switch to {other_mode(mode)} (Ctrl+M)")
        self._badge.setAccessibleName(f"Mode {mode}")
        self._practice.setVisible(view.is_practice)
        self._accounts.render_account(view)
        self._picker.render_account(view)
        self.menu.render_mode(mode)

    @Slot(object)
    def render_stale(self, view: StaleView | None) -> None:
        self._stale.render_stale(view)
        self.menu.render_stale(view)

    @Slot(object)
    def render_link(self, link: LinkStatus) -> None:
        self._link.setText(_LINK_WORDS[link.state])
        self._link.setToolTip(link.text)
        set_tone(self._link_dot, LINK_TONES[link.state])

    @Slot(object)
    def render_feeds(self, feeds: tuple[FeedStatus, ...]) -> None:
        self._feed.render_feeds(feeds)

    @Slot()
    def open_menu(self) -> None:
        """Lists every action; the first is chosen, so that the keyboard can go on from there."""
        corner = self._menu_button.mapToGlobal(self._menu_button.rect().bottomRight())
        self.menu.popup(corner - QPoint(self.menu.sizeHint().width(), 0))
        self.menu.setActiveAction(self.menu.actions()[0])

    @Slot()
    def _on_badge_clicked(self) -> None:
        self.mode_toggle_requested.emit()

    def _lay_out(self, pad: int) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(pad, 0, pad, 0)
        layout.setSpacing(12)
        layout.addWidget(self._badge)
        layout.addWidget(self._practice, alignment=Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._picker)
        layout.addStretch()
        layout.addWidget(self._stale)
        layout.addWidget(self._feed)
        layout.addWidget(self._link_dot)
        layout.addWidget(self._link)
        layout.addWidget(self._menu_button)
