"""Opening the ledger to write in it, for the window and for the commands without one."""

from collections.abc import Callable, Collection
from pathlib import Path

from app.options import real_directory
from core.clock import utc_now
from core.settings import Settings
from data.contract_table import read_calendars, read_contract_book
from data.database import open_writer
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.place import Place
from data.practice.listing import PRACTICE_MODES, practice_rates
from data.reentry_cap import ReentryCap
from data.snapshots import SnapshotBuffer


def kinds_for(directory: Path, *, is_on_server: bool) -> Collection[LedgerKind]:
    """What a ledger without a kind may become: one in the trader's own folder is for real accounts only."""
    is_own = directory.resolve() == real_directory().resolve() and not is_on_server
    return (LedgerKind.REAL,) if is_own else tuple(LedgerKind)


def open_ledger(
    place: Place,
    may_become: Collection[LedgerKind],
    settings: Settings,
    *,
    notify: Callable[[str], None],
    on_question: Callable[[str], None],
    snapshots: SnapshotBuffer,
) -> Ledger:
    """The ledger at `place`, for the thread that calls this; the arguments are those of `Ledger`.

    Raises:
        ConfigError, LedgerInUse, StorageDamaged, StorageUnavailable: as `open_writer` does.
    """
    connection = open_writer(place)
    cap = settings.reentry_cap
    try:
        return Ledger(
            connection,
            read_contract_book(),
            utc_now,
            practice_modes=PRACTICE_MODES,
            practice_rates=practice_rates(),
            may_become=may_become,
            reentry_cap=None if cap is None else ReentryCap(cap, read_calendars()),
            notify=notify,
            on_question=on_question,
            snapshots=snapshots,
        )
    except BaseException:
        connection.close()
        raise
