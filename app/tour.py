"""What the demo does where nobody can watch: it looks at each side of the ledger and keeps pictures."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QTableView, QWidget

from app.screenshot import Screenshot, grab, settle
from app.window_run import Stage
from core.errors import LinkLost
from core.state_manager import StateManager
from core.values import Mode
from core.views import FlatView, OpenView

_PATIENCE = 30.0


class Tour:
    """Plays the demo for about `seconds`; `saved` are the pictures it took into `directory`."""

    def __init__(self, directory: Path, seconds: float) -> None:
        self._directory = directory
        self._seconds = seconds
        self.saved: list[Path] = []

    async def play(self, stage: Stage) -> None:
        """Shows an open position with re-entries, the other account flat, and the trades.

        Raises:
            LinkLost: the exchange did not trade in time, so there was nothing to show.
        """
        ending = asyncio.get_running_loop().time() + self._seconds
        state = stage.state
        await asyncio.sleep(self._seconds / 2)  # so that there are trades to look at
        await self._keep(
            stage, "1-sim-position-open.png", lambda: _holds_added_position(state), "a position that was added to"
        )
        state.select_mode(Mode.LIVE)
        await self._keep(
            stage, "2-other-account-flat.png", lambda: _is_verified_flat(state), "the other account to be verified flat"
        )
        state.select_mode(Mode.SIM)
        await asyncio.sleep(max(0.0, ending - asyncio.get_running_loop().time()))
        await self._keep(stage, "3-trades.png", lambda: _lists_trades(stage.window), "closed trades")

    async def _keep(self, stage: Stage, name: str, is_so: Callable[[], bool], what: str) -> None:
        """Keeps a picture on which it is so: what is on screen now may be gone a moment later."""
        try:
            async with asyncio.timeout(_PATIENCE):
                screenshot = await _catch(stage, is_so)
        except TimeoutError:
            raise LinkLost(f"The demo waited {_PATIENCE:.0f} s in vain for {what}") from None
        path = self._directory / name
        await screenshot.save(path)
        self.saved.append(path)


async def _catch(stage: Stage, is_so: Callable[[], bool]) -> Screenshot:
    """The window at an instant at which `is_so` holds and nothing has been booked since all was laid out."""
    state = stage.state
    while True:
        await _until(state, is_so)
        before = state.ledger
        await settle()
        if is_so() and state.ledger is before:
            return grab(stage.window)


def _holds_added_position(state: StateManager) -> bool:
    focus = state.position.focus
    return isinstance(focus, OpenView) and focus.reentry_count > 0 and focus.verification.is_verified


def _is_verified_flat(state: StateManager) -> bool:
    focus = state.position.focus
    return isinstance(focus, FlatView) and focus.verification.is_verified


def _lists_trades(window: QWidget) -> bool:
    table = window.findChild(QTableView)
    return isinstance(table, QTableView) and table.model().rowCount() > 0


async def _until(state: StateManager, is_so: Callable[[], bool]) -> None:
    """Returns at once if it is so, else after the first change of what is shown that makes it so."""
    changed = asyncio.Event()
    wake = lambda _view: changed.set()  # noqa: E731  # kept to be disconnected
    signals = (state.position_changed, state.revision_changed)
    for signal in signals:
        signal.connect(wake)
    try:
        while not is_so():
            changed.clear()
            await changed.wait()
    finally:
        for signal in signals:
            signal.disconnect(wake)
