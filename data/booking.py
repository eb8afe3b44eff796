"""Fills become executions, positions and trades: the one idempotent entry, whatever their source."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from core.contracts import Contract, ContractBook
from core.errors import LedgerBug
from core.execution import Execution
from core.facts import Fill
from core.position import Change, Position, apply_execution, entry_type_of, fold, position_after, trade_closed_by
from core.trade_record import record_trade
from core.values import EntryType, Mode, PositionKey, PriceRange
from data.ledger_state import Account, Held
from data.unit_of_work import Derived, UnitOfWork

_Step = tuple[Execution, Change]


def book_fills(work: UnitOfWork, account_name: str, fills: Sequence[Fill], contracts: ContractBook) -> int:
    """Books what is new among `fills` of one account and folds it; returns how many were known already.

    While the account's back-fill is on the way its fills are stored at once but folded together with it, in the order
    in which they happened.
    """
    account = account_of(work, account_name)
    new = _unknown(work, account, fills)
    _insert(work, new)
    if account.ordering_since is not None:
        work.state.accounts[account_name] = replace(account, unfolded=(*account.unfolded, *new))
    else:
        _fold_by_key(work, new, contracts)
    return len(fills) - len(new)


def fold_waiting(work: UnitOfWork, account_name: str, contracts: ContractBook) -> None:
    """Folds the fills that waited for the account's back-fill; from here on live fills are folded at once."""
    account = account_of(work, account_name)
    work.state.accounts[account_name] = replace(account, ordering_since=None, unfolded=(), seen_meanwhile={})
    _fold_by_key(work, account.unfolded, contracts)
    changed = {execution.key for execution in account.unfolded}
    for symbol, prices in account.seen_meanwhile.items():
        key = PositionKey(account.mode, account_name, symbol)
        if key not in changed:
            widen_extremes(work, key, prices)


def widen_extremes(work: UnitOfWork, key: PositionKey, prices: PriceRange) -> None:
    """Prices went by while the position of `key` was open."""
    held = work.state.positions[key]
    position = held.position.having_seen(prices)
    if position is not held.position:
        work.save_position(replace(held, position=position))


def derive(execution: Execution, change: Change) -> Derived:
    """What the fold says of `execution`, given the change it made."""
    trade, position = trade_closed_by(change), position_after(change)
    entry_type = entry_type_of(change, execution)
    if trade is None:
        assert position is not None  # noqa: S101  # a change that closes nothing leaves something open
        return Derived(execution, entry_type, position.trade_id)
    opened = position.trade_id if position and entry_type is EntryType.FLIP else None
    return Derived(execution, entry_type, trade.id, opened)


def account_of(work: UnitOfWork, name: str) -> Account:
    """The account, written down as UNKNOWN if it was never seen: its mode is the trader's to say."""
    if name not in work.state.accounts:
        work.save_account(Account(name, Mode.UNKNOWN))
    return work.state.accounts[name]


def _unknown(work: UnitOfWork, account: Account, fills: Sequence[Fill]) -> list[Execution]:
    """The fills that are in no row yet, numbered, each under an id of its own."""
    known = work.known_executions(account.name, [fill.execution_id for fill in fills])
    new: list[Execution] = []
    for fill in fills:
        execution = _number(work, _execution_of(fill, account.mode, work.state.next_seq), known)
        if execution is None:
            continue
        known[execution.execution_id] = execution
        new.append(execution)
        work.state.next_seq += 1
    return new


def _number(work: UnitOfWork, execution: Execution, known: dict[str, Execution]) -> Execution | None:
    """None for a fill that is booked; a fill that only shares its id gets a suffix: simulators start ids over."""
    name, attempt = execution.execution_id, 1
    while (other := known.get(execution.execution_id)) is not None:
        if other.says_the_same_as(execution):
            return None
        attempt += 1
        execution = replace(execution, execution_id=f"{name}#{attempt}")
        known |= work.known_executions(execution.key.account, [execution.execution_id])
    if attempt > 1:
        detail = f"Execution id {name} came back for another fill; booked as {execution.execution_id}"
        work.append_event("id_reused", key=execution.key, execution_seq=execution.seq, detail=detail)
    return execution


def _execution_of(fill: Fill, mode: Mode, seq: int) -> Execution:
    return Execution(
        key=PositionKey(mode, fill.account, fill.symbol),
        wire_symbol=fill.wire_symbol,
        execution_id=fill.execution_id,
        order_id=fill.order_id,
        side=fill.side,
        qty=fill.qty,
        price=fill.price,
        occurred_at=fill.occurred_at,
        resolution_us=fill.resolution_us,
        source=fill.source,
        seq=seq,
    )


def _fold_by_key(work: UnitOfWork, executions: Iterable[Execution], contracts: ContractBook) -> None:
    by_key: dict[PositionKey, list[Execution]] = defaultdict(list)
    for execution in executions:
        by_key[execution.key].append(execution)
    for key, batch in by_key.items():
        batch.sort(key=_moment)
        Folding(work, key, contracts.find(key.symbol)).add(batch)


def _insert(work: UnitOfWork, batch: Iterable[Execution]) -> None:
    for execution in batch:
        if not work.insert_execution(execution):
            raise LedgerBug(f"Execution {execution.execution_id} of {execution.key} is in the ledger already")


class Folding:
    """Folds stored executions of one key into its position, inside one transaction."""

    def __init__(self, work: UnitOfWork, key: PositionKey, contract: Contract | None) -> None:
        self._work = work
        self._key = key
        self._contract = contract
        self._held = work.state.positions.get(key)

    def add(self, batch: Sequence[Execution]) -> None:
        """Folds `batch`, sorted by time, behind what is folded; or all again where it reaches back in time."""
        newest = self._work.newest_folded(self._key)
        if newest is not None and batch[0].occurred_at < newest:
            self._fold_again(batch)
        else:
            self._fold_on(batch)
        self._await_the_broker()

    def _fold_on(self, batch: Sequence[Execution]) -> None:
        position = self._held.position if self._held else None
        steps: list[_Step] = []
        for arrived in batch:
            execution = replace(arrived, stretch=position.stretch) if position else arrived
            change = apply_execution(position, execution)
            steps.append((execution, change))
            position = position_after(change)
        self._write(steps, fresh=batch)

    def _fold_again(self, late: Sequence[Execution]) -> None:
        """A late fill: the fold starts over from the flat point before it, and an event says so."""
        older = self._work.executions_since_flat(self._key, until=late[0].occurred_at)
        before = _trade_ids(fold(older)[1])
        steps = _fold_anew(older, late)
        self._work.state.trade_count -= len(before)
        # Where the last execution is still the last, what was seen since then was seen all the same.
        is_last_the_same = steps[-1][0].seq == older[-1].seq
        self._write(steps, fresh=late, seen=self._held.position.stretch if self._held and is_last_the_same else None)
        self._work.remove_trades(before - _trade_ids(steps))
        detail = f"{len(late)} late fills; folded again from {steps[0][0].occurred_at.isoformat()}"
        self._work.append_event("amended", key=self._key, execution_seq=late[0].seq, detail=detail)

    def _write(self, steps: Sequence[_Step], fresh: Sequence[Execution], seen: PriceRange | None = None) -> None:
        """Writes what the fold says of each execution, the trades it closed, and what is open at the end."""
        fresh_seqs = {execution.seq for execution in fresh}
        for execution, change in steps:
            derived = derive(execution, change)
            self._work.derive(derived)
            self._write_trade(change)
            if execution.seq in fresh_seqs:
                self._write_event(change, derived)
        self._write_position(*steps[-1], seen)

    def _write_trade(self, change: Change) -> None:
        trade = trade_closed_by(change)
        if trade is not None:
            self._work.save_trade(record_trade(trade, self._contract))
            self._work.state.trade_count += 1

    def _write_event(self, change: Change, derived: Derived) -> None:
        position = position_after(change)
        self._work.append_event(
            type(change).__name__.lower(),
            key=self._key,
            trade_id=derived.trade_id,
            execution_seq=derived.execution.seq,
            qty_after=position.qty if position else None,
        )

    def _write_position(self, last: Execution, change: Change, seen: PriceRange | None) -> None:
        position = position_after(change)
        self._work.state.newest_folded[self._key] = last.occurred_at
        if position is None:
            self._work.remove_position(self._key)
            return
        if seen is not None:
            position = position.having_seen(seen)
        verified_at = None
        if self._held is not None and self._held.position.trade_id == position.trade_id:
            verified_at = self._held.verified_at
        self._work.save_position(Held(position, self._contract, verified_at))

    def _await_the_broker(self) -> None:
        """The broker's position report follows a fill; until then the account waits for it."""
        account = self._work.state.accounts[self._key.account]
        confirmation = account.confirmation.after_fill(self._key.symbol, self._work.now)
        self._work.state.accounts[account.name] = replace(account, confirmation=confirmation)


def _fold_anew(older: Sequence[Execution], late: Sequence[Execution]) -> list[_Step]:
    """Folds both together. A stretch that a late fill cuts in two keeps no prices: on which side were they?"""
    stretches = {(before.seq, after.seq): after.stretch for before, after in pairwise(older)}
    position: Position | None = None
    previous = 0
    steps: list[_Step] = []
    for execution in sorted([*older, *late], key=_moment):
        stretch = None if position is None else stretches.get((previous, execution.seq)) or position.stretch
        folded = replace(execution, stretch=stretch)
        change = apply_execution(position, folded)
        steps.append((folded, change))
        position, previous = position_after(change), execution.seq
    return steps


def _trade_ids(steps: Iterable[_Step]) -> set[int]:
    return {trade.id for _, change in steps if (trade := trade_closed_by(change)) is not None}


def _moment(execution: Execution) -> tuple[object, int]:
    return (execution.occurred_at, execution.seq)
