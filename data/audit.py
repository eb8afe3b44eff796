"""Proves the derived tables: everything is folded again from the executions and compared, row by row."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from core.execution import Execution
from core.position import Change, Position, fold, trade_closed_by
from core.trade_record import record_trade
from core.values import PositionKey, utc_from_micros
from data.booking import derive
from data.database import open_reader
from data.ledger_state import Held
from data.rows import (
    Row,
    contract_from_row,
    execution_from_row,
    key_from_row,
    position_row,
    stretch_from_row,
    trade_row,
)
from data.schema import TABLES
from data.storage_errors import storage_errors

_ANY_TIME = utc_from_micros(0)
_TRADE_DERIVED = (
    "mode", "account", "symbol", "side", "qty", "opened_qty", "entry_time", "entry_price", "exit_time", "exit_price",
    "realized_points", "realized_pnl", "mae", "mfe", "mae_points", "mfe_points", "trade_min_price", "trade_max_price",
    "reentry_count",
)  # fmt: skip
_POSITION_DERIVED = (
    "trade_id", "qty", "side", "entry_price", "entry_time", "initial_entry_price", "last_reentry_price",
    "reentry_count", "opened_qty", "peak_qty", "trade_min_price", "trade_max_price", "mae", "mfe", "realized_points",
    "realized_pnl",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Something a table says that the executions do not."""

    where: str
    recorded: object
    folded: object

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded}, the executions give {self.folded}"


def audit(path: Path) -> list[Difference]:
    """Everything in the ledger at `path` that its executions do not bear out; empty when all is proven.

    Raises:
        ConfigError: there is no ledger at `path`.
    """
    with storage_errors(), open_reader(path).connect() as connection, connection.begin():
        return list(_Auditor(connection).differences())


class _Auditor:
    """Compares one consistent view of the tables with a fold of its executions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._trades = {row["id"]: row for row in self._rows(TABLES["traderecord"])}
        self._positions = {key_from_row(row): row for row in self._rows(TABLES["openposition"])}

    def differences(self) -> Iterator[Difference]:
        proven: set[int] = set()
        by_key = self._executions()
        for key, rows in by_key.items():
            position, changes = fold(execution_from_row(row) for row in rows)
            yield from self._compare_executions(rows, changes)
            for _, change in changes:
                yield from self._compare_trade(change, proven)
            yield from self._compare_position(key, position)
        for trade_id in sorted(set(self._trades) - proven):
            yield Difference(f"trade {trade_id}", "a row", "no such trade")
        for key in sorted(set(self._positions) - set(by_key)):
            yield Difference(f"position {key}", "a row", "no executions")

    def _compare_executions(
        self, rows: list[RowMapping], changes: list[tuple[Execution, Change]]
    ) -> Iterator[Difference]:
        for row, (execution, change) in zip(rows, changes, strict=True):
            derived = derive(execution, change)
            for name in ("entry_type", "trade_id", "opened_trade_id"):
                yield from _compare(f"execution {execution.execution_id} {name}", row[name], getattr(derived, name))

    def _compare_trade(self, change: Change, proven: set[int]) -> Iterator[Difference]:
        trade = trade_closed_by(change)
        if trade is None:
            return
        proven.add(trade.id)
        row = self._trades.get(trade.id)
        if row is None:
            yield Difference(f"trade {trade.id}", "no row", "a closed trade")
            return
        folded = trade_row(record_trade(trade, contract_from_row(row)))
        yield from _compare_columns(f"trade {trade.id}", row, folded, _TRADE_DERIVED)

    def _compare_position(self, key: PositionKey, position: Position | None) -> Iterator[Difference]:
        row = self._positions.get(key)
        if row is None or position is None:
            yield from _compare(f"position {key}", "open" if row else "flat", "open" if position else "flat")
            return
        yield from _check_stretch(key, row, position)
        stretch = stretch_from_row(row)
        held = Held(position.having_seen(stretch) if stretch else position, contract_from_row(row))
        yield from _compare_columns(f"position {key}", row, position_row(held, _ANY_TIME, 0), _POSITION_DERIVED)

    def _executions(self) -> dict[PositionKey, list[RowMapping]]:
        table = TABLES["execution"]
        folded = select(table).where(table.c.entry_type.is_not(None), table.c.superseded_by.is_(None))
        by_key: dict[PositionKey, list[RowMapping]] = defaultdict(list)
        for row in self._connection.execute(folded.order_by(table.c.occurred_at, table.c.seq)).mappings():
            by_key[key_from_row(row)].append(row)
        return by_key

    def _rows(self, table: Table) -> list[RowMapping]:
        return list(self._connection.execute(select(table)).mappings())


def _check_stretch(key: PositionKey, row: RowMapping, position: Position) -> Iterator[Difference]:
    """The running stretch cannot be folded from executions; it must at least hold the fill that began it."""
    stretch, began = stretch_from_row(row), position.stretch
    if began is not None and (stretch is None or stretch.including(began) != stretch):
        yield Difference(f"position {key} stretch", stretch, began)


def _compare_columns(where: str, row: RowMapping, folded: Row, names: tuple[str, ...]) -> Iterator[Difference]:
    for name in names:
        yield from _compare(f"{where} {name}", row[name], folded[name])


def _compare(where: str, recorded: Any, folded: Any) -> Iterator[Difference]:  # noqa: ANN401  # a column of any type
    if recorded != folded:
        yield Difference(where, recorded, folded)
