"""Tells a disk that cannot write now from a ledger that did wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from core.errors import LedgerBug, StorageUnavailable

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
_PRIMARY_CODE = 0xFF


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raises what the database raises as StorageUnavailable or LedgerBug."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig or error) from error
    except sqlite3.Error as error:
        raise _translated(error) from error


def _translated(error: BaseException) -> StorageUnavailable | LedgerBug:
    code = getattr(error, "sqlite_errorcode", None)
    reason = None if code is None else _MAY_PASS.get(code & _PRIMARY_CODE)
    if reason is not None:
        return StorageUnavailable(f"The ledger cannot be saved: {reason} ({error})")
    return LedgerBug(f"The ledger refused a write: {error}")
