"""The statements on the way of a fill, each made once: for whichever database the ledger is in."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Dialect, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ClauseElement

from core.values import Source
from data.prepared import Prepared
from data.schema import TABLES

EXECUTION = TABLES["execution"]
TRADE = TABLES["traderecord"]
_POSITION = TABLES["openposition"]
_META = TABLES["ledgermeta"]
_EVENT = TABLES["positionevent"]
_PATH = TABLES["pricepath"]
DERIVED = ("entry_type", "trade_id", "opened_trade_id", "stretch_low", "stretch_high", "fold_at")
MONEY = ("realized_pnl", "net_pnl", "mae", "mfe", "point_value", "tick_size", "currency")
# What of a row tells whether a fill that comes again is the one that was booked.
IDENTITY = ("execution_id", "alternate_id", "symbol", "side", "qty", "price", "occurred_at")
_KEY = ("mode", "account", "symbol")
# How many ids one query may ask for; no SQLite was ever built to take fewer variables than 999.
_SIZES = (1, 32, 450)
ID_NAMES = tuple(f"id{number}" for number in range(_SIZES[-1]))


def _named(table: Any, names: Iterable[str]) -> list[Any]:  # noqa: ANN401  # SQLAlchemy's table and clauses
    return [table.c[name] == bindparam(name) for name in names]


def _native_insert(table: Any, dialect: Dialect) -> Any:  # noqa: ANN401  # the generic insert knows no conflict
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect.name](table)


def upsert(table_name: str, keep: Iterable[str] = ()) -> Prepared:
    """Insert or, where the key is taken, overwrite all but the key and the columns to `keep`."""
    table = TABLES[table_name]
    keys = [column.name for column in table.primary_key]

    def build(dialect: Dialect) -> ClauseElement:
        statement = _native_insert(table, dialect)
        fixed = {*keys, *keep}
        values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in fixed}
        return statement.on_conflict_do_update(index_elements=keys, set_=values)  # type: ignore[no-any-return]  # as above

    return Prepared(build)


def insert_if_new(table_name: str, *key: str) -> Prepared:
    """Insert; nothing where the key is taken. A number that is the database's to give is left to it."""

    def build(dialect: Dialect) -> ClauseElement:
        statement = _native_insert(TABLES[table_name], dialect).inline()
        return statement.on_conflict_do_nothing(index_elements=key)  # type: ignore[no-any-return]  # as above

    return Prepared(build, [column.name for column in TABLES[table_name].columns if column.name != "id"])


def _plain(statement: ClauseElement) -> Callable[[Dialect], ClauseElement]:
    return lambda _dialect: statement


def _known(column: str, size: int) -> Prepared:
    names: list[Any] = [bindparam(name) for name in ID_NAMES[:size]]
    condition = and_(EXECUTION.c.account == bindparam("account"), EXECUTION.c[column].in_(names))
    if column == "alternate_id":
        # Said aloud, or the index of second ids is of no use.
        condition = and_(condition, EXECUTION.c.alternate_id.is_not(None))
    return Prepared(_plain(select(*(EXECUTION.c[name] for name in IDENTITY)).where(condition)))


@cache
def known(column: str, count: int) -> tuple[int, Prepared]:
    """A query for `count` ids or fewer in `column`, and how many it takes: those too many repeat the last."""
    size = next((size for size in _SIZES if size >= count), _SIZES[-1])
    return size, _known_of_size(column, size)


@cache
def _known_of_size(column: str, size: int) -> Prepared:
    return _known(column, size)


INSERT_EXECUTION = insert_if_new("execution", "account", "execution_id")
DERIVE = Prepared(
    _plain(
        update(EXECUTION)
        .where(EXECUTION.c.seq == bindparam("row_seq"))
        .values({name: bindparam(name) for name in DERIVED})
    )
)
MATCH = Prepared(
    _plain(update(EXECUTION).where(EXECUTION.c.seq == bindparam("row_seq")).values(alternate_id=bindparam("second_id")))
)
# The columns the ledger does not derive belong to the trader or to a later stage of the program.
UPSERT_TRADE = upsert("traderecord", keep=("tags", "note"))
UPSERT_POSITION = upsert("openposition", keep=("created_at",))
UPSERT_ACCOUNT = upsert("accountstate")
UPSERT_ORDER = upsert("orderrecord")
DELETE_POSITION = Prepared(_plain(delete(_POSITION).where(*_named(_POSITION, _KEY))))
UPSERT_PATH = upsert("pricepath")
DELETE_PATH = Prepared(_plain(delete(_PATH).where(_PATH.c.trade_id == bindparam("gone"))))
DELETE_TRADE = Prepared(_plain(delete(TRADE).where(TRADE.c.id == bindparam("gone"))))
FILL_IN_MONEY = Prepared(
    _plain(update(TRADE).where(TRADE.c.id == bindparam("trade")).values({name: bindparam(name) for name in MONEY}))
)
INSERT_EVENT = Prepared(
    _plain(insert(_EVENT).inline()), [column.name for column in _EVENT.columns if column.name != "id"]
)
UPDATE_META = Prepared(
    _plain(
        update(_META).values(
            revision=bindparam("new_revision"),
            kind=bindparam("new_kind"),
            chain_head=bindparam("new_head"),
            chain_count=bindparam("new_count"),
        )
    )
)

BACK_FILLED_UNTIL = select(func.max(EXECUTION.c.occurred_at).label("until")).where(
    EXECUTION.c.account == bindparam("account"), EXECUTION.c.source == Source.REPLAY
)
IS_KEY = and_(*_named(EXECUTION, _KEY))
IS_FOLDED = and_(EXECUTION.c.entry_type.is_not(None), EXECUTION.c.superseded_by.is_(None))
_PLACE = (EXECUTION.c.fold_at, EXECUTION.c.seq)
OPENED_FROM_FLAT = (
    select(*_PLACE)
    .where(IS_KEY, EXECUTION.c.trade_id == EXECUTION.c.seq, EXECUTION.c.fold_at <= bindparam("until"))
    .where(EXECUTION.c.superseded_by.is_(None))
    .order_by(*(column.desc() for column in _PLACE))
    .limit(1)
)
FOLDED_SINCE = (
    select(EXECUTION)
    .where(
        IS_KEY,
        IS_FOLDED,
        or_(
            EXECUTION.c.fold_at > bindparam("since"),
            and_(EXECUTION.c.fold_at == bindparam("since"), EXECUTION.c.seq >= bindparam("since_seq")),
        ),
    )
    .order_by(*_PLACE)
)
NEWEST_FOLDED = select(EXECUTION).where(IS_KEY, IS_FOLDED).order_by(*(column.desc() for column in _PLACE)).limit(8)
