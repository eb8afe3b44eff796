"""Which trades want their course, and what it has to be worked out of; read beside the writing ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, and_, bindparam, or_, select

from core.course_told import TradeAsked
from core.execution import Execution
from core.stops import stops_of
from core.trade_course import Stop
from core.values import PositionKey, micros_from_utc, utc_from_micros
from data.database import open_reader
from data.fill_statements import EXECUTION, IS_FOLDED, IS_KEY
from data.place import Place
from data.rows import execution_from_row
from data.schema import TABLES
from data.storage_errors import storage_errors
from data.trade_executions import executions_of

_TRADE = TABLES["traderecord"]
_POSITION = TABLES["openposition"]
_PATH = TABLES["pricepath"]
_MARKS = ("coverage", "entry_time", "exit_time", "opened_qty", "realized_points", "exit_reason")
_CLOSED = (
    select(_TRADE.c.id, *(_TRADE.c[name] for name in _MARKS))
    .select_from(_TRADE.outerjoin(_PATH, _PATH.c.trade_id == _TRADE.c.id))
    .order_by(_TRADE.c.exit_time, _TRADE.c.id)
)
_IS_UNFINISHED = or_(_TRADE.c.excursion_final.is_not(True), _PATH.c.is_whole.is_not(True))
_OPEN = select(_POSITION.c.trade_id, _POSITION.c.qty, _POSITION.c.opened_qty, _POSITION.c.realized_points).order_by(
    _POSITION.c.entry_time, _POSITION.c.trade_id
)
# Of one account and contract the fills by which its clock is judged.
_FILLS = (
    select(EXECUTION)
    .where(IS_KEY, IS_FOLDED, EXECUTION.c.fold_at >= bindparam("since"), EXECUTION.c.fold_at <= bindparam("until"))
    .order_by(EXECUTION.c.fold_at.desc())
    .limit(20)
)
_CLOCK_SPAN = timedelta(hours=1)


class Wanting(NamedTuple):
    """A trade that wants its course; `mark` differs where it has become another, or lost its course, since."""

    trade_id: int
    is_open: bool
    mark: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One trade whose course can be told; `known` are prices of its fills, `clock` fills of its account around it."""

    asked: TradeAsked
    key: PositionKey
    wire_symbol: str
    known: tuple[tuple[datetime, Decimal], ...]
    clock: tuple[Stop, ...]


class CourseQuestions:
    """Each call opens a connection of its own, which only reads, and closes it again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @staticmethod
    def at(place: Place) -> "CourseQuestions":
        """Those of the ledger at `place`; raises ConfigError where there is none."""
        return CourseQuestions(open_reader(place))

    def wanting(self, rewritten: Mapping[str, int]) -> list[Wanting]:
        """Closed trades that are not final or whose path is not whole, oldest first, then the open ones.

        `rewritten` says of symbols from when on, in microseconds UTC, their record is another now: what ended later is
        among them, too.
        """
        changed = [
            and_(_TRADE.c.symbol == symbol, _TRADE.c.exit_time >= utc_from_micros(from_us))
            for symbol, from_us in rewritten.items()
        ]
        with storage_errors(), self._engine.connect() as connection:
            closed = connection.execute(_CLOSED.where(or_(_IS_UNFINISHED, *changed))).all()
            still_open = connection.execute(_OPEN).all()
        found = [Wanting(row[0], is_open=False, mark=tuple(row[1:])) for row in closed]
        return found + [Wanting(row[0], is_open=True, mark=tuple(row[1:])) for row in still_open]

    def question(self, trade_id: int) -> Question | None:
        """None where the trade is gone by now, or a price in it is unknown or was only assumed."""
        with storage_errors(), self._engine.connect() as connection:
            found = executions_of(lambda query, values: _rows(connection, query, values), trade_id)
            stops = stops_of(found.since_flat).get(trade_id) if found else None
            if found is None or not stops:
                return None
            asked = TradeAsked(trade_id, found.own, tuple(stops))
            fills = self._fills_around(connection, found.key, asked)
        return Question(
            asked,
            found.key,
            next(each.wire_symbol for each in found.since_flat if each.seq == trade_id),
            tuple((utc_from_micros(stop.at_us), stop.price) for stop in _ends(stops)),
            tuple(fills),
        )

    def _fills_around(self, connection: Connection, key: PositionKey, asked: TradeAsked) -> list[Stop]:
        until = utc_from_micros(asked.ends_us)
        names = {"mode": key.mode, "account": key.account, "symbol": key.symbol}
        rows = _rows(connection, _FILLS, {**names, "since": until - _CLOCK_SPAN, "until": until})
        stops = (_stop(execution_from_row(row)) for row in rows)
        # Parts of one order that were filled at once bear witness once.
        apart = {(stop.at_us, stop.price): stop for stop in stops if stop is not None}
        return [apart[place] for place in sorted(apart)]


def _rows(connection: Connection, query: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # SQLAlchemy's own
    return connection.execute(query, values).mappings().all()


def _ends(stops: list[Stop]) -> list[Stop]:
    """The first, and the last where it is another: one of them is within a file that reaches into the trade."""
    return stops[:1] + stops[1:][-1:]


def _stop(execution: Execution) -> Stop | None:
    if execution.price is None or execution.is_assumed:
        return None
    return Stop(micros_from_utc(execution.occurred_at), execution.resolution_us, execution.price, None)
