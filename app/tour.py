"""What the demo does where nobody can watch: it looks at each side of the ledger and keeps pictures."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.screenshot import save_screenshot
from app.window_run import Stage
from core.errors import LinkLost
from core.state_manager import StateManager
from core.values import Mode
from core.views import FlatView, OpenView

_PATIENCE = 30.0
_ENOUGH_TRADES = 4


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
        await _until(state, lambda: _holds_added_position(state), "a position that was added to")
        await self._keep(stage, "1-sim-position-open.png")
        state.select_mode(Mode.LIVE)
        await _until(state, lambda: _is_verified_flat(state), "the other account to be confirmed flat")
        await self._keep(stage, "2-other-account-flat.png")
        state.select_mode(Mode.SIM)
        await _until(state, lambda: _has_trades(state), "closed trades")
        await asyncio.sleep(max(0.0, ending - asyncio.get_running_loop().time()))
        await self._keep(stage, "3-trades.png")

    async def _keep(self, stage: Stage, name: str) -> None:
        path = self._directory / name
        await save_screenshot(stage.window, path)
        self.saved.append(path)


def _holds_added_position(state: StateManager) -> bool:
    focus = state.position.focus
    return isinstance(focus, OpenView) and focus.reentry_count > 0 and focus.verification.is_verified


def _is_verified_flat(state: StateManager) -> bool:
    focus = state.position.focus
    return isinstance(focus, FlatView) and focus.verification.is_verified


def _has_trades(state: StateManager) -> bool:
    return state.ledger is not None and state.ledger.trade_count >= _ENOUGH_TRADES


async def _until(state: StateManager, is_so: Callable[[], bool], what: str) -> None:
    """Waits for a change of what is shown after which `is_so` holds."""
    changed = asyncio.Event()
    wake = lambda _view: changed.set()  # noqa: E731  # kept to be disconnected
    signals = (state.position_changed, state.revision_changed)
    for signal in signals:
        signal.connect(wake)
    try:
        async with asyncio.timeout(_PATIENCE):
            while not is_so():
                changed.clear()
                await changed.wait()
    except TimeoutError:
        raise LinkLost(f"The demo waited {_PATIENCE:.0f} s in vain for {what}") from None
    finally:
        for signal in signals:
            signal.disconnect(wake)
