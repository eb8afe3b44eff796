"""Questions that the ledger has for the broker: put after COMMIT, one at a time for each account."""

from collections.abc import Callable
from datetime import datetime

from core.asking import Asking
from core.facts import Fact, LinkDown, LinkUp, PositionsListed, PositionsUnavailable
from data.ledger_state import LedgerState


class Questions:
    """Puts to `ask` the account whose positions have to be asked for again. Ledger thread only."""

    def __init__(self, ask: Callable[[str], None]) -> None:
        self._ask = ask
        self._accounts: dict[str, Asking] = {}

    def hear(self, fact: Fact, now: datetime) -> None:
        """Notes what was answered; with its link a question ends, too."""
        match fact:
            case PositionsListed() | PositionsUnavailable():
                self._accounts[fact.account] = self._asking(fact.account).heard(now)
            case LinkUp() | LinkDown():
                self._accounts.clear()

    def put(self, state: LedgerState, now: datetime) -> None:
        """Asks what `state`, as committed, wants to know and may be asked by now."""
        if not state.is_link_up:
            return
        for name, account in state.accounts.items():
            is_wanted = account.inquiry.wants_answer and account.ordering_since is None and state.is_confirmable(name)
            if is_wanted and self._asking(name).may_ask(now):
                self._accounts[name] = self._asking(name).asked(now)
                self._ask(name)

    def _asking(self, name: str) -> Asking:
        return self._accounts.get(name, Asking())
