"""What the broker reports of an account beside fills and positions, each inside one transaction."""

import logging
from dataclasses import replace

from core.confirmation import Confirmation
from core.facts import BalanceReported, InputRefused, PricesSeen
from core.order import OrderReported
from data.booking import account_of
from data.order_book import report_order
from data.quarantine import quarantine
from data.surroundings import see_prices
from data.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


def note_balance(work: UnitOfWork, fact: BalanceReported) -> None:
    account = account_of(work, fact.account)
    currency = fact.currency or account.currency
    work.save_account(replace(account, cash_balance=fact.cash_balance, currency=currency, balance_at=fact.at))


def note_order_report(work: UnitOfWork, fact: OrderReported) -> None:
    account_of(work, fact.account)
    report_order(work, fact)


def note_prices(work: UnitOfWork, fact: PricesSeen) -> None:
    for key in [key for key in work.state.positions if key.symbol == fact.symbol]:
        account = work.state.accounts[key.account]
        if account.ordering_since is None:
            see_prices(work, key, fact)
        else:
            before = account.seen_meanwhile.get(fact.symbol)
            meanwhile = {**account.seen_meanwhile, fact.symbol: before.followed_by(fact) if before else fact}
            work.state.accounts[account.name] = replace(account, seen_meanwhile=meanwhile)


def note_refused(work: UnitOfWork, fact: InputRefused) -> None:
    if fact.is_fill and not quarantine(work, fact):
        _log.info("Refused again: a report of %s", fact.subject)
        return
    _log.warning("Refused: a report of %s: %s: %s", fact.subject, fact.reason, fact.raw)
    work.append_event("input_refused", account=fact.account, detail=f"{fact.reason}: {fact.raw}")
    if fact.account in work.state.accounts:
        account = work.state.accounts[fact.account]
        work.state.accounts[fact.account] = replace(account, confirmation=Confirmation())
