"""The account → mode map as the trader is asked about it."""

import re
from dataclasses import dataclass

from core.snapshots import LedgerSnapshot
from core.values import Mode
from core.views import HeldView, held_view

# Sierra Chart itself names its simulation accounts so; no other name says anything about a mode.
_SIMULATION = re.compile(r"Sim[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class AccountCard:
    """One known account, its mode, and what is open in it."""

    account: str
    mode: Mode
    held: tuple[HeldView, ...]

    @property
    def proposal(self) -> Mode | None:
        """The mode to suggest where none is known; it is the trader who decides."""
        is_simulation = self.mode is Mode.UNKNOWN and _SIMULATION.fullmatch(self.account)
        return Mode.SIM if is_simulation else None


def account_cards(ledger: LedgerSnapshot | None) -> tuple[AccountCard, ...]:
    """Every account of the ledger, in its order."""
    if ledger is None:
        return ()
    return tuple(
        AccountCard(
            each.account,
            each.mode,
            tuple(held_view(one) for one in ledger.positions if one.position.key.account == each.account),
        )
        for each in ledger.accounts
    )
