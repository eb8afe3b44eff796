"""The writes of one ledger transaction, and the draft of what will be remembered if it commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import Insert, insert

from core.execution import Execution
from core.trade_record import TradeRecord
from core.values import EntryType, PositionKey
from data.ledger_state import Account, Held, LedgerState
from data.rows import Row, account_row, execution_from_row, execution_row, position_row, trade_row
from data.schema import TABLES

_EXECUTION = TABLES["execution"]
_POSITION = TABLES["openposition"]
_TRADE = TABLES["traderecord"]
_ACCOUNT = TABLES["accountstate"]
_META = TABLES["ledgermeta"]
_MOST_IDS = 900  # in one query: no SQLite was ever built to take fewer variables than 999
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _upsert(table_name: str, keep: Iterable[str] = ()) -> Insert:
    """Insert or, where the key is taken, overwrite all but the key and the columns to `keep`."""
    table = TABLES[table_name]
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    fixed = {*keys, *keep}
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in fixed}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


# Built once: a statement made anew for each fill costs more than running it.
_INSERT_EXECUTION = insert(_EXECUTION).on_conflict_do_nothing(index_elements=["account", "execution_id"])
_DERIVE = (
    update(_EXECUTION)
    .where(_EXECUTION.c.seq == bindparam("row_seq"))
    .values(
        {name: bindparam(name) for name in ("entry_type", "trade_id", "opened_trade_id", "stretch_low", "stretch_high")}
    )
)
_KNOWN = select(_EXECUTION).where(
    _EXECUTION.c.account == bindparam("account"), _EXECUTION.c.execution_id.in_(bindparam("ids", expanding=True))
)
_IS_KEY = and_(*(_EXECUTION.c[name] == bindparam(name) for name in ("mode", "account", "symbol")))
_OPENED_FROM_FLAT = (
    select(_EXECUTION.c.occurred_at, _EXECUTION.c.seq)
    .where(_IS_KEY, _EXECUTION.c.trade_id == _EXECUTION.c.seq, _EXECUTION.c.occurred_at <= bindparam("until"))
    .order_by(_EXECUTION.c.occurred_at.desc(), _EXECUTION.c.seq.desc())
    .limit(1)
)
_NEWEST_FOLDED = select(func.max(_EXECUTION.c.occurred_at)).where(_IS_KEY, _EXECUTION.c.entry_type.is_not(None))
_FOLDED_SINCE = (
    select(_EXECUTION)
    .where(
        _IS_KEY,
        _EXECUTION.c.entry_type.is_not(None),
        _EXECUTION.c.superseded_by.is_(None),
        _EXECUTION.c.occurred_at >= bindparam("since"),
    )
    .order_by(_EXECUTION.c.occurred_at, _EXECUTION.c.seq)
)
# The columns the ledger does not derive belong to the trader or to a later stage of the program.
_UPSERT_TRADE = _upsert("traderecord", keep=("tags", "note"))
_UPSERT_POSITION = _upsert("openposition", keep=("created_at",))
_UPSERT_ACCOUNT = _upsert("accountstate")
_DELETE_POSITION = delete(_POSITION).where(
    *(_POSITION.c[name] == bindparam(name) for name in ("mode", "account", "symbol"))
)
_DELETE_TRADE = delete(_TRADE).where(_TRADE.c.id == bindparam("gone"))
_INSERT_EVENT = insert(TABLES["positionevent"])
_UPDATE_META = update(_META).values(revision=bindparam("new_revision"), kind=bindparam("new_kind"))


@dataclass(frozen=True, slots=True)
class Derived:
    """What the fold says of an execution."""

    execution: Execution
    entry_type: EntryType
    trade_id: int
    opened_trade_id: int | None = None


class UnitOfWork:
    """Writes inside one open transaction; `state` is the draft that the commit makes true. Ledger thread only."""

    def __init__(self, connection: Connection, state: LedgerState, now: datetime) -> None:
        self.state = state
        self.now = now
        self._connection = connection
        self._revision = state.revision + 1
        self.has_written = False

    def known_executions(self, account: str, execution_ids: Sequence[str]) -> dict[str, Execution]:
        """The booked executions of `account` among `execution_ids`, by id."""
        known: dict[str, Execution] = {}
        for start in range(0, len(execution_ids), _MOST_IDS):
            ids = list(execution_ids[start : start + _MOST_IDS])
            rows = self._connection.execute(_KNOWN, {"account": account, "ids": ids}).mappings()
            known |= {row["execution_id"]: execution_from_row(row) for row in rows}
        return known

    def executions_since_flat(self, key: PositionKey, until: datetime) -> list[Execution]:
        """The folded executions of `key` from the last one at or before `until` that opened it from flat."""
        opener = self._connection.execute(_OPENED_FROM_FLAT, {**_named(key), "until": until}).first()
        since, seq = opener or (_LONG_AGO, 0)
        rows = self._connection.execute(_FOLDED_SINCE, {**_named(key), "since": since}).mappings()
        executions = [execution_from_row(row) for row in rows]
        return [each for each in executions if (each.occurred_at, each.seq) >= (since, seq)]

    def newest_folded(self, key: PositionKey) -> datetime | None:
        """When the newest folded execution of `key` happened."""
        if key not in self.state.newest_folded:
            newest = self._connection.execute(_NEWEST_FOLDED, _named(key)).scalar()
            if newest is None:
                return None
            self.state.newest_folded[key] = newest
        return self.state.newest_folded[key]

    def insert_execution(self, execution: Execution) -> bool:
        """Adds a row that still has to be folded; False where (account, id) is there already."""
        inserted = self._connection.execute(_INSERT_EXECUTION, execution_row(execution, self.now)).rowcount > 0
        self.has_written |= inserted
        return inserted

    def derive(self, derived: Derived) -> None:
        """Writes what the fold says of an execution that has its row."""
        stretch = derived.execution.stretch
        row = {
            "row_seq": derived.execution.seq,
            "entry_type": derived.entry_type,
            "trade_id": derived.trade_id,
            "opened_trade_id": derived.opened_trade_id,
            "stretch_low": stretch.low if stretch else None,
            "stretch_high": stretch.high if stretch else None,
        }
        self._write(_DERIVE, row)

    def save_position(self, held: Held) -> None:
        self.state.positions[held.position.key] = held
        self._write(_UPSERT_POSITION, position_row(held, self.now, self._revision))

    def remove_position(self, key: PositionKey) -> None:
        if self.state.positions.pop(key, None) is not None:
            self._write(_DELETE_POSITION, _named(key))

    def save_trade(self, trade: TradeRecord) -> None:
        self._write(_UPSERT_TRADE, trade_row(trade))

    def remove_trades(self, trade_ids: Iterable[int]) -> None:
        """Takes away trades that a refold showed never to have been."""
        for trade_id in trade_ids:
            self._write(_DELETE_TRADE, {"gone": trade_id})

    def save_account(self, account: Account) -> None:
        self.state.accounts[account.name] = account
        self._write(_UPSERT_ACCOUNT, account_row(account, self.now))

    def append_event(
        self,
        kind: str,
        *,
        key: PositionKey | None = None,
        account: str | None = None,
        trade_id: int | None = None,
        execution_seq: int | None = None,
        qty_after: Decimal | None = None,
        detail: str | None = None,
    ) -> None:
        row = {
            "at": self.now,
            "revision": self._revision,
            "kind": kind,
            "mode": key.mode if key else None,
            "account": key.account if key else account,
            "symbol": key.symbol if key else None,
            "trade_id": trade_id,
            "execution_seq": execution_seq,
            "qty_after": qty_after,
            "detail": detail,
        }
        self._write(_INSERT_EVENT, row)

    def finish(self) -> None:
        """Counts the commit that follows: one number for the whole ledger, surviving restarts."""
        self.state.revision = self._revision
        self._write(_UPDATE_META, {"new_revision": self._revision, "new_kind": self.state.kind})

    def _write(self, statement: object, row: Row) -> None:
        self._connection.execute(statement, row)  # type: ignore[call-overload]  # the overloads hide that rows are plain dicts
        self.has_written = True


def _named(key: PositionKey) -> Row:
    return {"mode": key.mode, "account": key.account, "symbol": key.symbol}
