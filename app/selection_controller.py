"""Turns the trader's wish to look at another side of the ledger into a selection."""

from PySide6.QtCore import QObject, Slot

from app.main_window import MainWindow
from core.state_manager import StateManager
from core.values import Mode
from core.views import Selection


class SelectionController(QObject):
    """Switches the view between modes and accounts; what is recorded stays as it is."""

    def __init__(self, state: StateManager, window: MainWindow) -> None:
        super().__init__()
        self._state = state
        window.mode_toggle_requested.connect(self._on_mode_toggle_requested)
        window.selection_requested.connect(self._on_selection_requested)

    @Slot()
    def _on_mode_toggle_requested(self) -> None:
        self._state.select_mode(_next_mode(self._state.selection.mode))

    @Slot(object)
    def _on_selection_requested(self, selection: Selection) -> None:
        self._state.select(selection)


def _next_mode(mode: Mode) -> Mode:
    """The badge goes between SIM and LIVE; UNKNOWN is reached by picking its account."""
    return Mode.LIVE if mode is Mode.SIM else Mode.SIM
