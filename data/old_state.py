"""Takes over, once, what an older panel left about an open position."""

from dataclasses import replace

from sqlalchemy import and_, bindparam, select

from core.old_state import OldState, fitting, position_meant, with_old_heat
from core.values import PositionKey
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

_APPLIED = "old_state_applied"
_EVENT = TABLES["positionevent"]
_POSITION = TABLES["openposition"]
_KNOWN = select(_EVENT.c.id).where(_EVENT.c.kind == _APPLIED, _EVENT.c.detail.startswith(bindparam("digest"))).limit(1)
_SAVED_AT = select(_POSITION.c.updated_at).where(
    and_(*(_POSITION.c[name] == bindparam(name) for name in ("mode", "account", "symbol")))
)


def take_over(work: UnitOfWork, old: OldState) -> None:
    """Widens the extremes of the position that `old` is about, and tells since when its heat runs.

    Nothing happens where an event says that this was done before.

    Raises:
        OldStateIgnored: no open position fits, or nothing in `old` fits it.
    """
    if work.read(_KNOWN, {"digest": old.digest}):
        return
    key = position_meant(old, [held.position for held in work.state.positions.values()]).key
    held = work.state.positions[key]
    saved_at = work.read(_SAVED_AT, _named(key))[0]["updated_at"]
    taken = fitting(old, held.position, held.heat, saved_at, work.now)
    position = held.position if taken.prices is None else held.position.having_seen(taken.prices)
    heat = with_old_heat(held.heat, taken, is_wider=position is not held.position)
    work.save_position(replace(held, position=position, heat=heat))
    work.append_event(_APPLIED, key=key, trade_id=position.trade_id, detail=f"{old.digest} {old.name}: {taken}")
    work.notices.append(f"{old.name} was taken over for {position.side} {abs(position.qty):f} {key.symbol}: {taken}")


def _named(key: PositionKey) -> dict[str, str]:
    return {"mode": key.mode, "account": key.account, "symbol": key.symbol}
