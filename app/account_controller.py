"""Asks the trader which mode an account is, and has the answer written down."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, Slot

from app.main_window import MainWindow
from core.account_modes import AccountCard, account_cards
from core.commands import ConfirmMode
from core.errors import HeatlineError
from core.snapshots import LedgerSnapshot
from core.state_manager import StateManager
from core.values import Mode
from core.views import Selection

Submit = Callable[[ConfirmMode], Future[LedgerSnapshot | None]]


class AccountController(QObject):
    """Asks about one UNKNOWN account after the other, and about any that the trader wants to change. GUI thread only.

    What was put off is not asked again in this run, unless from the list of accounts.
    """

    def __init__(self, state: StateManager, window: MainWindow, submit: Submit) -> None:
        super().__init__()
        self._state = state
        self._question = window.account_question
        self._list = window.account_list
        self._submit = submit
        self._left_alone: set[str] = set()
        self._reopened: AccountCard | None = None
        self._answers: set[asyncio.Task[None]] = set()
        self._question.mode_chosen.connect(self._on_mode_chosen)
        self._question.put_off.connect(self._on_put_off)
        self._list.change_requested.connect(self._on_change_requested)
        window.accounts_requested.connect(self._on_accounts_requested)

    def start(self) -> None:
        self._state.revision_changed.connect(self._on_revision_changed)

    async def stop(self) -> None:
        """Lets the answers under way come back; call it when the ledger has ended."""
        self._state.revision_changed.disconnect(self._on_revision_changed)
        self._question.settle()
        self._list.hide()
        await asyncio.gather(*self._answers)

    @Slot(object)
    def _on_revision_changed(self, _ledger: object) -> None:
        self._ask_next()
        if self._list.isVisible():
            self._list.render_cards(self._cards())

    @Slot(str, object)
    def _on_mode_chosen(self, account: str, mode: Mode) -> None:
        self._question.render_answering(is_answering=True)
        task = asyncio.get_running_loop().create_task(self._confirm(ConfirmMode(account, mode)))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _confirm(self, command: ConfirmMode) -> None:
        try:
            await asyncio.wrap_future(self._submit(command))
        except HeatlineError as error:
            if self._question.account == command.account:
                self._question.render_refusal(str(error))
            return
        if self._state.selection.account is None:
            self._state.select(Selection(command.mode, command.account))
        # A card that the trader picked is dropped when the snapshot with the new mode arrives, and no other.
        self._left_alone.add(command.account)
        self._ask_next()

    @Slot(str)
    def _on_put_off(self, account: str) -> None:
        self._left_alone.add(account)
        if self._reopened is not None and self._reopened.account == account:
            self._reopened = None
        self._ask_next()

    @Slot()
    def _on_accounts_requested(self) -> None:
        """A question that is open already comes to the front; it came up without the keyboard."""
        self._list.render_cards(self._cards())
        self._list.show()
        front = self._list if self._question.account is None else self._question
        front.activateWindow()

    @Slot(str)
    def _on_change_requested(self, account: str) -> None:
        card = next((each for each in self._cards() if each.account == account), None)
        if card is not None:
            self._reopened = card
            self._ask_next()
            self._question.activateWindow()

    def _ask_next(self) -> None:
        """The account the trader picked, else the first that nobody has answered yet, else none."""
        ledger = self._state.ledger
        # What another panel writes can be answered there only.
        cards = () if ledger is None or ledger.is_read_only else self._cards()
        unknown = [each for each in cards if each.mode is Mode.UNKNOWN and each.account not in self._left_alone]
        picked = [each for each in cards if self._is_reopened(each)]
        queue = [*picked, *(each for each in unknown if each not in picked)]
        if queue:
            self._question.ask(queue[0], len(queue) - 1)
        else:
            self._reopened = None
            self._question.settle()

    def _is_reopened(self, card: AccountCard) -> bool:
        """Settled elsewhere, it is asked about no more."""
        asked = self._reopened
        return asked is not None and (card.account, card.mode) == (asked.account, asked.mode)

    def _cards(self) -> tuple[AccountCard, ...]:
        return account_cards(self._state.ledger)
