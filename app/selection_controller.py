"""Turns the trader's wish to look at another side of the ledger into a selection; or follows where he trades."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from app.main_window import MainWindow
from core.following import Following, fills_told
from core.snapshots import FillTold, LedgerSnapshot, Notice
from core.state_manager import StateManager
from core.values import Mode
from core.views import Selection, held_view
from panels import formats
from panels.app_menu import other_mode
from panels.hidden_positions import held_where

Clock = Callable[[], float]


class SelectionController(QObject):
    """Switches the view between modes and accounts; what is recorded stays as it is.

    With `follows_account` the view goes where Sierra trades, by `seconds`, a clock that never goes back. Otherwise a
    fill that is not in view is only told.
    """

    def __init__(
        self, state: StateManager, window: MainWindow, *, follows_account: bool = False, seconds: Clock = time.monotonic
    ) -> None:
        super().__init__()
        self._state = state
        self._follows = follows_account
        self._seconds = seconds
        self._following = Following()
        self._before = state.ledger
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.follow)
        window.mode_toggle_requested.connect(self._on_mode_toggle_requested)
        window.selection_requested.connect(self._on_selection_requested)
        state.revision_changed.connect(self._on_revision_changed)

    @Slot()
    def follow(self) -> None:
        """Goes where the newest fill was, once it is time to."""
        due, account = self._following.due, self._following.account
        if due is None:
            return
        if self._seconds() < due:
            self._wait_until(due)
            return
        self._following = Following(held_until=self._following.held_until)
        mode = self._modes().get(account or "")
        if mode is not None and account != self._state.selection.account:
            self._state.select(Selection(mode, account))
            self._state.publish(Notice(f"Now looking at {mode} {account}, where Sierra trades"))

    @Slot()
    def _on_mode_toggle_requested(self) -> None:
        self._following = self._following.after_choice(self._seconds())
        self._state.select_mode(other_mode(self._state.selection.mode))

    @Slot(object)
    def _on_selection_requested(self, selection: Selection) -> None:
        self._following = self._following.after_choice(self._seconds())
        self._state.select(selection)

    @Slot(object)
    def _on_revision_changed(self, ledger: LedgerSnapshot) -> None:
        before, self._before = self._before, ledger
        for account, told in fills_told(before, ledger):
            if self._follows:
                self._following = self._following.after_fill(account, self._seconds())
            elif account != self._state.selection.account:
                self._state.publish(Notice(_sentence(ledger, account, told)))
        if self._following.due is not None:
            self._wait_until(self._following.due)

    def _wait_until(self, due: float) -> None:
        self._timer.start(max(0, round((due - self._seconds()) * 1000)) + 1)

    def _modes(self) -> dict[str, Mode]:
        ledger = self._state.ledger
        return {} if ledger is None else {each.account: each.mode for each in ledger.accounts}


def _sentence(ledger: LedgerSnapshot, account: str, told: FillTold) -> str:
    """What the fill left open: `LIVE PA-1: LONG 1 MESZ26 @ 5 050.25`."""
    mode, waiting = next((each.mode, each.fills_in_order) for each in ledger.accounts if each.account == account)
    if waiting:
        return f"{mode} {account}: a fill in {told.symbol}, being ordered"
    for snapshot in ledger.positions:
        key = snapshot.position.key
        if (key.account, key.symbol) == (account, told.symbol):
            held = held_view(snapshot)
            return f"{held_where(held)} @ {formats.average_price(held.entry_price, held.tick_size)}"
    return f"{mode} {account}: flat in {told.symbol}"
