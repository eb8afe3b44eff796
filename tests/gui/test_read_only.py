"""A panel that only reads says so for as long as it is so, and shows nothing as confirmed."""

from collections.abc import Callable
from dataclasses import replace

from core.snapshots import LedgerSnapshot, Publication, StorageStatus
from tests.gui.conftest import Screen
from tests.published import account, fill, ledger, position_of, snapshot_of

Publish = Callable[[Publication], None]
_READ_ONLY = StorageStatus(is_saved=True, waiting=0, text="Another panel writes this ledger", is_read_only=True)


def watched() -> LedgerSnapshot:
    long = snapshot_of(position_of(fill(2, "5050.50")), is_verified=False)
    return replace(ledger(long, accounts=(account(is_verified=False),)), is_read_only=True)


def test_the_window_says_read_only_above_everything_and_in_the_strip(screen: Screen, publish: Publish) -> None:
    publish(_READ_ONLY)
    publish(watched())
    assert screen.text("read_only_text") == "READ ONLY · Another panel writes this ledger"
    assert screen.text("storage_text") == "Read only · fill 48\N{NO-BREAK SPACE}212"
    assert screen.text("not_saved_text") is None


def test_it_says_so_before_anything_could_be_read(screen: Screen, publish: Publish) -> None:
    publish(_READ_ONLY)
    assert screen.text("read_only_text") == "READ ONLY · Another panel writes this ledger"


def test_what_became_of_the_writer_is_said_in_its_place(screen: Screen, publish: Publish) -> None:
    publish(_READ_ONLY)
    publish(replace(_READ_ONLY, text="Not connected to the database since 09:38:12"))
    assert screen.text("read_only_text") == "READ ONLY · Not connected to the database since 09:38:12"


def test_a_panel_that_writes_says_nothing_of_the_kind(screen: Screen, publish: Publish) -> None:
    publish(_READ_ONLY)
    publish(StorageStatus(is_saved=True, waiting=0, text=""))
    publish(ledger())
    assert screen.text("read_only_text") is None
    assert screen.text("storage_text") == "Ledger durable · fill 48\N{NO-BREAK SPACE}212"


def test_the_position_reads_unverified_and_has_no_price(screen: Screen, publish: Publish) -> None:
    publish(_READ_ONLY)
    publish(watched())
    assert (screen.text("verification_text") or "").startswith("unverified since")
    assert screen.text("position_last") == "—"
    assert screen.text("position_open_pnl") == "—"
