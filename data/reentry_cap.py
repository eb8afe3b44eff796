"""The trader's own cap on re-entries a day: passing it is said, nothing is held back."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from core.reentry import AddingFill, reentry_orders
from core.session_day import SessionCalendar
from core.values import EntryType, PositionKey
from data import fill_statements as sql
from data.rows import execution_from_row
from data.unit_of_work import UnitOfWork

_ADDING = select(sql.EXECUTION).where(
    sql.IS_KEY,
    sql.IS_FOLDED,
    sql.EXECUTION.c.entry_type == EntryType.REENTRY,
    sql.EXECUTION.c.fold_at >= bindparam("since"),
)
_AFTER_TEN = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
# An order may take its time: its first fill says on which day it was.
_LONGEST_ORDER = timedelta(days=1)


class ReentryCap:
    """Warns of every re-entry beyond `cap` in one symbol of one account on one session day."""

    def __init__(self, cap: int, calendar_of: Callable[[str], SessionCalendar]) -> None:
        self._cap = cap
        self._calendar_of = calendar_of

    def check(self, work: UnitOfWork, key: PositionKey, count_before: int) -> str | None:
        """What to tell the trader about the fill just booked, which found `count_before` re-entries in its trade."""
        held = work.state.positions.get(key)
        if held is None or held.position.reentry_count <= count_before:
            return None
        number = self._number_today(work, key, held.position.legs[-1].first_at)
        if number <= self._cap:
            return None
        return f"{ordinal(number)} re-entry today in {key.symbol}; your cap is {self._cap}"

    def _number_today(self, work: UnitOfWork, key: PositionKey, moment: datetime) -> int:
        calendar = self._calendar_of(key.symbol)
        begins = calendar.start_of(calendar.day_of(moment))
        named = {"mode": key.mode, "account": key.account, "symbol": key.symbol, "since": begins - _LONGEST_ORDER}
        fills = [AddingFill(execution_from_row(row), row["trade_id"]) for row in work.read(_ADDING, named)]
        return sum(order.first_at >= begins for order in reentry_orders(fills))


def ordinal(number: int) -> str:
    """`1st`, `4th`, `11th`, `22nd`."""
    ending = "th" if number % 100 in _AFTER_TEN else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"
