"""What the broker's answers put in question, kept with each account and written down as it comes and goes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.inquiry import Inquiry, Matter
from core.reconcile import Judgement
from data.ledger_state import Account
from data.unit_of_work import UnitOfWork


def hear_listing(work: UnitOfWork, name: str, judged: Mapping[str, Judgement], at: datetime) -> tuple[str, ...]:
    """Takes in what a listing comes to; the symbols that are to be adopted."""
    account = work.state.accounts[name]
    waiting = account.confirmation.within_grace(work.now)
    inquiry, unbooked = account.inquiry.after_listing(judged, waiting, at, next_revision(work))
    save_inquiry(work, name, inquiry)
    return unbooked


def hear_silence(work: UnitOfWork, name: str, judged: Mapping[str, Judgement], at: datetime) -> None:
    inquiry = work.state.accounts[name].inquiry
    save_inquiry(work, name, inquiry.after_silence(judged, at, next_revision(work)))


def settle_matters(work: UnitOfWork) -> None:
    """What a fill or a report has settled is in question no more."""
    for name, account in list(work.state.accounts.items()):
        if account.inquiry.matters or account.inquiry.kept:
            held = held_by(work, account)
            settled = account.inquiry.settled(held, account.confirmation.covers, next_revision(work))
            save_inquiry(work, name, settled)


def save_inquiry(work: UnitOfWork, name: str, inquiry: Inquiry, *, is_answered: bool = False) -> None:
    """Remembers it; an event tells of each matter that came, changed, or was settled but by an answer."""
    account = work.state.accounts[name]
    before = account.inquiry.matters
    if inquiry == account.inquiry:
        return
    for symbol in sorted({*before, *inquiry.matters}):
        was, matter = before.get(symbol), inquiry.matters.get(symbol)
        if matter is not None and (was is None or was.revision != matter.revision):
            work.append_event("position_doubted", key=account.key_of(symbol), detail=_words(matter))
        elif was is not None and matter is None and not is_answered:
            work.append_event("doubt_settled", key=account.key_of(symbol), detail=_words(was))
    work.state.accounts[name] = replace(account, inquiry=inquiry)


def next_revision(work: UnitOfWork) -> int:
    """That of this very transaction."""
    return work.state.revision + 1


def held_by(work: UnitOfWork, account: Account) -> dict[str, Decimal]:
    return {key.symbol: held.position.qty for key, held in work.state.positions.items() if key.account == account.name}


def _words(matter: Matter) -> str:
    return f"{matter.doubt}: {matter.qty:+f} booked; broker: {matter.broker_said}"
