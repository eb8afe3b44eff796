"""Fills that could not be read: kept as they came, counted against their account, released once corrected."""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, insert, select, update

from core.commands import ReleaseQuarantined
from core.confirmation import Confirmation
from core.contracts import ContractBook
from core.errors import CommandRefused
from core.facts import Fill, InputRefused
from core.values import Side
from data.booking import book_fills
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

_QUARANTINE = TABLES["quarantine"]
_EXECUTION = TABLES["execution"]
_INSERT = insert(_QUARANTINE)
# Not the account nor the reason: they are read from the text, which is the same whenever the same report is heard.
_KNOWN = select(_QUARANTINE.c.id).where(
    _QUARANTINE.c.raw == bindparam("raw"), _QUARANTINE.c.order_id.is_not_distinct_from(bindparam("order_id"))
)
_ROW = select(_QUARANTINE).where(_QUARANTINE.c.id == bindparam("id"))
_RELEASE = (
    update(_QUARANTINE)
    .where(_QUARANTINE.c.id == bindparam("row_id"), _QUARANTINE.c.released_at.is_(None))
    .values(released_at=bindparam("now"), execution_id=bindparam("booked_as"))
)
_ID_OF = select(_EXECUTION.c.execution_id).where(_EXECUTION.c.seq == bindparam("seq"))
_HELD = select(_QUARANTINE.c.account, func.count()).where(_QUARANTINE.c.released_at.is_(None))


def load_not_understood(connection: Connection) -> dict[str | None, int]:
    """How many fills of each account wait for a correction; None for those that name no account."""
    rows = connection.execute(_HELD.group_by(_QUARANTINE.c.account))
    return {row[0]: row[1] for row in rows}


def quarantine(work: UnitOfWork, refused: InputRefused) -> bool:
    """Keeps a fill that could not be read; False when it is kept already.

    Its account's position is not what the broker holds, whatever the broker confirmed; of a fill that names no account
    that is true of every account.
    """
    if work.read(_KNOWN, {"raw": refused.raw, "order_id": refused.order_id}):
        return False
    row = {
        "recorded_at": work.now,
        "reason": refused.reason,
        "account": refused.account,
        "symbol": refused.symbol,
        "order_id": refused.order_id,
        "raw": refused.raw,
    }
    work.write(_INSERT, row)
    _count(work, refused.account, 1)
    for name, account in list(work.state.accounts.items()):
        if refused.account in (None, name):
            work.state.accounts[name] = replace(account, confirmation=Confirmation())
    return True


def release(work: UnitOfWork, command: ReleaseQuarantined, contracts: ContractBook) -> None:
    """Books the corrected fill through the one entry that all fills take, so that it is booked once at most.

    Raises:
        CommandRefused: there is no such row, it is released already, or the correction cannot be booked either.
    """
    rows = work.read(_ROW, {"id": command.id})
    if not rows:
        raise CommandRefused(f"Nothing in quarantine has the number {command.id}")
    (row,) = rows
    if row["released_at"] is not None:
        raise CommandRefused(f"Number {command.id} was released already, as execution {row['execution_id']}")
    fill = _identified(command)
    _refuse_unreadable(fill)
    booked_as = _book(work, fill, contracts)
    work.write(_RELEASE, {"row_id": command.id, "now": work.now, "booked_as": booked_as})
    _count(work, row["account"], -1)
    detail = f"quarantine {command.id}, order {fill.order_id or '?'}, {fill.symbol}: booked as {booked_as}"
    work.append_event("fill_released", account=fill.account, detail=detail)


def _book(work: UnitOfWork, fill: Fill, contracts: ContractBook) -> str:
    """The id under which the fill is in the ledger, whether it is new or was known."""
    seq = work.state.next_seq
    book_fills(work, fill.account, [fill], contracts)
    booked = work.read(_ID_OF, {"seq": seq})
    return str(booked[0]["execution_id"]) if booked else fill.execution_id


def _identified(command: ReleaseQuarantined) -> Fill:
    """A fill without an id gets one that comes out the same each time."""
    fill = command.fill
    return fill if fill.execution_id else replace(fill, execution_id=f"~quarantine:{command.id}")


def _refuse_unreadable(fill: Fill) -> None:
    faults = {
        "account": not fill.account,
        "symbol": not fill.symbol,
        "side": not isinstance(fill.side, Side),
        "quantity": not fill.qty.is_finite() or fill.qty <= 0,
    }
    fault = next((name for name, is_bad in faults.items() if is_bad), None)
    if fault is not None:
        where = f"{fill.symbol or 'no symbol'}, order {fill.order_id or '?'}, account {fill.account or '?'}"
        raise CommandRefused(f"The corrected fill ({where}) still has no readable {fault}")


def _count(work: UnitOfWork, account: str | None, change: int) -> None:
    counts = dict(work.state.not_understood)
    counts[account] = counts.get(account, 0) + change
    work.state.not_understood = {name: count for name, count in counts.items() if count > 0}
