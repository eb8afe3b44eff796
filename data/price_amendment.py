"""A price that only a later report knows is filled in, and what was folded without it is folded again."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, update

from core.contracts import ContractBook
from core.execution import Execution
from data.chain import START, link
from data.fill_statements import EXECUTION
from data.folding import Folding
from data.unit_of_work import UnitOfWork

_PRICE = update(EXECUTION).where(EXECUTION.c.seq == bindparam("row_seq")).values(price=bindparam("known_price"))
_CHAIN = update(EXECUTION).where(EXECUTION.c.seq == bindparam("row_seq")).values(chain=bindparam("new_chain"))


def amend_prices(work: UnitOfWork, priced: Sequence[Execution], contracts: ContractBook) -> None:
    """`priced` are booked executions with the price they lacked."""
    for execution in priced:
        work.write(_PRICE, {"row_seq": execution.seq, "known_price": execution.price})
        work.append_event(
            "price_known", key=execution.key, execution_seq=execution.seq, detail=f"The price is {execution.price}"
        )
        if execution.fold_at is not None:
            Folding(work, execution.key, contracts.find(execution.key.symbol)).refresh(execution)
        else:
            _renew_waiting(work, execution)
    if priced:
        relink(work)


def relink(work: UnitOfWork) -> None:
    """Chains all rows anew: the one way in which a source column may change is by an event that says so."""
    head, count = START, 0
    for row in list(work.read_all_executions()):
        head, count = link(head, row), count + 1
        if row["chain"] != head:
            work.write(_CHAIN, {"row_seq": row["seq"], "new_chain": head})
    work.state.chain_head, work.state.chain_count = head, count
    work.has_written = True


def _renew_waiting(work: UnitOfWork, execution: Execution) -> None:
    account = work.state.accounts[execution.key.account]
    waiting = tuple(execution if each.seq == execution.seq else each for each in account.unfolded)
    work.state.accounts[account.name] = replace(account, unfolded=waiting)
