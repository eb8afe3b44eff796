"""One Heatline writes a ledger at a time: it holds a lock on a file beside it, and the lock dies with its process."""

import errno
import os
import sys
import time
from pathlib import Path

from core.errors import LedgerInUse, StorageUnavailable

if sys.platform == "win32":
    # Windows has no flock; a locked byte ends with its process just the same.
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EDEADLK):
                return False
            raise
        return True
else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


# Somebody who only asks whether a writer runs holds the lock for a moment.
_TRIES = 5
_PAUSE_S = 0.02


class InstanceLock:
    """The right to write one ledger. The file stays behind empty; only the lock on it counts."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @staticmethod
    def acquire(database: Path) -> "InstanceLock":
        """Takes the lock of the ledger at `database`.

        Raises:
            LedgerInUse: another Heatline writes there.
            StorageUnavailable: the folder takes no lock file.
        """
        try:
            descriptor = os.open(_lock_file(database), os.O_CREAT | os.O_RDWR, 0o600)
            if _take_patiently(descriptor):
                return InstanceLock(descriptor)
        except OSError as error:
            raise StorageUnavailable(f"The folder {database.parent} cannot be written to: {error.strerror}") from error
        os.close(descriptor)
        raise LedgerInUse(refusal(database))

    def release(self) -> None:
        """Gives the lock back; more than once does no harm."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_writer_running(database: Path) -> bool:
    """True while a Heatline writes the ledger at `database`. Creates nothing."""
    try:
        descriptor = os.open(_lock_file(database), os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def refusal(database: Path) -> str:
    return (
        f"Another Heatline is running on the ledger in {database.parent}: close it first, "
        "or give this one a folder of its own with --data-dir"
    )


def _lock_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def _take_patiently(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if _take(descriptor):
            return True
        time.sleep(_PAUSE_S)
    return False
