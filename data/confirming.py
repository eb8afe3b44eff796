"""What the broker says about positions, held against ours."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.confirmation import GRACE, Confirmation
from core.contracts import ContractBook
from core.facts import Answer, PositionReported, PositionsListed
from core.values import PositionKey
from data.booking import account_of, begin_with
from data.ledger_state import Account
from data.unit_of_work import UnitOfWork


def confirm_position(work: UnitOfWork, fact: PositionReported) -> None:
    account = account_of(work, fact.account)
    agrees = _quantities(work, account)[fact.symbol] == fact.qty
    confirmation = account.confirmation.after_report(fact.symbol, agrees=agrees, at=work.now)
    _save_confirmation(work, account, confirmation, fact.at)


def confirm_account(work: UnitOfWork, fact: PositionsListed, contracts: ContractBook) -> None:
    """Judges the broker's whole answer; while fills wait to be folded it is kept, to be judged again behind them."""
    account = account_of(work, fact.account)
    if account.ordering_since is not None:
        account = replace(account, listed_meanwhile=fact)
    elif account.verified_at is None and account.last_answer != Answer.ANSWERED:
        _begin_in_mid_position(work, account, fact, contracts)
        account = work.state.accounts[fact.account]
    theirs = {report.symbol: report.qty for report in fact.positions}
    ours = _quantities(work, account)
    agreements = {symbol: ours.get(symbol, 0) == theirs.get(symbol, 0) for symbol in {*ours, *theirs}}
    account = replace(account, last_query_at=fact.at, last_answer=Answer.ANSWERED)
    _save_confirmation(work, account, account.confirmation.after_listing(agreements, work.now), fact.at)


def judge_again(work: UnitOfWork, name: str, contracts: ContractBook) -> None:
    """What the broker listed before the waiting fills were folded is held against what they came to."""
    listed = work.state.accounts[name].listed_meanwhile
    if listed is not None:
        work.state.accounts[name] = replace(work.state.accounts[name], listed_meanwhile=None)
        confirm_account(work, listed, contracts)


def _begin_in_mid_position(work: UnitOfWork, account: Account, fact: PositionsListed, contracts: ContractBook) -> None:
    """The first answer ever: what the fills of the window do not explain was held before them."""
    theirs = {report.symbol: report.qty for report in fact.positions}
    ours = _quantities(work, account)
    waiting = {symbol for symbol, since in account.confirmation.waiting if work.now - since <= GRACE}
    for symbol in sorted({*theirs, *ours} - waiting):
        missing = theirs.get(symbol, Decimal(0)) - ours.get(symbol, Decimal(0))
        if missing:
            begin_with(work, PositionKey(account.mode, account.name, symbol), missing, contracts)


def _quantities(work: UnitOfWork, account: Account) -> dict[str, Decimal]:
    """What all fills come to by symbol, those included that still wait to be folded."""
    quantities: dict[str, Decimal] = defaultdict(Decimal)
    for key, held in work.state.positions.items():
        if key.account == account.name:
            quantities[key.symbol] += held.position.qty
    for execution in account.unfolded:
        quantities[execution.key.symbol] += execution.signed_qty
    return quantities


def _save_confirmation(work: UnitOfWork, account: Account, confirmation: Confirmation, at: datetime) -> None:
    _note_disagreement(work, account, confirmation)
    for held in list(work.state.positions.values()):
        key = held.position.key
        if key.account == account.name and confirmation.covers(key.symbol):
            work.save_position(replace(held, verified_at=at))
    verified_at = at if confirmation.covers_all else account.verified_at
    work.save_account(replace(account, confirmation=confirmation, verified_at=verified_at))


def note_answer(work: UnitOfWork, name: str, answer: Answer, at: datetime) -> None:
    account = account_of(work, name)
    work.save_account(replace(account, last_query_at=at, last_answer=answer))


def expire_confirmation(work: UnitOfWork, account: Account) -> None:
    confirmation = account.confirmation.expired(work.now)
    if confirmation != account.confirmation:
        _note_disagreement(work, account, confirmation)
        work.state.accounts[account.name] = replace(account, confirmation=confirmation)


def _note_disagreement(work: UnitOfWork, account: Account, confirmation: Confirmation) -> None:
    for symbol in sorted(confirmation.disagreed - account.confirmation.disagreed):
        work.append_event("broker_disagrees", account=account.name, detail=symbol)
