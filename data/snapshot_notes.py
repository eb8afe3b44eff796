"""Which snapshots a commit calls for: pure, from the state before and after it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from core.facts import BalanceReported, Fact, PositionReported, PositionsListed
from core.values import PositionKey
from data.ledger_state import LedgerState
from data.rows import Row

POSITIONS = "positionsnapshot"
BALANCES = "balancesnapshot"
BROKER = "broker"
OWN = "ledger"

Note = tuple[str, Row]
_FLAT = (Decimal(0), None)


def reported(fact: Fact, before: LedgerState, after: LedgerState) -> Iterator[Note]:
    """The broker's word on positions, and on a balance where it changed."""
    match fact:
        case PositionReported():
            yield _position(after, fact.account, fact.symbol, at=fact.at, qty=fact.qty, source=BROKER)
        case PositionsListed():
            listed = {report.symbol: report.qty for report in fact.positions}
            # What we hold and the list does not name is flat there.
            ours = {key.symbol for key in after.positions if key.account == fact.account}
            for symbol in sorted(ours | listed.keys()):
                qty = listed.get(symbol, Decimal(0))
                yield _position(after, fact.account, symbol, at=fact.at, qty=qty, source=BROKER)
        case BalanceReported():
            known, account = before.accounts.get(fact.account), after.accounts[fact.account]
            worth = {"cash_balance": account.cash_balance, "currency": account.currency}
            if known is None or worth != {"cash_balance": known.cash_balance, "currency": known.currency}:
                yield BALANCES, {"at": fact.at, "mode": account.mode, "account": fact.account, **worth}


def own_changes(before: LedgerState, after: LedgerState, now: datetime) -> Iterator[Note]:
    """What our own fold made of it, where a quantity or an average changed; 0 once it is flat."""
    # Most commits touch one position or none: what is the very same object has not changed.
    touched = {
        key
        for key in before.positions.keys() | after.positions.keys()
        if before.positions.get(key) is not after.positions.get(key)
    }
    was, held = _held(before, touched), _held(after, touched)
    for account, symbol in sorted(was.keys() | held.keys()):
        qty, average = held.get((account, symbol), _FLAT)
        if was.get((account, symbol), _FLAT) != (qty, average):
            yield _position(after, account, symbol, at=now, qty=qty, average_price=average, source=OWN)


def _position(state: LedgerState, account: str, symbol: str, **values: object) -> Note:
    mode = state.accounts[account].mode
    return POSITIONS, {"mode": mode, "account": account, "symbol": symbol, "average_price": None, **values}


def _held(state: LedgerState, touched: Iterable[PositionKey]) -> dict[tuple[str, str], tuple[Decimal, Decimal | None]]:
    """Quantity and average by account and symbol: a mode is only a label."""
    positions = {key: state.positions[key].position for key in touched if key in state.positions}
    return {(key.account, key.symbol): (each.qty, each.entry_price) for key, each in positions.items()}
