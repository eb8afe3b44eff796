"""The executions that a trade is made of, with those that its fold begins with; read a page at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, bindparam, or_, select

from core.execution import Execution
from core.values import EntryType, PositionKey
from data.fill_statements import EXECUTION, IS_FOLDED, IS_KEY
from data.rows import execution_from_row, key_from_row

Read = Callable[[Select[Any], dict[str, Any]], Sequence[RowMapping]]

_PAGE = 256
_CLOSING = (EntryType.EXIT, EntryType.FLIP)
_PLACE = (EXECUTION.c.fold_at, EXECUTION.c.seq)
_ROW = select(EXECUTION).where(EXECUTION.c.seq == bindparam("of_seq"), IS_FOLDED)
_AT = EXECUTION.c.fold_at == bindparam("at")
_FLAT_BEFORE = (
    select(EXECUTION)
    .where(IS_KEY, IS_FOLDED, EXECUTION.c.trade_id == EXECUTION.c.seq)
    .where(or_(EXECUTION.c.fold_at < bindparam("at"), and_(_AT, EXECUTION.c.seq < bindparam("of_seq"))))
    .order_by(*(column.desc() for column in _PLACE))
    .limit(1)
)
_BEHIND = (
    select(EXECUTION)
    .where(IS_KEY, IS_FOLDED)
    .where(or_(EXECUTION.c.fold_at > bindparam("at"), and_(_AT, EXECUTION.c.seq > bindparam("of_seq"))))
    .order_by(*_PLACE)
    .limit(_PAGE)
)


@dataclass(frozen=True, slots=True)
class TradeExecutions:
    """`since_flat` are folded executions of `key`, from flat to the end of the trade; `own` are the numbers of its."""

    key: PositionKey
    since_flat: tuple[Execution, ...]
    own: tuple[int, ...]


def executions_of(read: Read, trade_id: int) -> TradeExecutions | None:
    """Those of the trade as the fold stands now, of an open one all there are; None where no trade began so."""
    opening = next(iter(read(_ROW, {"of_seq": trade_id})), None)
    if opening is None or trade_id not in (opening["trade_id"], opening["opened_trade_id"]):
        return None
    key = key_from_row(opening)
    rows = list(_until_closed(read, key, _flat_point(read, key, opening), trade_id))
    own = tuple(row["seq"] for row in rows if trade_id in (row["trade_id"], row["opened_trade_id"]))
    return TradeExecutions(key, tuple(execution_from_row(row) for row in rows), own)


def _flat_point(read: Read, key: PositionKey, opening: RowMapping) -> RowMapping:
    """A trade that a reversing fill opened cannot be folded without what that one closed."""
    if opening["trade_id"] == opening["seq"]:
        return opening
    return read(_FLAT_BEFORE, _named(key, opening))[0]


def _until_closed(read: Read, key: PositionKey, first: RowMapping, trade_id: int) -> Iterator[RowMapping]:
    page: Sequence[RowMapping] = [first]
    while page:
        for row in page:
            yield row
            if row["trade_id"] == trade_id and row["entry_type"] in _CLOSING:
                return
        page = read(_BEHIND, _named(key, page[-1]))


def _named(key: PositionKey, row: RowMapping) -> dict[str, Any]:
    return {
        "mode": key.mode,
        "account": key.account,
        "symbol": key.symbol,
        "at": row["fold_at"],
        "of_seq": row["seq"],
    }
