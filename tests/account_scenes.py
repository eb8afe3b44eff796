"""The states of accounts and modes that are worth a picture."""

from dataclasses import replace

from core.account_modes import AccountCard, account_cards
from core.snapshots import LedgerSnapshot, PositionSnapshot
from core.values import Mode
from core.views import Selection
from tests.published import LIVE, SIM, account, fill, ledger, position_of, snapshot_of

NEW = Selection(Mode.UNKNOWN, "PA-123")
SIERRAS = Selection(Mode.UNKNOWN, "Sim2")


def of_new_account() -> LedgerSnapshot:
    held = snapshot_of(position_of(fill(2, "5050.25"), at=NEW))
    return ledger(held, accounts=(account(SIM), account(LIVE, "80000"), account(NEW, None), account(SIERRAS, None)))


def open_elsewhere(held: PositionSnapshot) -> LedgerSnapshot:
    """LIVE is flat in view; behind it SIM is open, and more than there is room for."""
    symbols = ("MNQZ26", "MYMZ26", "M2KZ26")
    others = (snapshot_of(position_of(fill(-1, "5052.25", symbol=each), at=NEW)) for each in symbols)
    return ledger(held, *others, accounts=(account(SIM), account(LIVE, "80000"), account(NEW, None)))


def not_confirmable(*held: PositionSnapshot) -> LedgerSnapshot:
    here = replace(account(is_verified=False), is_confirmable=False)
    positions = (replace(each, is_verified=False) for each in held)
    return replace(ledger(*positions, accounts=(here, account(LIVE))), is_link_up=True)


def flat_unverified() -> LedgerSnapshot:
    return ledger(accounts=(account(is_verified=False), account(LIVE)))


def card_of(ledger_now: LedgerSnapshot | None, name: str) -> AccountCard:
    return next(each for each in account_cards(ledger_now) if each.account == name)
