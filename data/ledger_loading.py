"""Start-up and crash recovery are one path: what the tables hold is what the ledger remembers."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, func, insert, select

from core.contracts import ContractBook
from core.errors import LedgerBug
from core.position import fold
from data.ledger_state import Account, Held, LedgerKind, LedgerState
from data.rows import account_from_row, contract_from_row, execution_from_row, key_from_row, stretch_from_row
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from core.execution import Execution

_META_ID = 1
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def load_state(connection: Connection, contracts: ContractBook, now: datetime) -> LedgerState:
    """The state as of the last commit. Positions are folded again from their executions."""
    with connection.begin():
        state = _load_meta(connection, now)
        state.accounts = _load_accounts(connection)
        work = UnitOfWork(connection, state, now)
        for row in connection.execute(select(TABLES["openposition"])).mappings():
            held = _load_position(work, row, contracts)
            state.positions[held.position.key] = held
    return state


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


def _load_position(work: UnitOfWork, row: RowMapping, contracts: ContractBook) -> Held:
    key = key_from_row(row)
    position, _ = fold(work.executions_since_flat(key, until=_END_OF_TIME))
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
    return Held(position, contract, row["verified_at"])
