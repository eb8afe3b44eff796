"""The backups of a ledger: where they lie, which of them are good, and what they are good for."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

STAMP = "%Y%m%d-%H%M%S"
_NAME = re.compile(r"heatline-(\d{8}-\d{6})\.db")


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy, and the moment it shows."""

    path: Path
    at: datetime


def backup_folder(database: Path) -> Path:
    return database.parent / "backups"


def backups(database: Path) -> Iterator[Backup]:
    """All there are by name, newest first."""
    for path in sorted(backup_folder(database).glob("heatline-*.db"), reverse=True):
        stamp = _NAME.fullmatch(path.name)
        if stamp is not None:
            yield Backup(path, datetime.strptime(stamp[1], STAMP).replace(tzinfo=UTC))


def good_backups(database: Path) -> Iterator[Backup]:
    """The backups of the ledger at `database` that pass the check now, newest first."""
    return (backup for backup in backups(database) if is_good(backup.path))


def advice(database: Path) -> str:
    """What a trader whose ledger is lost can do: one sentence with the newest good backup."""
    newest = next(good_backups(database), None)
    if newest is None:
        return f"There is no good backup in {backup_folder(database)}."
    # A write-ahead log left behind would be played into the copy, which it does not belong to.
    return (
        f"A backup of {newest.at:%Y-%m-%d %H:%M} UTC is at {newest.path}; copy it over {database.name} after moving "
        f"{database.name}-wal and {database.name}-shm away."
    )


def is_good(path: Path) -> bool:
    """True for a sound file whose executions are as many as its own row says, and end where it says."""
    try:
        with closing(_reading(path)) as copy:
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
            meta = copy.execute("SELECT chain_head, chain_count FROM ledgermeta").fetchone()
            last = copy.execute("SELECT chain FROM execution ORDER BY seq DESC LIMIT 1").fetchone()
            booked, chained = copy.execute("SELECT count(*), count(chain) FROM execution").fetchone()
    except sqlite3.Error:
        return False
    if meta is None:
        # A ledger has its own row before its first execution.
        return bool(booked == 0)
    head, count = meta
    # A ledger older than the chain counts nothing.
    return count is None or (count == chained and (last is None or head == last[0]))


def schema_in(path: Path) -> str | None:
    """The schema of a copy; None where it cannot be read."""
    try:
        with closing(_reading(path)) as copy:
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


def _reading(path: Path) -> sqlite3.Connection:
    """Nobody writes a finished copy, so nothing is locked or left beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
