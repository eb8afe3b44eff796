"""Statements compiled once and run on the driver's own cursor: on the way of a fill every microsecond is paid for."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.elements import ClauseElement

_Row = Mapping[str, Any]
_Processor = Callable[[Any], Any]
_Place = tuple[str, str, _Processor | None]


class Prepared:
    """A Core statement for whichever dialect and driver a connection has.

    `build` makes it for the dialect: insert with conflict handling is each database's own.
    """

    def __init__(self, build: Callable[[Dialect], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = columns
        self._compiled: dict[tuple[str, str], _Compiled] = {}

    def compiled(self, dialect: Dialect) -> "_Compiled":
        name = (dialect.name, dialect.driver)
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _Compiled(self._build(dialect), self._columns, dialect)
        return found


class Hand:
    """Runs prepared statements one after the other inside one transaction, on one cursor of the driver's.

    Errors are the driver's; `storage_errors` knows those, too.
    """

    def __init__(self, connection: Connection) -> None:
        self._dialect = connection.dialect
        self._cursor: Any = connection.connection.cursor()

    def rows(self, query: Prepared, row: _Row) -> list[tuple[Any, ...]]:
        """What it finds, as the driver gives it."""
        self.run(query, row)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def run(self, statement: Prepared, row: _Row) -> int:
        """The number of rows that it really touched."""
        compiled = statement.compiled(self._dialect)
        self._cursor.execute(compiled.text, compiled.bind(row))
        return int(self._cursor.rowcount)

    def run_many(self, statement: Prepared, rows: Sequence[_Row]) -> int:
        """Runs it for each row; the number of rows that all of them really touched."""
        if len(rows) == 1:
            return self.run(statement, rows[0])
        compiled = statement.compiled(self._dialect)
        self._cursor.executemany(compiled.text, [compiled.bind(row) for row in rows])
        return int(self._cursor.rowcount)


class _Compiled:
    """The text, and how each value goes into its place."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> None:
        names = None if columns is None else list(columns)
        compiled = statement.compile(dialect=dialect, column_keys=names)
        self.text = str(compiled)
        positions = getattr(compiled, "positiontup", None)
        bound: Mapping[str, Any] = compiled.binds  # type: ignore[attr-defined]  # a compiled statement has them
        outer: Mapping[Any, str] = compiled.bind_names  # type: ignore[attr-defined]  # as above
        places: list[_Place] = [
            (outer[bound[name]], bound[name].key, _processor(bound[name].type, dialect))
            for name in (positions if positions is not None else bound)
        ]
        fixed = {p.key: p.value for p in bound.values() if not p.required and p.value is not None}
        keys = [key for _, key, _ in places]
        # A column that a row does not name is NULL.
        self._missing = dict.fromkeys(keys) | fixed
        self._values = itemgetter(*keys, keys[0])
        self._processed = [(number, to) for number, (_, _, to) in enumerate(places) if to is not None]
        self._outer = None if positions is not None else [outer for outer, _, _ in places]

    def bind(self, row: _Row) -> tuple[Any, ...] | dict[str, Any]:
        if len(row) < len(self._missing):
            row = {**self._missing, **row}
        values = list(self._values(row))
        values.pop()
        for number, to in self._processed:
            if values[number] is not None:
                values[number] = to(values[number])
        return tuple(values) if self._outer is None else dict(zip(self._outer, values, strict=True))


def _processor(column: Any, dialect: Dialect) -> _Processor | None:  # noqa: ANN401  # a column's type, of ours or not
    """Types of ours name the plain function; through SQLAlchemy each value would be a call within a call."""
    to_driver = getattr(column, "to_driver", None)
    found: _Processor | None = (
        column.dialect_impl(dialect).bind_processor(dialect) if to_driver is None else to_driver(dialect)
    )
    return found
