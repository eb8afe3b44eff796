"""The writes of one ledger transaction, and the draft of what will be remembered if it commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Executable, RowMapping, select

from core.errors import LedgerBug
from core.execution import Execution
from core.fold_order import unit_end
from core.order import Order
from core.trade_record import TradeRecord
from core.values import EntryType, PositionKey, Source
from data import fill_statements as sql
from data.chain import link
from data.ledger_state import Account, Assumed, Frontier, Held, LedgerState
from data.prepared import Hand, Prepared
from data.rows import Row, account_row, execution_from_row, execution_row, order_row, position_row, trade_row

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Derived:
    """What the fold says of an execution."""

    execution: Execution
    entry_type: EntryType
    trade_id: int
    opened_trade_id: int | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """A row as the fold left it last time."""

    execution: Execution
    trade_id: int
    opened_trade_id: int | None


class UnitOfWork:
    """Writes inside one open transaction; `state` is the draft that the commit makes true. Ledger thread only.

    Positions, trades and events are written when the transaction ends or something is read, each row once.
    """

    def __init__(self, connection: Connection, state: LedgerState, now: datetime) -> None:
        self.state = state
        self.now = now
        self._connection = connection
        self._hand = Hand(connection)
        self._revision = state.revision + 1
        self.notices: list[str] = []  # for the trader, once it is committed
        self._events: list[Row] = []
        self._orders: dict[tuple[str, str], Order] = {}
        self._trades: dict[int, TradeRecord] = {}
        self._gone: set[int] = set()
        self._touched: set[PositionKey] = set()
        self.has_written = False

    def known_rows(self, account: str, execution_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of `account` that go by one of the ids, as the driver gives `fill_statements.IDENTITY`."""
        rows: list[tuple[Any, ...]] = []
        columns = ("execution_id", "alternate_id") if self.state.has_second_ids else ("execution_id",)
        for column in columns:
            start = 0
            while start < len(execution_ids):
                size, query = sql.known(column, len(execution_ids) - start)
                ids = execution_ids[start : start + size]
                padded = [*ids, *[ids[-1]] * (size - len(ids))]
                values = dict(zip(sql.ID_NAMES, padded, strict=False))
                rows += self._hand.rows(query, {"account": account, **values})
                start += size
        return rows

    def folded_since_flat(self, key: PositionKey, until: datetime) -> list[Folded]:
        """The folded executions of `key` from the last one at or before `until` that opened it from flat."""
        openers = self.read(sql.OPENED_FROM_FLAT, {**_named(key), "until": until})
        since, seq = (openers[0]["fold_at"], openers[0]["seq"]) if openers else (_LONG_AGO, 0)
        rows = self.read(sql.FOLDED_SINCE, {**_named(key), "since": since, "since_seq": seq})
        return [Folded(execution_from_row(row), row["trade_id"], row["opened_trade_id"]) for row in rows]

    def executions_since_flat(self, key: PositionKey, until: datetime) -> list[Execution]:
        return [each.execution for each in self.folded_since_flat(key, until)]

    def frontier(self, key: PositionKey) -> Frontier | None:
        """Where the fold of `key` ends; None where nothing of it is folded."""
        if key not in self.state.newest_folded:
            newest = [execution_from_row(row) for row in self.read(sql.NEWEST_FOLDED, _named(key))]
            if not newest:
                return None
            self.state.newest_folded[key] = Frontier(newest[0], max(unit_end(each) for each in newest))
        return self.state.newest_folded[key]

    def back_filled_until(self, account: str) -> datetime | None:
        """When the newest fill happened that a back-fill told of `account`; None where none did."""
        known = self.state.back_filled_until
        if account not in known:
            (row,) = self.read(sql.BACK_FILLED_UNTIL, {"account": account})
            known = self.state.back_filled_until = {**known, account: row["until"]}
        return known[account]

    def insert_executions(self, batch: Sequence[Execution | Derived], recorded_at: datetime | None = None) -> None:
        """Adds the rows, chained one to the next in the order of their numbers; recorded now, if not before.

        Raises:
            LedgerBug: (account, id) is there already, though nobody knew of it.
        """
        if not batch:
            return
        rows = []
        recorded_at = recorded_at or self.now
        for each in sorted(batch, key=_seq):
            execution = each.execution if isinstance(each, Derived) else each
            row = execution_row(execution, recorded_at)
            row |= _derived_columns(each) if isinstance(each, Derived) else _NOT_DERIVED
            row["chain"] = self.state.chain_head = link(self.state.chain_head, row)
            rows.append(row)
            if execution.is_assumed:
                known = self.state.assumed.get(execution.key, ())
                self.state.assumed[execution.key] = (*known, Assumed(execution, recorded_at))
        self.state.chain_count += len(rows)
        self._note_back_filled(rows)
        if self._hand.run_many(sql.INSERT_EXECUTION, rows) != len(rows):
            names = ", ".join(row["execution_id"] for row in rows[:3])
            raise LedgerBug(f"Executions {names} of account {rows[0]['account']} are in the ledger already")
        self.has_written = True

    def _note_back_filled(self, rows: Sequence[Row]) -> None:
        told = {row["account"] for row in rows if row["source"] is Source.REPLAY}
        known = self.state.back_filled_until
        if told & known.keys():
            # Looked up again when it matters.
            self.state.back_filled_until = {name: until for name, until in known.items() if name not in told}

    def derive(self, batch: Sequence[Derived]) -> None:
        """Writes what the fold says of executions that have their rows."""
        if batch:
            rows = [{"row_seq": each.execution.seq, **_derived_columns(each)} for each in batch]
            self._hand.run_many(sql.DERIVE, rows)
            self.has_written = True

    def match(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Gives executions, by number, the second id under which they came again."""
        rows = [{"row_seq": seq, "second_id": second_id} for seq, second_id in pairs]
        if rows:
            self._hand.run_many(sql.MATCH, rows)
            self.state.has_second_ids = self.has_written = True

    def save_position(self, held: Held) -> None:
        self.state.positions[held.position.key] = held
        self._touched.add(held.position.key)
        self.has_written = True

    def remove_position(self, key: PositionKey) -> None:
        if self.state.positions.pop(key, None) is not None:
            self._touched.add(key)
            self.has_written = True

    def save_trade(self, trade: TradeRecord) -> None:
        self._trades[trade.id] = trade
        self.has_written = True

    def remove_trades(self, trade_ids: Iterable[int]) -> None:
        """Takes away trades that a refold showed never to have been."""
        for trade_id in trade_ids:
            self._trades.pop(trade_id, None)
            self._gone.add(trade_id)
            self.has_written = True

    def save_order(self, order: Order) -> None:
        """Writes the order down; it is remembered while it is at work or its first fill is still to be folded."""
        name = (order.account, order.order_id)
        self._orders[name] = self.state.orders[name] = order
        if not order.is_at_work and (order.entry_type is not None or not order.filled_qty):
            del self.state.orders[name]
        self.has_written = True

    def save_account(self, account: Account) -> None:
        self.state.accounts[account.name] = account
        self._write(sql.UPSERT_ACCOUNT, account_row(account, self.now))

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
        self._events.append(row)
        self.has_written = True

    def read(self, query: Executable, values: Row) -> Sequence[RowMapping]:
        """What `query` finds inside this transaction."""
        self._flush()
        return self._connection.execute(query, values).mappings().all()

    def finds(self, query: Prepared, values: Row) -> bool:
        """Whether `query` finds anything; as `read`, but for the price of the look."""
        self._flush()
        return bool(self._hand.rows(query, values))

    def write(self, statement: Executable, row: Row) -> None:
        """A write to a table that has a module of its own."""
        self._flush()
        self._connection.execute(statement, row)
        self.has_written = True

    def run(self, statement: Prepared, row: Row) -> None:
        """As `write`, for a prepared statement."""
        self._flush()
        self._write(statement, row)

    def read_all_executions(self) -> Iterable[RowMapping]:
        """Every row, by number."""
        self._flush()
        return self._connection.execute(select(sql.EXECUTION).order_by(sql.EXECUTION.c.seq)).mappings()

    def finish(self) -> None:
        """Counts the commit that follows: one number for the whole ledger, surviving restarts."""
        self._flush()
        state = self.state
        state.revision = self._revision
        row = {
            "new_revision": self._revision,
            "new_kind": state.kind,
            "new_head": state.chain_head,
            "new_count": state.chain_count,
        }
        self._write(sql.UPDATE_META, row)

    def _flush(self) -> None:
        for key in self._touched:
            held = self.state.positions.get(key)
            if held is None:
                self._write(sql.DELETE_POSITION, _named(key))
            else:
                self._write(sql.UPSERT_POSITION, position_row(held, self.now, self._revision))
        if self._gone:
            gone = [{"gone": each} for each in sorted(self._gone)]
            self._hand.run_many(sql.DELETE_PATH, gone)
            self._hand.run_many(sql.DELETE_TRADE, gone)
        if self._trades:
            self._hand.run_many(sql.UPSERT_TRADE, [trade_row(each) for each in self._trades.values()])
        for order in self._orders.values():
            mode = self.state.accounts[order.account].mode
            self._write(sql.UPSERT_ORDER, order_row(order, mode, self._revision))
        if self._events:
            self._hand.run_many(sql.INSERT_EVENT, self._events)
        self._touched, self._gone, self._trades, self._orders, self._events = set(), set(), {}, {}, []

    def _write(self, statement: Prepared, row: Row) -> None:
        self._hand.run(statement, row)
        self.has_written = True


def _derived_columns(derived: Derived) -> Row:
    execution = derived.execution
    stretch = execution.stretch
    return {
        "entry_type": derived.entry_type,
        "trade_id": derived.trade_id,
        "opened_trade_id": derived.opened_trade_id,
        "stretch_low": stretch.low if stretch else None,
        "stretch_high": stretch.high if stretch else None,
        "fold_at": execution.fold_at or execution.occurred_at,
    }


_NOT_DERIVED: Row = dict.fromkeys(sql.DERIVED)


def _seq(each: Execution | Derived) -> int:
    return each.execution.seq if isinstance(each, Derived) else each.seq


def _named(key: PositionKey) -> Row:
    return {"mode": key.mode, "account": key.account, "symbol": key.symbol}
