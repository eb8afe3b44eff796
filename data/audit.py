"""Proves the tables: everything derived is folded again from the executions and compared, row by row.

The executions themselves are held against their hash chain and against the events.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping, Table, select, text

from core.values import PositionKey
from data.chain import first_broken
from data.course_audit import CoursesTold, course_findings
from data.database import open_reader
from data.event_replay import EventReplay
from data.finding import Finding, compare
from data.mode_labels import mode_findings
from data.order_links import order_findings
from data.place import Place, name_of
from data.refold import POSITION_COLUMNS, TRADE_COLUMNS, KeyFold, refold
from data.rows import Row, key_from_row, stretch_from_row
from data.schema import TABLES
from data.storage_errors import only_rows_of_ours, storage_errors

_EXECUTION_COLUMNS = ("entry_type", "trade_id", "opened_trade_id")


def audit(place: Place) -> list[Finding]:
    """Everything in the ledger at `place` that its executions and events do not bear out; empty when all is proven.

    Raises:
        ConfigError: there is no ledger at `place`.
    """
    with (
        storage_errors(),
        only_rows_of_ours(name_of(place)),
        open_reader(place).connect() as connection,
        connection.begin(),
    ):
        return list(findings(connection))


def findings(connection: Connection) -> Iterator[Finding]:
    """As `audit`, inside a transaction."""
    yield from _Auditor(connection).findings()


class _Auditor:
    """Compares one consistent view of the tables with a fold of its executions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._executions = {row["seq"]: row for row in self._rows(TABLES["execution"])}
        self._trades = {row["id"]: row for row in self._rows(TABLES["traderecord"])}
        self._positions = {key_from_row(row): row for row in self._rows(TABLES["openposition"])}
        self._courses = CoursesTold(connection)

    def findings(self) -> Iterator[Finding]:
        yield from self._file()
        yield from self._chain()
        yield from self._sources()
        yield from self._derived()
        yield from EventReplay(self._connection, self._executions).findings()
        yield from mode_findings(self._connection)
        yield from order_findings(self._rows(TABLES["orderrecord"]), self._executions.values(), self._known_trades())

    def _file(self) -> Iterator[Finding]:
        """What SQLite finds wrong with its own file, indexes included; a server sees to its files itself."""
        if self._connection.dialect.name == "sqlite":
            for (found,) in self._connection.execute(text("PRAGMA integrity_check")):
                if found != "ok":
                    yield Finding("file", found, "sound", is_source=True)

    def _chain(self) -> Iterator[Finding]:
        meta = self._connection.execute(select(TABLES["ledgermeta"])).mappings().first()
        if meta is None or meta["chain_count"] is None:
            return
        rows: list[Row] = [dict(self._executions[seq]) for seq in sorted(self._executions)]
        broken = first_broken(rows, meta["chain_head"], meta["chain_count"])
        if broken is not None:
            row = self._executions.get(broken, {"execution_id": f"number {broken}"})
            yield Finding.of(row, "chain", "broken here", "every row before it", is_source=True)

    def _sources(self) -> Iterator[Finding]:
        for row in self._executions.values():
            by = row["superseded_by"]
            if by is not None and by not in self._executions:
                yield Finding.of(row, "superseded_by", by, "no such execution", is_source=True)
            if row["entry_type"] is not None and (row["fold_at"] is None or row["fold_at"] < row["occurred_at"]):
                yield Finding.of(row, "fold_at", row["fold_at"], f"{row['occurred_at']} or later")

    def _derived(self) -> Iterator[Finding]:
        proven: set[int] = set()
        folds = refold(self._connection)
        for key, key_fold in folds.items():
            for row, derived in key_fold.derived():
                expected = {name: getattr(derived, name) for name in _EXECUTION_COLUMNS}
                yield from compare(row, "", expected, _EXECUTION_COLUMNS)
            yield from self._compare_trades(key_fold, proven)
            yield from self._compare_position(key, key_fold)
        for trade_id in sorted(set(self._trades) - proven):
            yield Finding.of(self._trades[trade_id], f"trade {trade_id}", "a row", "no such trade")
        for key in sorted(set(self._positions) - set(folds)):
            yield Finding(f"{key} position", "open", "no executions")

    def _compare_trades(self, key_fold: KeyFold, proven: set[int]) -> Iterator[Finding]:
        for folded in key_fold.trades(self._trades, None):
            proven.add(folded["id"])
            row = self._trades.get(folded["id"])
            if row is None:
                yield Finding.of(folded, f"trade {folded['id']}", "no row", "a closed trade")
            else:
                yield from compare(row, f"trade {row['id']}", folded, TRADE_COLUMNS)
                yield from course_findings(row, self._courses.columns(row, key_fold, folded))

    def _compare_position(self, key: PositionKey, key_fold: KeyFold) -> Iterator[Finding]:
        row, position = self._positions.get(key), key_fold.position
        if (row is None) != (position is None):
            yield Finding(f"{key} position", "open" if row else "flat", "open" if position else "flat")
        folded = key_fold.open_row(row, None)
        if row is None or folded is None or position is None:
            return
        # The running stretch cannot be folded from executions; it must at least hold the fill that began it.
        stretch, began = stretch_from_row(row), position.stretch
        if began is not None and (stretch is None or stretch.including(began) != stretch):
            yield Finding.of(row, "position stretch", stretch, f"{began} inside")
        yield from compare(row, "position", folded, POSITION_COLUMNS)

    def _known_trades(self) -> set[int]:
        return {*self._trades, *(row["trade_id"] for row in self._positions.values())}

    def _rows(self, table: Table) -> list[RowMapping]:
        return list(self._connection.execute(select(table)).mappings())
