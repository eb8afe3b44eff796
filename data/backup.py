"""Makes copies of a ledger's file that are known to be good, and keeps them to a number."""

import os
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import StorageDamaged, StorageUnavailable
from data.backup_list import STAMP, Backup, backup_folder, backups, is_good, schema_in
from data.storage_errors import storage_errors

_KEPT = 14


def back_up(database: Path, now: datetime) -> Backup:
    """Copies the ledger as it is on disk at this moment, beside whoever writes, and checks the copy.

    Raises:
        StorageUnavailable: there was no room, or nothing may be written there.
        StorageDamaged: the copy does not pass the check, so the ledger would not either. No older copy went.
    """
    backup = _unused(database, now)
    unfinished = backup.path.with_suffix(".new")
    try:
        _begin(unfinished)
        with storage_errors():
            _copy(database, unfinished)
        if not is_good(unfinished):
            raise StorageDamaged(f"{database} is damaged: a copy of it does not pass the check")
        _keep(unfinished, backup.path)
    except OSError as error:
        raise StorageUnavailable(f"No backup could be written to {backup.path.parent}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    _prune(database)
    return backup


def back_up_daily(database: Path, now: datetime) -> Backup | None:
    """The first backup of a UTC day; None when there is one."""
    newest = next(backups(database), None)
    if newest is not None and newest.at.date() >= now.astimezone(UTC).date():
        return None
    return back_up(database, now)


def _unused(database: Path, now: datetime) -> Backup:
    at = now.astimezone(UTC).replace(microsecond=0)
    while (path := backup_folder(database) / f"heatline-{at.strftime(STAMP)}.db").exists():
        at += timedelta(seconds=1)
    return Backup(path, at)


def _begin(unfinished: Path) -> None:
    """An empty file, readable by its owner only; what an earlier try left goes."""
    unfinished.parent.mkdir(mode=0o700, exist_ok=True)
    for leftover in unfinished.parent.glob("heatline-*.new*"):
        leftover.unlink()
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _copy(database: Path, unfinished: Path) -> None:
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(unfinished)) as copy:
        # In one step: between steps every write of the ledger would make it start over.
        source.backup(copy)
        # One whole file, with no log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")


def _keep(unfinished: Path, path: Path) -> None:
    """On disk first, then under its name: a backup that is seen is whole."""
    _sync(unfinished, os.O_RDWR)
    unfinished.replace(path)
    if sys.platform != "win32":  # Windows opens no folders
        _sync(path.parent, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(database: Path) -> None:
    """The newest stay, and of each older schema the newest: it is the way back before a migration."""
    schemas: set[str | None] = set()
    for rank, backup in enumerate(backups(database)):
        schema = schema_in(backup.path)
        if rank >= _KEPT and schema in schemas:
            with suppress(OSError):
                backup.path.unlink()
        schemas.add(schema)
