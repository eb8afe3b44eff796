"""The door to a ledger, wherever it lives: one connection that writes, and readers that never can."""

from pathlib import Path

from sqlalchemy import Connection, Engine

from core.errors import LedgerInUse
from data.instance_lock import is_writer_running, refusal
from data.ledger_file import open_file_reader, open_file_writer
from data.place import Place
from data.postgres import open_server_reader, open_server_writer


def open_writer(place: Place) -> Connection:
    """The one read-write connection to a ledger, which is created or brought up to date as needed.

    Raises:
        ConfigError: it is no ledger of ours, or a newer Heatline made it. Nothing was changed then.
        LedgerInUse: another Heatline writes there.
        StorageDamaged: the file is damaged; it was left as it is.
        StorageUnavailable: the disk or the server would not have it.
    """
    if isinstance(place, Path):
        return open_file_writer(place)
    return open_server_writer(place)


def open_reader(place: Place) -> Engine:
    """An engine whose connections can only read.

    Raises:
        ConfigError: there is no ledger, or only one of another Heatline; nothing is created.
        StorageDamaged: the file is damaged.
        StorageUnavailable: the disk or the server would not have it.
    """
    if isinstance(place, Path):
        return open_file_reader(place)
    return open_server_reader(place)


def refuse_second_writer(place: Place) -> None:
    """Says at once what `open_writer` would say later. A server is asked when the ledger is opened.

    Raises:
        LedgerInUse: another Heatline writes the file at `place`.
    """
    if isinstance(place, Path) and is_writer_running(place):
        raise LedgerInUse(refusal(place))
