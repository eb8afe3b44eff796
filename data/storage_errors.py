"""Tells a disk that cannot write now, and one that is damaged, from a ledger that did wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.errors import HeatlineError, LedgerBug, StorageDamaged, StorageUnavailable
from data.backup_list import advice

# Primary result codes: what these name may pass, so the fact is kept and tried again.
_MAY_PASS = {
    sqlite3.SQLITE_BUSY: "it is in use by another program",
    sqlite3.SQLITE_LOCKED: "it is in use by another program",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_READONLY: "it cannot be written to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_NOMEM: "memory ran out",
    sqlite3.SQLITE_PERM: "it cannot be written to",
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT: "is damaged", sqlite3.SQLITE_NOTADB: "is not a database"}
_PRIMARY_CODE = 0xFF
# The same of PostgreSQL, by SQLSTATE or its class.
_SERVER_MAY_PASS = {
    "08": "the connection to the server is lost",
    "25006": "the server takes no writes",
    "28": "the server did not let us in",
    "3D": "the server has no such database",
    "40": "another program was in the way",
    "53": "the server has no room",
    "55P03": "it is in use by another program",
    "57": "the server ended the connection",
    "58": "the server's disk reports an error",
}
_SERVER_DAMAGED = {"XX001", "XX002"}


@contextmanager
def storage_errors(where: Path | Connection | None = None) -> Iterator[None]:
    """Raises what the database raises as StorageUnavailable, StorageDamaged or LedgerBug.

    `where` the ledger lies, damage is told with the way back.
    """
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig or error, where) from error
    except sqlite3.Error as error:
        raise _translated(error, where) from error
    except Exception as error:
        # PostgreSQL's driver is not installed everywhere; its errors are known by what they carry.
        if not hasattr(error, "sqlstate"):
            raise
        raise _translated(error, where) from error


@contextmanager
def only_rows_of_ours(where: str) -> Iterator[None]:
    """Raises StorageDamaged where a row holds what nobody can have written."""
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise StorageDamaged(f"{where} holds what cannot be: {error}") from error


def damage(error: BaseException | None, path: Path) -> StorageDamaged | None:
    """What to say of the file at `path` when the database found it damaged."""
    how = _damage(error)
    return None if how is None else StorageDamaged(f"{path} {how}; it was left as it is. {advice(path)}")


def _damage(error: BaseException | None) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _DAMAGED.get(code & _PRIMARY_CODE)
    return "is damaged" if getattr(error, "sqlstate", None) in _SERVER_DAMAGED else None


def _path_of(where: Path | Connection | None) -> Path | None:
    if isinstance(where, Connection):
        url = where.engine.url
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return where


def _translated(error: BaseException, where: Path | Connection | None) -> HeatlineError:
    how = _damage(error)
    if how is not None:
        path = _path_of(where)
        return (damage(error, path) if path else None) or StorageDamaged(f"The ledger {how} ({error})")
    reason = _passing_reason(error)
    if reason is not None:
        return StorageUnavailable(f"The ledger cannot be saved: {reason} ({error})")
    return LedgerBug(f"The ledger refused a write: {error}")


def _passing_reason(error: BaseException) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _MAY_PASS.get(code & _PRIMARY_CODE)
    if not hasattr(error, "sqlstate"):
        return None
    state = error.sqlstate
    if state is None:
        # The client's own finding, not the server's: it has nobody to talk to. Any other has its own class.
        return _SERVER_MAY_PASS["08"] if type(error).__name__ == "OperationalError" else None
    return _SERVER_MAY_PASS.get(state) or _SERVER_MAY_PASS.get(state[:2])
