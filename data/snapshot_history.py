"""Looks back: what an account held and was worth at a moment, beside the writing ledger."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, Select, Table, and_, func, select

from core.values import Mode
from data.schema import TABLES
from data.storage_errors import storage_errors

_POSITION = TABLES["positionsnapshot"]
_BALANCE = TABLES["balancesnapshot"]


@dataclass(frozen=True, slots=True)
class HeldThen:
    """What an account held of a symbol from `at` on; `qty` is signed, 0 is flat."""

    at: datetime
    mode: Mode
    account: str
    symbol: str
    qty: Decimal
    average_price: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class BalanceThen:
    """What an account was worth from `at` on."""

    at: datetime
    mode: Mode
    account: str
    cash_balance: Decimal
    currency: str | None


class SnapshotHistory:
    """Answers what was known last. Each call opens a connection of its own and closes it again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest_balances(self, as_of: datetime | None = None) -> dict[str, BalanceThen]:
        """The newest balance of each account, at or before `as_of` where that is given."""
        with storage_errors(), self._engine.connect() as connection:
            return latest_balances(connection, as_of)

    def latest_positions(self, source: str, as_of: datetime | None = None) -> dict[tuple[str, str], HeldThen]:
        """The newest of each account and symbol by `source`, at or before `as_of` where that is given."""
        with storage_errors(), self._engine.connect() as connection:
            return latest_positions(connection, source, as_of)


def latest_balances(connection: Connection, as_of: datetime | None = None) -> dict[str, BalanceThen]:
    query = _newest(_BALANCE, ("account",), as_of)
    rows = connection.execute(query).mappings()
    return {
        row["account"]: BalanceThen(row["at"], Mode(row["mode"]), row["account"], row["cash_balance"], row["currency"])
        for row in rows
    }


def latest_positions(
    connection: Connection, source: str, as_of: datetime | None = None
) -> dict[tuple[str, str], HeldThen]:
    query = _newest(_POSITION, ("account", "symbol"), as_of, source)
    rows = connection.execute(query).mappings()
    return {
        (row["account"], row["symbol"]): HeldThen(
            row["at"], Mode(row["mode"]), row["account"], row["symbol"], row["qty"], row["average_price"], row["source"]
        )
        for row in rows
    }


def _newest(
    table: Table, subject: tuple[str, ...], as_of: datetime | None, source: str | None = None
) -> Select[tuple[object, ...]]:
    """The newest row of each subject."""
    columns = table.c
    newest = select(*(columns[name] for name in subject), func.max(columns.at).label("newest_at"))
    if as_of is not None:
        newest = newest.where(columns.at <= as_of)
    if source is not None:
        newest = newest.where(columns.source == source)
    last = newest.group_by(*(columns[name] for name in subject)).subquery()
    is_last = [columns.at == last.c.newest_at, *(columns[name] == last.c[name] for name in subject)]
    joined = select(table).join(last, and_(*is_last))
    return joined if source is None else joined.where(columns.source == source)
