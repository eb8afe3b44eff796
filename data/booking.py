"""Fills become executions, positions and trades: the one idempotent entry, whatever their source."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.contracts import ContractBook
from core.execution import Execution
from core.facts import Fill
from core.snapshots import FillTold
from core.values import Mode, PositionKey, Source
from data.commissions import charged
from data.first_sight import infer_opening, openings_before
from data.folding import Folding, derive
from data.identity import Identity, Sorted
from data.ledger_state import Account
from data.price_amendment import amend_prices
from data.supersession import insert_rests, rests_of, superseded_by, write_superseded
from data.surroundings import see_prices
from data.unit_of_work import UnitOfWork

__all__ = ["account_of", "begin_with", "book_fills", "derive", "fold_waiting"]
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger(__name__)


def book_fills(work: UnitOfWork, account_name: str, fills: Sequence[Fill], contracts: ContractBook) -> int:
    """Books what is new among `fills` of one account and folds it; returns how many rows were really added.

    While the account's back-fill is on the way its fills are stored at once but folded together with it, in the order
    in which they happened.
    """
    account = account_of(work, account_name)
    found = Identity(work, account_name, account.mode).sort(fills)
    found.new = charged(work, found.new)
    known = len(fills) - len(found.new)
    work.state.duplicate_count += known
    if known and len(fills) > 1:
        _log.info("%s: %s fills booked, %s skipped: known already", account_name, len(found.new), known)
    _say_reused(work, found)
    work.match(found.second_ids)
    if account.ordering_since is None:
        # Folding writes rows key by key; the chain goes by their numbers.
        is_mixed = len({each.key for each in found.new}) > 1
        if is_mixed:
            work.insert_executions(found.new)
        _fold_by_key(work, found.new, contracts, frozenset(each.seq for each in found.new if is_mixed))
    else:
        work.insert_executions(found.new)
        work.state.accounts[account_name] = replace(account, unfolded=(*account.unfolded, *found.new))
    amend_prices(work, found.priced, contracts)
    for execution in found.new:
        if execution.source is Source.LIVE:
            work.state.told[account_name] = FillTold(execution.seq, execution.key.symbol)
    return len(found.new)


def fold_waiting(work: UnitOfWork, account_name: str, contracts: ContractBook, *, is_listed: bool = False) -> None:
    """Folds the fills that waited for the account's back-fill; from here on live fills are folded at once.

    With `is_listed` the back-fill has come: a symbol that is met for the first time may begin in mid-position.
    """
    account = account_of(work, account_name)
    work.state.accounts[account_name] = replace(account, ordering_since=None, unfolded=(), seen_meanwhile={})
    waiting = account.unfolded
    opened = openings_before(work, waiting) if is_listed else []
    work.insert_executions(opened)
    _fold_by_key(work, [*opened, *waiting], contracts, stored=frozenset(each.seq for each in [*opened, *waiting]))
    changed = {execution.key for execution in waiting}
    for symbol, prices in account.seen_meanwhile.items():
        key = PositionKey(account.mode, account_name, symbol)
        if key not in changed:
            see_prices(work, key, prices)


def begin_with(work: UnitOfWork, key: PositionKey, held: Decimal, contracts: ContractBook) -> None:
    """The broker held `held` before the first fill that a back-fill told of `key`; without one nothing is inferred."""
    executions = work.executions_since_flat(key, _LONG_AGO)
    if executions and executions[0].source is Source.REPLAY:
        _fold_by_key(work, [infer_opening(work, executions[0], held)], contracts)


def account_of(work: UnitOfWork, name: str) -> Account:
    """The account, written down as UNKNOWN if it was never seen: its mode is the trader's to say.

    Met before the server has listed its accounts, it waits for its back-fill like those that were known.
    """
    if name not in work.state.accounts:
        awaits_listing = work.state.is_link_up and work.state.shown is None
        work.save_account(Account(name, Mode.UNKNOWN, ordering_since=work.now if awaits_listing else None))
    return work.state.accounts[name]


def _fold_by_key(
    work: UnitOfWork, executions: Iterable[Execution], contracts: ContractBook, stored: frozenset[int] = frozenset()
) -> None:
    by_key: dict[PositionKey, list[Execution]] = defaultdict(list)
    for execution in executions:
        by_key[execution.key].append(execution)
    for key, batch in by_key.items():
        if key in work.state.assumed:
            _fold_explaining(work, key, batch, contracts, stored)
        else:
            Folding(work, key, contracts.find(key.symbol), stored).add(batch)


def _fold_explaining(
    work: UnitOfWork, key: PositionKey, batch: list[Execution], contracts: ContractBook, stored: frozenset[int]
) -> None:
    """Folds fills that may explain what was assumed of `key`, unless a final trade would come out otherwise then."""
    contract = contracts.find(key.symbol)
    replaced = superseded_by(work, key, batch)
    rests = rests_of(work, replaced)
    gone = [each.assumed.execution for each in replaced]
    if gone and Folding(work, key, contract, stored).alters_final_trades([*batch, *rests], gone):
        replaced, rests, gone = [], [], []
    if rests:
        # Rows are chained by their numbers, and what still stands of the assumed ones comes last.
        work.insert_executions([each for each in batch if each.seq not in stored])
        insert_rests(work, replaced, rests)
        stored |= {each.seq for each in [*batch, *rests]}
    Folding(work, key, contract, stored).add([*batch, *rests], gone)
    write_superseded(work, key, replaced)


def _say_reused(work: UnitOfWork, found: Sorted) -> None:
    for name, booked_as in found.reused:
        execution = next(each for each in found.new if each.execution_id == booked_as)
        detail = f"Execution id {name} came back for another fill; booked as {booked_as}"
        work.append_event("id_reused", key=execution.key, execution_seq=execution.seq, detail=detail)
