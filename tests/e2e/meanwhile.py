"""What may happen at the broker while nobody looks, and what a window must then say of it."""

from dataclasses import dataclass
from typing import Any, Literal

from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from tests.control import Control
from tests.e2e.conftest import Desk
from tests.e2e.panel import Panel

SideName = Literal["BUY", "SELL"]
ACCOUNTS = (SIM_ACCOUNT, LIVE_ACCOUNT)
_OPPOSITE: dict[SideName, SideName] = {"BUY": "SELL", "SELL": "BUY"}
_HELD = 2


@dataclass(frozen=True)
class Held:
    """Two lots that were opened in `account` by `side` orders."""

    account: str
    side: SideName

    @property
    def qty(self) -> int:
        return _HELD if self.side == "BUY" else -_HELD

    def open(self, control: Control) -> None:
        control.trade(self.account, self.side, _HELD)

    def change(self, control: Control, meanwhile: str) -> int:
        """Does to it what `meanwhile` says; returns the signed quantity then held."""
        opposite = _OPPOSITE[self.side]
        orders: dict[str, tuple[SideName, int]] = {
            "closes": (opposite, _HELD),
            "adds": (self.side, 1),
            "reverses": (opposite, _HELD + 1),
        }
        if meanwhile in orders:
            control.trade(self.account, *orders[meanwhile])
        return sum(control.positions(self.account).values())


def words_for(qty: int) -> str:
    """How Panel2 names a position."""
    return "Flat" if qty == 0 else f"{'LONG' if qty > 0 else 'SHORT'} {abs(qty)}"


def look_at(panel: Panel, account: str) -> dict[str, Any]:
    """Goes to the account with the keyboard, as the trader does."""
    seen = panel.wait_for(lambda seen: seen["account"] is not None, "the accounts")
    if seen["account"] != account:
        panel.press("Ctrl+M")
    return panel.wait_for(lambda seen: seen["account"] == account, f"the view of {account}")


def assert_screen_is_ledger(desk: Desk, panel: Panel) -> dict[str, Any]:
    """Screen, state manager and tables say the same of the account in view, at one revision."""
    while True:
        seen = panel.look()
        held = desk.read("SELECT account, symbol, qty FROM openposition")[0]
        if panel.look()["revision"] == seen["revision"]:
            break
    assert {f"{row['account']} {row['symbol']}": int(row["qty"]) for row in held} == {
        name: int(qty) for name, qty in seen["open"].items()
    }
    mine = sum(int(row["qty"]) for row in held if row["account"] == seen["account"])
    assert mine == int(seen["qty"])
    assert words_for(mine) in seen["words"]
    says_doubt = any("unverified" in word or "not confirmable" in word for word in seen["words"])
    assert seen["verified"] is not says_doubt
    return seen
