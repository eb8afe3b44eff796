"""Start-up and crash recovery are one path: what the tables hold is what the ledger remembers."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from core.contracts import ContractBook
from core.errors import LedgerBug
from core.position import fold
from core.values import EntryType, PositionKey, Source
from data.chain import START
from data.commissions import load_commissions
from data.fill_statements import NEWEST_FOLDED
from data.ledger_state import Account, Assumed, Held, LedgerKind, LedgerState, TraderNote
from data.order_book import load_filled_as, load_orders
from data.price_amendment import relink
from data.quarantine import load_not_understood
from data.rows import (
    account_from_row,
    context_from_row,
    contract_from_row,
    execution_from_row,
    heat_from_row,
    key_from_row,
    protection_from_row,
    stretch_from_row,
)
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from core.execution import Execution

_META_ID = 1
_EVENT = TABLES["positionevent"]
_NOTE = (
    select(_EVENT.c.detail)
    .where(_EVENT.c.kind == "note_kept", _EVENT.c.trade_id == bindparam("trade_id"))
    .order_by(_EVENT.c.id.desc())
    .limit(1)
)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def load_state(connection: Connection, contracts: ContractBook, now: datetime) -> LedgerState:
    """The state as of the last commit. Positions are folded again from their executions."""
    with connection.begin():
        state = _load_meta(connection, now)
        state.accounts = _load_accounts(connection)
        state.not_understood = load_not_understood(connection)
        state.orders = load_orders(connection)
        state.filled_as = load_filled_as(connection)
        state.commissions = load_commissions(connection)
        work = UnitOfWork(connection, state, now)
        if not state.chain_head and state.next_seq > 1:
            _chain_first(work)
        state.assumed = _load_assumed(connection)
        second_id = TABLES["execution"].c.alternate_id
        state.has_second_ids = (
            connection.execute(select(second_id).where(second_id.is_not(None)).limit(1)).first() is not None
        )
        for row in connection.execute(select(TABLES["openposition"])).mappings():
            held = _load_position(work, row, contracts)
            state.positions[held.position.key] = held
        _refuse_missing_positions(work, connection)
    return state


def _chain_first(work: UnitOfWork) -> None:
    """A ledger of an older Heatline has no chain: its rows are chained as they are found."""
    relink(work)
    values = {"chain_head": work.state.chain_head, "chain_count": work.state.chain_count}
    work.write(update(TABLES["ledgermeta"]), values)


def _load_assumed(connection: Connection) -> dict[PositionKey, tuple[Assumed, ...]]:
    execution = TABLES["execution"]
    assumed: dict[PositionKey, tuple[Assumed, ...]] = {}
    wanted = select(execution).where(
        execution.c.source.in_((Source.INFERRED, Source.MANUAL)), execution.c.superseded_by.is_(None)
    )
    for row in connection.execute(wanted.order_by(execution.c.seq)).mappings():
        key = key_from_row(row)
        assumed[key] = (*assumed.get(key, ()), Assumed(execution_from_row(row), row["recorded_at"]))
    return assumed


def _refuse_missing_positions(work: UnitOfWork, connection: Connection) -> None:
    """A key whose newest execution closed nothing is open: its row must be there."""
    execution = TABLES["execution"]
    keys = select(execution.c.mode, execution.c.account, execution.c.symbol).where(execution.c.fold_at.is_not(None))
    for row in connection.execute(keys.distinct()).mappings().all():
        key = key_from_row(row)
        if key in work.state.positions:
            continue
        newest = work.read(NEWEST_FOLDED, dict(row))
        if newest and newest[0]["entry_type"] != EntryType.EXIT:
            raise LedgerBug(f"The open position of {key} is missing; run `heatline audit`")


def _load_meta(connection: Connection, now: datetime) -> LedgerState:
    meta = TABLES["ledgermeta"]
    row = connection.execute(select(meta)).mappings().first()
    if row is None:
        first = {"id": _META_ID, "kind": None, "revision": 0, "created_at": now}
        connection.execute(insert(meta), first)
        return LedgerState(kind=None, revision=0, next_seq=1, trade_count=0)
    last_seq = connection.execute(select(func.max(TABLES["execution"].c.seq))).scalar()
    return LedgerState(
        kind=LedgerKind(row["kind"]) if row["kind"] else None,
        revision=row["revision"],
        next_seq=(last_seq or 0) + 1,
        trade_count=connection.execute(select(func.count()).select_from(TABLES["traderecord"])).scalar_one(),
        chain_head=row["chain_head"] or START,
        chain_count=row["chain_count"] or 0,
    )


def _load_accounts(connection: Connection) -> dict[str, Account]:
    unfolded: dict[str, list[Execution]] = defaultdict(list)
    execution = TABLES["execution"]
    waiting = select(execution).where(execution.c.entry_type.is_(None), execution.c.superseded_by.is_(None))
    for row in connection.execute(waiting.order_by(execution.c.seq)).mappings():
        unfolded[row["account"]].append(execution_from_row(row))
    rows = connection.execute(select(TABLES["accountstate"])).mappings()
    accounts = [account_from_row(row) for row in rows]
    return {each.name: replace(each, unfolded=tuple(unfolded[each.name])) for each in accounts}


def _kept_note(work: UnitOfWork, trade_id: int) -> TraderNote | None:
    """What the trader wrote about the trade before a late fill opened it again."""
    rows = work.read(_NOTE, {"trade_id": trade_id})
    return TraderNote.from_text(rows[0]["detail"]) if rows else None


def _load_position(work: UnitOfWork, row: RowMapping, contracts: ContractBook) -> Held:
    key = key_from_row(row)
    executions = work.executions_since_flat(key, until=_END_OF_TIME)
    position, _ = fold(executions)
    if position is None or position.qty != row["qty"]:
        raise LedgerBug(f"The open position of {key} is not what its executions make; run `heatline audit`")
    stretch = stretch_from_row(row)
    if stretch is not None:
        position = position.having_seen(stretch)
    contract = contract_from_row(row)
    if contract is None:
        contract = contracts.find(key.symbol)
    else:
        # What the server defined before must not be forgotten until it does so again.
        contracts.define(key.symbol, contract)
    return Held(
        position,
        contract,
        row["verified_at"],
        is_late=any(each.is_late for each in executions),
        note=_kept_note(work, position.trade_id),
        protection=protection_from_row(row, position, contract),
        heat=heat_from_row(row, contract),
        context=context_from_row(row),
    )
