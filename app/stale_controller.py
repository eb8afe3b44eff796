"""Carries the trader's answer about a stale position to the ledger, and recorded prices to the question."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, Slot

from app.main_window import MainWindow
from core.commands import StaleAnswer
from core.errors import HeatlineError
from core.snapshots import LedgerSnapshot, Notice
from core.stale import StalePosition
from core.state_manager import StateManager

Submit = Callable[[StaleAnswer], Future[LedgerSnapshot | None]]
RecordedPrice = Callable[[StalePosition, datetime], Decimal | None]


class StaleController(QObject):
    """One answer at a time: a second one is not taken while the first is on its way. GUI thread only.

    `recorded_price(stale, at)` is called on the executor and may read files; None where nothing is recorded.
    """

    def __init__(
        self,
        state: StateManager,
        window: MainWindow,
        submit: Submit,
        recorded_price: RecordedPrice,
        executor: Executor,
    ) -> None:
        super().__init__()
        self._state = state
        self._dialog = window.stale_dialog
        self._submit = submit
        self._recorded_price = recorded_price
        self._executor = executor
        self._answering: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._dialog.answered.connect(self._on_answered)
        self._dialog.recorded_price_wanted.connect(self._on_recorded_price_wanted)

    async def stop(self) -> None:
        """Lets what is under way come back; call it when the ledger has ended."""
        self._dialog.answered.disconnect(self._on_answered)
        self._dialog.recorded_price_wanted.disconnect(self._on_recorded_price_wanted)
        self._dialog.hide()
        await asyncio.gather(*self._tasks)

    @Slot(object)
    def _on_answered(self, answer: StaleAnswer) -> None:
        if self._answering is None or self._answering.done():
            self._dialog.render_answering()
            self._answering = self._begin(self._give(answer))

    @Slot(object, object)
    def _on_recorded_price_wanted(self, stale: StalePosition, at: datetime) -> None:
        self._begin(self._look_up(stale, at))

    async def _give(self, answer: StaleAnswer) -> None:
        try:
            await asyncio.wrap_future(self._submit(answer))
        except HeatlineError as error:
            self._refuse(answer, str(error))
        else:
            self._dialog.render_answered(answer)

    def _refuse(self, answer: StaleAnswer, sentence: str) -> None:
        """The question may have moved on or closed itself: where notices go the sentence is not lost."""
        view = self._state.stale_position
        self._dialog.render_stale(view)
        if view is not None and view.stale.key == answer.key:
            self._dialog.render_refusal(sentence)
        self._state.publish(Notice(f"{answer.key}: {sentence}"))

    async def _look_up(self, stale: StalePosition, at: datetime) -> None:
        loop = asyncio.get_running_loop()
        try:
            price = await loop.run_in_executor(self._executor, self._recorded_price, stale, at)
        except HeatlineError as error:
            price = None
            self._state.publish(Notice(str(error)))
        self._dialog.render_recorded_price(stale, at, price)

    def _begin(self, work: Coroutine[object, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
