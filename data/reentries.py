"""Questions about re-entries and orders, answered beside the writing ledger."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select

from core.clock import Now
from core.order import Order
from core.reentry import AddingFill, ReentryOrder, ReentryPrices, reentry_orders, reentry_prices, split_by_reentries
from core.session_day import SessionCalendar
from core.statistics import Statistics, summarise
from core.trade_filter import TradeFilter
from core.values import EntryType, PositionKey, PositionSide
from data.fill_statements import EXECUTION, IS_FOLDED, TRADE
from data.journal import Journal
from data.rows import execution_from_row, order_from_row
from data.schema import TABLES
from data.storage_errors import storage_errors

_ORDER = TABLES["orderrecord"]
_POSITION = TABLES["openposition"]
_META = TABLES["ledgermeta"]
_OLDEST_COUNT = timedelta(minutes=1)
# No session day begins longer ago: Monday's begins on Friday evening.
_LONGEST_DAY = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class ReentryComparison:
    """The same figures for trades with re-entries and without."""

    with_reentries: list[Statistics]
    without: list[Statistics]


@dataclass(frozen=True, slots=True)
class _Counted:
    revision: int
    at: datetime
    counts: Mapping[PositionKey, int]


class Reentries:
    """Each call opens a connection of its own and closes it again. Used on one thread."""

    def __init__(self, engine: Engine, calendar_of: Callable[[str], SessionCalendar], now: Now) -> None:
        self._engine = engine
        self._journal = Journal(engine)
        self._calendar_of = calendar_of
        self._now = now
        self._counted: _Counted | None = None

    def today(self) -> Mapping[PositionKey, int]:
        """Re-entries on the running session day, by position key; kept for a minute at most, or until a commit."""
        now = self._now()
        with storage_errors(), self._engine.connect() as connection:
            revision = connection.execute(select(_META.c.revision)).scalar_one()
            counted = self._counted
            if counted is None or counted.revision != revision or not _is_fresh(now - counted.at):
                counted = self._counted = _Counted(revision, now, self._count(connection, now))
        return counted.counts

    def orders(self, symbol: str) -> list[ReentryOrder]:
        """Every re-entry order of a symbol, in all accounts, oldest first."""
        with storage_errors(), self._engine.connect() as connection:
            return reentry_orders(_adding_fills(connection, EXECUTION.c.symbol == symbol))

    def compare(self, wanted: TradeFilter) -> ReentryComparison:
        """How trades with re-entries did, and how those without."""
        with_some, without = split_by_reentries(self._journal.trades(wanted))
        return ReentryComparison(summarise(with_some), summarise(without))

    def order_history(self, trade_id: int) -> list[Order]:
        """Every order of a trade, canceled brackets included, in the order in which they were first seen."""
        is_its_fill = or_(EXECUTION.c.trade_id == trade_id, EXECUTION.c.opened_trade_id == trade_id)
        its_fills = select(EXECUTION.c.order_id).where(is_its_fill, EXECUTION.c.account == _ORDER.c.account)
        condition = or_(_ORDER.c.trade_id == trade_id, _ORDER.c.order_id.in_(its_fills))
        with storage_errors(), self._engine.connect() as connection:
            rows = connection.execute(select(_ORDER).where(condition)).mappings()
            return sorted(
                (order_from_row(row) for row in rows), key=lambda order: (order.first_seen_at, order.order_id)
            )

    def prices(self, trade_id: int) -> ReentryPrices | None:
        """A trade's average re-entry against its initial price, open or closed; None where there is none."""
        with storage_errors(), self._engine.connect() as connection:
            side = _side_of(connection, trade_id)
            if side is None:
                return None
            orders = reentry_orders(_adding_fills(connection, EXECUTION.c.trade_id == trade_id))
            is_opening = or_(
                EXECUTION.c.opened_trade_id == trade_id,
                and_(EXECUTION.c.trade_id == trade_id, EXECUTION.c.entry_type == EntryType.INITIAL),
            )
            rows = connection.execute(select(EXECUTION).where(IS_FOLDED, is_opening)).mappings()
            opening = reentry_orders(AddingFill(execution_from_row(row), trade_id) for row in rows)
            return reentry_prices(side, opening[0].price if opening else None, orders)

    def _count(self, connection: Connection, now: datetime) -> Mapping[PositionKey, int]:
        orders = reentry_orders(_adding_fills(connection, EXECUTION.c.occurred_at >= now - _LONGEST_DAY))
        today = [order for order in orders if self._is_today(order, now)]
        return Counter(order.key for order in today)

    def _is_today(self, order: ReentryOrder, now: datetime) -> bool:
        calendar = self._calendar_of(order.key.symbol)
        return calendar.day_of(order.first_at) == calendar.day_of(now)


def _is_fresh(age: timedelta) -> bool:
    return timedelta(0) <= age <= _OLDEST_COUNT


def _adding_fills(connection: Connection, condition: ColumnElement[bool]) -> list[AddingFill]:
    parent = select(_ORDER.c.parent_order_id).where(
        _ORDER.c.account == EXECUTION.c.account, _ORDER.c.order_id == EXECUTION.c.order_id
    )
    query = (
        select(EXECUTION, parent.scalar_subquery().label("parent_order_id"))
        .where(IS_FOLDED, EXECUTION.c.entry_type == EntryType.REENTRY, condition)
        .order_by(EXECUTION.c.fold_at, EXECUTION.c.seq)
    )
    return [
        AddingFill(execution_from_row(row), row["trade_id"], row["parent_order_id"])
        for row in connection.execute(query).mappings()
    ]


def _side_of(connection: Connection, trade_id: int) -> PositionSide | None:
    for table, column in ((TRADE, TRADE.c.id), (_POSITION, _POSITION.c.trade_id)):
        side = connection.execute(select(table.c.side).where(column == trade_id)).scalar()
        if side is not None:
            return PositionSide(side)
    return None
