"""What must hold of a ledger's file whatever was done to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from data.audit import audit
from data.place import Place

_DERIVED = {
    "execution": "SELECT * FROM execution ORDER BY account, occurred_at, execution_id",
    "traderecord": "SELECT * FROM traderecord ORDER BY account, symbol, exit_time, entry_time",
    "openposition": "SELECT * FROM openposition ORDER BY mode, account, symbol",
}
# How and when a row came in, and what hangs on that.
_OF_ARRIVAL = {"seq", "recorded_at", "created_at", "updated_at", "revision", "source", "chain"}
_NAMES_A_SEQ = ("id", "trade_id", "opened_trade_id")


class Violation(AssertionError):
    """The ledger lost, doubled or misfolded something."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """As any other program reads the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def must(condition: object, *says: object) -> None:
    if not condition:
        raise Violation(*says)


def booked_ids(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """The fills on disk by account and id; a Violation where one stands there twice."""
    rows = [tuple(row) for row in connection.execute("SELECT account, execution_id FROM execution")]
    must(len(rows) == len(set(rows)), "doubled", rows)
    return set(rows)


def revision(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT revision FROM ledgermeta").fetchone()
    return 0 if row is None else int(row[0])


def assert_proven(place: Place) -> None:
    """Positions and trades are what the executions make, and the chain over them is whole."""
    differences = audit(place)
    must(differences == [], *map(str, differences))


def derived_tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What the fold made, bit for bit, with rows named by what they are instead of by when they came in."""
    with reading(path) as connection:
        names = {
            row["seq"]: row["execution_id"] for row in connection.execute("SELECT seq, execution_id FROM execution")
        }
        return {
            table: [_named(dict(row), names) for row in connection.execute(query)] for table, query in _DERIVED.items()
        }


def _named(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    for column in _NAMES_A_SEQ:
        if column in row:
            row[column] = names.get(row[column])
    return {column: value for column, value in row.items() if column not in _OF_ARRIVAL}
