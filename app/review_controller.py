"""Reads the trades that Panel3 shows, off the GUI thread; the newest request wins."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from PySide6.QtCore import QObject, Slot

from core.errors import HeatlineError
from core.state_manager import StateManager
from core.trade_filter import TradeFilter
from core.trade_record import TradeRecord
from core.views import Selection
from data.journal import Journal
from panels.panel3_review import ReviewPanel


class ReviewController(QObject):
    """Brings the review panel up to date whenever the trades of the selection are out of date. GUI thread only."""

    def __init__(
        self, state: StateManager, review: ReviewPanel, executor: Executor, open_journal: Callable[[], Journal]
    ) -> None:
        super().__init__()
        self._state = state
        self._review = review
        self._executor = executor
        self._open_journal = open_journal
        self._journal: Journal | None = None
        self._wanted: Selection | None = None
        self._is_stale = False
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._state.trades_changed.connect(self._on_trades_changed)

    async def stop(self) -> None:
        """Lets the reading under way end; none follows."""
        self._state.trades_changed.disconnect(self._on_trades_changed)
        self._is_stale = False
        if self._reading is not None:
            await self._reading

    @Slot(object)
    def _on_trades_changed(self, selection: Selection) -> None:
        self._wanted = selection
        self._is_stale = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_until_fresh())

    async def _read_until_fresh(self) -> None:
        loop = asyncio.get_running_loop()
        while self._is_stale and self._wanted is not None:
            self._is_stale = False
            selection = self._wanted
            try:
                trades = await loop.run_in_executor(self._executor, self._read, selection)
            except HeatlineError as error:
                if selection == self._state.selection:
                    self._review.render_waiting(f"The trades cannot be read now: {error}")
                continue
            if selection == self._state.selection:
                self._review.render_trades(trades)

    def _read(self, selection: Selection) -> list[TradeRecord]:
        """Runs on the journal worker."""
        if selection.account is None:
            return []
        if self._journal is None:
            self._journal = self._open_journal()
        return self._journal.trades(TradeFilter(mode=selection.mode, account=selection.account))
