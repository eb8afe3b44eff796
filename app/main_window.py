"""The window: the panels on their frame, fed by the state manager and by nothing else."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout

from core.snapshots import LinkStatus, StorageStatus
from core.stale import StaleView
from core.state_manager import StateManager
from core.values import Mode
from core.views import AccountView, PositionView, Selection
from panels.account_dialog import AccountDialog
from panels.account_list import AccountList
from panels.mode_frame import ModeFrame
from panels.not_saved_banner import NotSavedBanner
from panels.panel1_account import AccountPanel
from panels.panel2_position import PositionPanel
from panels.panel3_review import ReviewPanel
from panels.read_only_banner import ReadOnlyBanner
from panels.stale_position import StaleDialog
from panels.status_strip import StatusStrip
from panels.theme import load_fonts, load_theme
from panels.top_bar import TopBar

_SIZE = (1440, 900)
_LEAST_SIZE = (1240, 700)


class MainWindow(QMainWindow):
    """Shows what the state manager holds, and hands the trader's wishes on.

    `mode_toggle_requested`, `selection_requested(Selection)`, `accounts_requested` and `reconcile_requested` are
    intents; `closed` says that the window was closed, and whoever listens ends the program. `review` is given its
    trades by a controller, `account_question` and `account_list` what they ask and show.
    """

    mode_toggle_requested = Signal()
    selection_requested = Signal(object)
    accounts_requested = Signal()
    reconcile_requested = Signal()
    closed = Signal()

    def __init__(self, state: StateManager) -> None:
        super().__init__()
        self._state = state
        self._theme = load_theme()
        load_fonts(self._theme)
        self._styled_for: Mode | None = None
        self._frame = ModeFrame(self._theme)
        self._top_bar = TopBar(self._theme)
        self._banner = NotSavedBanner()
        self._read_only = ReadOnlyBanner()
        self._account = AccountPanel(self._theme)
        self._position = PositionPanel(self._theme)
        self.review = ReviewPanel(self._theme)
        self._status = StatusStrip(self._theme)
        self.account_question = AccountDialog(self)
        self.account_list = AccountList(self)
        self.stale_dialog = StaleDialog(self._theme, self)
        self._lay_out()
        self._connect_intents()
        self._connect_state()
        self._render_now()
        # No button holds the keyboard at first: Space must not switch the mode by accident.
        self._frame.setFocus()

    def _connect_intents(self) -> None:
        self._top_bar.mode_toggle_requested.connect(self.mode_toggle_requested)
        self._top_bar.selection_requested.connect(self.selection_requested)
        menu = self._top_bar.menu
        menu.accounts_requested.connect(self.accounts_requested)
        menu.reconcile_requested.connect(self.reconcile_requested)
        menu.stale_position_requested.connect(self.stale_dialog.reopen)
        menu.quit_requested.connect(self.close)

    def _connect_state(self) -> None:
        state = self._state
        state.selection_changed.connect(self._on_selection_changed)
        state.account_changed.connect(self._render_account)
        state.position_changed.connect(self._render_position)
        state.link_changed.connect(self._render_link)
        state.feed_changed.connect(self._top_bar.render_feeds)
        state.storage_changed.connect(self._render_storage)
        state.revision_changed.connect(self._on_revision_changed)
        state.stale_position_changed.connect(self._render_stale)
        state.notice_raised.connect(self._status.render_notice)

    def _render_now(self) -> None:
        """What is known already; from here on the signals tell."""
        self._render_account(self._state.account)
        self._render_position(self._state.position)
        self._render_link(self._state.link)
        self._top_bar.render_feeds(self._state.feeds)
        self._render_storage(self._state.storage)
        self._render_stale(self._state.stale_position)
        self._on_selection_changed(self._state.selection)

    @Slot(object)
    def _on_selection_changed(self, selection: Selection) -> None:
        """The other side's trades go at once; theirs come when they have been read."""
        self.review.render_waiting(f"Reading the trades of {selection.mode} {selection.account or ''}".rstrip())

    @Slot(object)
    def _render_account(self, view: AccountView) -> None:
        self._style_for(view.selection.mode)
        self._frame.render_mode(view.selection.mode, is_practice=view.is_practice)
        self._top_bar.render_account(view)
        self._account.render_account(view)
        self.setWindowTitle(_title(view))

    @Slot(object)
    def _render_position(self, view: PositionView) -> None:
        self._position.render_position(view)
        self._status.render_link(self._state.link, view)

    @Slot(object)
    def _render_link(self, link: LinkStatus) -> None:
        self._top_bar.render_link(link)
        self._status.render_link(link, self._state.position)

    @Slot(object)
    def _render_stale(self, view: StaleView | None) -> None:
        self._top_bar.render_stale(view)
        self.stale_dialog.render_stale(view)

    @Slot(object)
    def _render_storage(self, storage: StorageStatus) -> None:
        self._banner.render_storage(storage)
        self._read_only.render_storage(storage)
        self._status.render_storage(storage, self._state.ledger)

    @Slot(object)
    def _on_revision_changed(self, _ledger: object) -> None:
        self._status.render_storage(self._state.storage, self._state.ledger)

    def _style_for(self, mode: Mode) -> None:
        if mode is not self._styled_for:
            self._styled_for = mode
            self.setStyleSheet(self._theme.style_sheet(mode))

    def _lay_out(self) -> None:
        content = self._frame.content
        content.addWidget(self._top_bar)
        content.addWidget(self._banner)
        content.addWidget(self._read_only)
        content.addLayout(self._body(), 1)
        content.addWidget(self._status)
        self.setCentralWidget(self._frame)
        self.setMinimumSize(*_LEAST_SIZE)
        self.resize(*_SIZE)

    def _body(self) -> QHBoxLayout:
        gap = self._theme.sizes["gap"]
        left = QVBoxLayout()
        left.setSpacing(gap)
        left.addWidget(self._account)
        left.addWidget(self._position, 1)
        for panel in (self._account, self._position):
            panel.setFixedWidth(self._theme.sizes["left_column"])
        body = QHBoxLayout()
        body.setContentsMargins(gap, gap, gap, gap)
        body.setSpacing(gap)
        body.addLayout(left)
        body.addWidget(self.review, 1)
        return body

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        self.closed.emit()
        super().closeEvent(event)


def _title(view: AccountView) -> str:
    parts = ["PRACTICE"] if view.is_practice else []
    parts += [view.selection.mode, view.selection.account or "no account", "Heatline"]
    return " · ".join(parts)
