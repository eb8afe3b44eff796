"""Mends what is derived, from the executions that prove it. What nothing else can prove it leaves alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select, update

from core.contracts import Contract, ContractBook
from core.values import PositionKey
from data.audit import findings
from data.backup import back_up
from data.course_audit import CoursesTold
from data.database import open_reader, open_writer
from data.event_replay import folded_once
from data.finding import Finding
from data.order_links import executions_by_order
from data.place import Place
from data.refold import POSITION_COLUMNS, TRADE_COLUMNS, KeyFold, refold
from data.rows import Row, contract_from_row, key_from_row
from data.schema import TABLES
from data.storage_errors import storage_errors
from data.unit_of_work import Derived

_EXECUTION = TABLES["execution"]
_TRADE = TABLES["traderecord"]
_POSITION = TABLES["openposition"]
_ORDER = TABLES["orderrecord"]
_EVENT = TABLES["positionevent"]
_META = TABLES["ledgermeta"]


@dataclass(frozen=True, slots=True)
class Repair:
    """What was found, what is left of it, and the copy that was taken before anything was written."""

    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
    backup: Path | None


def repair(place: Place, contracts: ContractBook, now: datetime) -> Repair:
    """Writes anew all that the executions of the ledger at `place` give, keeping what the trader wrote.

    Where an execution itself is in doubt nothing is written: a repair would spread the damage.

    Raises:
        ConfigError: there is no ledger at `place`, or a window has it open.
        StorageUnavailable: no backup could be taken, or nothing can be written.
    """
    # Says so where there is none; a writer would make one.
    open_reader(place).dispose()
    with storage_errors(), open_writer(place) as connection:
        with connection.begin():
            found = tuple(findings(connection))
        if not found or any(finding.is_source for finding in found):
            return Repair(found, found, None)
        backup = back_up(place, now).path if isinstance(place, Path) else None
        with connection.begin():
            _Mender(connection, contracts, now).mend(len(found))
            left = tuple(findings(connection))
        return Repair(found, left, backup)


class _Mender:
    """Writes inside one open transaction."""

    def __init__(self, connection: Connection, contracts: ContractBook, now: datetime) -> None:
        self._connection = connection
        self._contracts = contracts
        self._now = now
        self._trades = {row["id"]: row for row in self._rows(_TRADE)}
        self._positions = {key_from_row(row): row for row in self._rows(_POSITION)}
        self._courses = CoursesTold(connection)
        meta = self._connection.execute(select(_META.c.revision)).scalar_one()
        newest_event = self._connection.execute(select(func.max(_EVENT.c.revision))).scalar() or 0
        self._revision = max(meta, newest_event) + 1

    def mend(self, found: int) -> None:
        self._place_waiting()
        folds = refold(self._connection, folded_once(self._connection))
        kept: set[int] = set()
        for key_fold in folds.values():
            self._mend_executions(key_fold.derived())
            self._mend_trades(key_fold, kept)
        for trade_id in set(self._trades) - kept:
            self._connection.execute(delete(_TRADE).where(_TRADE.c.id == trade_id))
        self._mend_positions(folds.values())
        self._mend_orders(kept)
        self._write_down(found)

    def _place_waiting(self) -> None:
        """An execution without a place in the fold has the one that its time gives it."""
        columns = _EXECUTION.c
        is_misplaced = columns.fold_at.is_(None) | (columns.fold_at < columns.occurred_at)
        self._connection.execute(update(_EXECUTION).where(is_misplaced).values(fold_at=columns.occurred_at))

    def _mend_executions(self, derived: Iterable[tuple[RowMapping, Derived]]) -> None:
        for row, proven in derived:
            values = {
                "entry_type": proven.entry_type,
                "trade_id": proven.trade_id,
                "opened_trade_id": proven.opened_trade_id,
            }
            self._update(_EXECUTION, {"seq": row["seq"]}, row, values)

    def _mend_trades(self, key_fold: KeyFold, kept: set[int]) -> None:
        for folded in key_fold.trades(self._trades, self._contract_of(key_fold)):
            kept.add(folded["id"])
            row = self._trades.get(folded["id"])
            if row is None:
                self._connection.execute(insert(_TRADE), folded)
            else:
                values = {name: folded[name] for name in TRADE_COLUMNS}
                values |= self._courses.columns(row, key_fold, folded) or {}
                self._update(_TRADE, {"id": row["id"]}, row, values)

    def _mend_positions(self, folds: Iterable[KeyFold]) -> None:
        is_open = {key_fold.key: key_fold for key_fold in folds if key_fold.position is not None}
        for key in set(self._positions) - set(is_open):
            self._connection.execute(delete(_POSITION).where(*_is(_named(key), _POSITION)))
        for key, key_fold in is_open.items():
            row = self._positions.get(key)
            folded = key_fold.open_row(row, self._contract_of(key_fold))
            if folded is None:
                continue
            if row is None:
                times = {"created_at": self._now, "updated_at": self._now, "revision": self._revision}
                self._connection.execute(insert(_POSITION), {**folded, **times})
                continue
            columns = [*POSITION_COLUMNS, "stretch_low", "stretch_high"]
            self._update(_POSITION, _named(key), row, {name: folded[name] for name in columns})

    def _mend_orders(self, trades: set[int]) -> None:
        made = executions_by_order(self._rows(_EXECUTION))
        known = trades | {row["trade_id"] for row in self._rows(_POSITION)}
        for order in self._rows(_ORDER):
            fills = made.get((order["account"], order["order_id"]), [])
            names = {"account": order["account"], "order_id": order["order_id"]}
            if order["entry_type"] is not None and fills:
                pairs = {(row["entry_type"], row["trade_id"]) for row in fills}
                if (order["entry_type"], order["trade_id"]) not in pairs:
                    first = {name: fills[0][name] for name in ("entry_type", "trade_id")}
                    self._update(_ORDER, names, order, first)
            elif order["trade_id"] is not None and order["trade_id"] not in known:
                self._update(_ORDER, names, order, {"trade_id": None})

    def _write_down(self, found: int) -> None:
        detail = f"audit --repair: {found} findings; all that is derived was folded again"
        event = {"at": self._now, "revision": self._revision, "kind": "repaired", "detail": detail}
        self._connection.execute(insert(_EVENT), event)
        self._connection.execute(update(_META).values(revision=self._revision))

    def _update(self, table: Table, names: Row, row: Mapping[Any, Any], values: Row) -> None:
        changed = {name: value for name, value in values.items() if row[name] != value}
        if changed:
            self._connection.execute(update(table).where(*_is(names, table)).values(changed))

    def _contract_of(self, key_fold: KeyFold) -> Contract | None:
        """What the contract was worth by any row of the symbol that says so, else by the table."""
        rows = [*self._positions.values(), *self._trades.values()]
        known = (contract_from_row(row) for row in rows if row["symbol"] == key_fold.key.symbol)
        found = next((contract for contract in known if contract is not None), None)
        return found or self._contracts.find(key_fold.key.symbol)

    def _rows(self, table: Table) -> list[RowMapping]:
        return list(self._connection.execute(select(table)).mappings())


def _named(key: PositionKey) -> Row:
    return {"mode": key.mode, "account": key.account, "symbol": key.symbol}


def _is(names: Row, table: Table) -> list[Any]:
    return [table.c[name] == value for name, value in names.items()]
