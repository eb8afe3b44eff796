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
    """A Core statement for one connection's dialect and driver, whichever they are.

    `build` makes it for the dialect: insert with conflict handling is each database's own. Errors are the driver's;
    `storage_errors` knows those, too.
    """

    def __init__(self, build: Callable[[Dialect], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, row: _Row) -> Any:  # noqa: ANN401  # the driver's cursor
        """The cursor behind it: `rowcount`, or rows as the driver gives them."""
        compiled = self._on(connection)
        cursor = connection.connection.cursor()
        cursor.execute(compiled.text, compiled.bind(row))
        return cursor

    def run_many(self, connection: Connection, rows: Sequence[_Row]) -> int:
        """Runs it for each row; the number of rows that it really touched."""
        if len(rows) == 1:
            return int(self.run(connection, rows[0]).rowcount)
        compiled = self._on(connection)
        cursor = connection.connection.cursor()
        bound: Any = [compiled.bind(row) for row in rows]
        cursor.executemany(compiled.text, bound)
        return int(cursor.rowcount)

    def _on(self, connection: Connection) -> "_Compiled":
        dialect = connection.dialect
        name = f"{dialect.name}+{dialect.driver}"
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = _Compiled(self._build(dialect), self._columns, dialect)
        return found


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
            (outer[bound[name]], bound[name].key, bound[name].type.dialect_impl(dialect).bind_processor(dialect))
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
