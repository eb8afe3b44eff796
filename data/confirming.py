"""What the broker says about positions, held against ours."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.confirmation import Confirmation
from core.contracts import ContractBook
from core.facts import Answer, PositionReported, PositionsListed, PositionsUnavailable
from core.reconcile import Judgement, Told, Verdict, reconcile
from data.assuming import adopt
from data.booking import account_of, begin_with
from data.ledger_state import Account
from data.reach import is_reached, leave_out
from data.stale_positions import hear_listing, hear_silence, held_by, save_inquiry
from data.unit_of_work import UnitOfWork


def confirm_position(work: UnitOfWork, fact: PositionReported) -> None:
    """Judges one position, told unasked; where it differs the broker is asked for all of them."""
    account = account_of(work, fact.account)
    if not is_reached(work, fact.account):
        return
    ours = {fact.symbol: _quantities(work, account)[fact.symbol]}
    judged = _judge(work, fact.account, ours, Told(Answer.ANSWERED, (fact,)))
    judgement = judged.get(fact.symbol)
    agrees = judgement is None or judgement.is_agreed
    confirmation = account.confirmation.after_report(fact.symbol, agrees=agrees, at=work.now)
    if judgement is not None and fact.symbol in confirmation.disagreed:
        inquiry = account.inquiry.after_difference(fact.symbol, judgement.ours, judgement.theirs)
        save_inquiry(work, fact.account, inquiry)
    _say_phantoms(work, fact.account, judged)
    _save_confirmation(work, fact.account, confirmation, fact.at)


def confirm_account(work: UnitOfWork, fact: PositionsListed, contracts: ContractBook) -> None:
    """Judges the broker's whole answer; while fills wait to be folded it is kept, to be judged again behind them."""
    name = fact.account
    account = account_of(work, name)
    if not is_reached(work, name):
        return
    if account.ordering_since is not None:
        work.state.accounts[name] = replace(account, last_query_at=fact.at, listed_meanwhile=fact)
    else:
        is_first = account.verified_at is None and account.last_answer != Answer.ANSWERED
        work.state.accounts[name] = replace(account, last_query_at=fact.at, last_answer=Answer.ANSWERED)
        # Where fills may be missing, what they do not explain was not held before them.
        if is_first and name in work.state.complete:
            _begin_in_mid_position(work, fact, contracts)
        _put_in_question(work, fact, contracts)
    agreements = {symbol: each.is_agreed for symbol, each in _judge_listing(work, fact).items()}
    confirmation = work.state.accounts[name].confirmation.after_listing(agreements, work.now)
    _save_confirmation(work, name, confirmation, fact.at)


def judge_again(work: UnitOfWork, name: str, contracts: ContractBook) -> None:
    """What the broker listed before the waiting fills were folded is held against what they came to."""
    listed = work.state.accounts[name].listed_meanwhile
    if listed is not None:
        work.state.accounts[name] = replace(work.state.accounts[name], listed_meanwhile=None)
        confirm_account(work, listed, contracts)


def note_silence(work: UnitOfWork, fact: PositionsUnavailable) -> None:
    """No answer confirms nothing, and puts in question whatever is open; flat it only leaves unverified."""
    account = account_of(work, fact.account)
    work.save_account(replace(account, last_query_at=fact.at, last_answer=fact.answer, confirmation=Confirmation()))
    if fact.answer is Answer.NOT_HERE:
        leave_out(work, fact.account)
    elif work.state.is_confirmable(fact.account):
        told = Told(fact.answer, reason=fact.reason)
        hear_silence(work, fact.account, _judge(work, fact.account, held_by(work, account), told), fact.at)


def expire_confirmation(work: UnitOfWork, account: Account) -> None:
    """What no report of a position followed in time is asked for."""
    confirmation = account.confirmation.expired(work.now)
    if confirmation == account.confirmation:
        return
    _note_disagreement(work, account, confirmation)
    ours = _quantities(work, account)
    inquiry = account.inquiry
    for symbol, _ in set(account.confirmation.waiting) - set(confirmation.waiting):
        inquiry = inquiry.after_difference(symbol, ours[symbol], None)
    work.state.accounts[account.name] = replace(account, confirmation=confirmation, inquiry=inquiry)


def _judge(work: UnitOfWork, name: str, ours: Mapping[str, Decimal], told: Told) -> dict[str, Judgement]:
    judged = reconcile({name: ours}, {name: told}, work.now.date())
    return {symbol: judgement for (_, symbol), judgement in judged.items()}


def _judge_listing(work: UnitOfWork, fact: PositionsListed) -> dict[str, Judgement]:
    ours = _quantities(work, work.state.accounts[fact.account])
    return _judge(work, fact.account, ours, Told(Answer.ANSWERED, fact.positions))


def _put_in_question(work: UnitOfWork, fact: PositionsListed, contracts: ContractBook) -> None:
    """What differs is asked for again or from the trader; what only the broker holds is adopted the second time."""
    judged = _judge_listing(work, fact)
    _say_phantoms(work, fact.account, judged)
    for symbol in hear_listing(work, fact.account, judged, fact.at):
        adopt(work, work.state.accounts[fact.account].key_of(symbol), judged[symbol], fact.at, contracts)


def _begin_in_mid_position(work: UnitOfWork, fact: PositionsListed, contracts: ContractBook) -> None:
    """The first answer ever: what the fills of the window do not explain was held before them."""
    account = work.state.accounts[fact.account]
    waiting = account.confirmation.within_grace(work.now)
    for symbol, judgement in _judge_listing(work, fact).items():
        if symbol not in waiting and not judgement.is_agreed and judgement.theirs is not None:
            begin_with(work, account.key_of(symbol), judgement.theirs - judgement.ours, contracts)


def _say_phantoms(work: UnitOfWork, name: str, judged: Mapping[str, Judgement]) -> None:
    """A contract that is no more cannot be held: the broker only forgot to clear it away. Said once in a run."""
    phantoms = {symbol for symbol, each in judged.items() if each.verdict is Verdict.PHANTOM}
    account = work.state.accounts[name]
    for symbol in sorted(phantoms - account.phantoms):
        text = f"{name}: the broker still lists {judged[symbol].said} {symbol}, which has expired; it is left out"
        work.notices.append(text)
        work.append_event("phantom", key=account.key_of(symbol), detail=text)
        account = replace(account, phantoms=account.phantoms | {symbol})
    work.state.accounts[name] = account


def _quantities(work: UnitOfWork, account: Account) -> dict[str, Decimal]:
    """What all fills come to by symbol, those included that still wait to be folded."""
    quantities = defaultdict(Decimal, held_by(work, account))
    for execution in account.unfolded:
        quantities[execution.key.symbol] += execution.signed_qty
    return quantities


def _save_confirmation(work: UnitOfWork, name: str, confirmation: Confirmation, at: datetime) -> None:
    account = work.state.accounts[name]
    _note_disagreement(work, account, confirmation)
    for held in list(work.state.positions.values()):
        key = held.position.key
        if key.account == name and confirmation.covers(key.symbol):
            work.save_position(replace(held, verified_at=at))
    verified_at = at if confirmation.covers_all else account.verified_at
    work.save_account(replace(account, confirmation=confirmation, verified_at=verified_at))


def _note_disagreement(work: UnitOfWork, account: Account, confirmation: Confirmation) -> None:
    for symbol in sorted(confirmation.disagreed - account.confirmation.disagreed):
        work.append_event("broker_disagrees", account=account.name, detail=symbol)
