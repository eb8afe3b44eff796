"""Where the ledger stands when it is opened: what the link has to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from core.values import Source
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

_COMPLETE = "fills_complete"
_EVENT = TABLES["positionevent"]
_EXECUTION = TABLES["execution"]


@dataclass(frozen=True, slots=True)
class Standing:
    """`wire_symbols` are those of all open positions: their prices are wanted as soon as the link is up.

    `known_until` says for each account up to when its fills are booked without a gap.
    """

    wire_symbols: tuple[str, ...]
    known_until: Mapping[str, datetime]


def note_complete(work: UnitOfWork, account: str) -> None:
    """Writes down, once a link, that the broker has told all fills of the account: from here on none is missing."""
    if work.state.is_link_up and account not in work.state.complete:
        work.state.complete |= {account}
        work.append_event(_COMPLETE, account=account)


def known_until(connection: Connection) -> dict[str, datetime]:
    """The newest fill of each account behind which none can be missing; without an account that was never told whole.

    After a link on which the account's fills were told whole comes a gap: a fill that came live behind that gap proves
    nothing about it, until they have been told whole once more.
    """
    found: dict[str, datetime] = {}
    complete = select(_EVENT.c.account, func.max(_EVENT.c.id)).where(_EVENT.c.kind == _COMPLETE)
    for account, event in connection.execute(complete.group_by(_EVENT.c.account)).all():
        newest = connection.execute(_newest_fill(account, _begin_of_gap(connection, event))).scalar()
        if newest is not None:
            found[account] = newest
    return found


def _begin_of_gap(connection: Connection, event: int) -> datetime | None:
    """When the first link after the event came up; None while none did."""
    later = select(_EVENT.c.at).where(_EVENT.c.kind == "link_up", _EVENT.c.id > event)
    began: datetime | None = connection.execute(later.order_by(_EVENT.c.id).limit(1)).scalar()
    return began


def _newest_fill(account: str, before: datetime | None) -> Select[Any]:
    # A venue's clock that runs ahead must not hide what comes next.
    moment = case(
        (_EXECUTION.c.occurred_at < _EXECUTION.c.recorded_at, _EXECUTION.c.occurred_at), else_=_EXECUTION.c.recorded_at
    )
    newest = select(func.max(moment, type_=_EXECUTION.c.occurred_at.type)).where(
        _EXECUTION.c.account == account, _EXECUTION.c.source.in_((Source.LIVE, Source.REPLAY))
    )
    return newest if before is None else newest.where(_EXECUTION.c.recorded_at < before)
