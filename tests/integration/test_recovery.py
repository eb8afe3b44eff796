"""Start-up and crash recovery are one path: what was committed is what is known again."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from core.errors import LedgerBug
from core.facts import Fact, PositionReported, PositionsListed
from core.snapshots import LedgerSnapshot
from data.audit import audit
from tests.fills import at, figures, fill, prices
from tests.integration.conftest import ON_BOTH, Books, handle_all, position_in, seen

DATABASES = ON_BOTH

SESSIONS: dict[str, Sequence[Fact]] = {
    "nothing at all": [],
    "one open position": [fill(1, "5000.00", 1), seen("4990.00", "5004.25")],
    "adds and a partial exit": [
        fill(1, "5000.00", 1), seen("4999.00"), fill(2, "5000.25", 2), seen("5003.00"), fill(-1, "5002.00", 3),
    ],
    "a short after a reversal": [fill(1, "5000.00", 1), fill(-3, "5001.00", 2), seen("5002.75")],
    "one order in parts": [fill(1, "5000.00", 1, order="A"), fill(2, "5000.25", 2, order="A")],
    "a late fill": [fill(1, "5000.00", 1), fill(1, "5001.00", 3), fill(-1, "5002.00", 2)],
    "unknown prices": [fill(1, "5000.00", 1), fill(1, None, 2), seen("4990.00")],
    "two accounts": [fill(1, "5000.00", 1), fill(-1, "5000.00", 2, account="120005")],
    "flat and open again within one second": [
        fill(1, "5000.00", 1), fill(-1, "5001.00", 2, id="A"), fill(2, "5001.00", 2, id="B"), fill(1, "5002.00", 3),
    ],
    "flat again": [fill(1, "5000.00", 1), fill(-1, "5001.00", 2)],
    "confirmed": [
        fill(1, "5000.00", 1), PositionsListed("Sim1", (PositionReported("Sim1", "MESZ26", Decimal(1), at(1)),), at(1)),
    ],
}  # fmt: skip


def without_the_broker(snapshot: LedgerSnapshot) -> LedgerSnapshot:
    """What a restart cannot know: that the broker still agrees, and how many duplicates there were."""
    return replace(
        snapshot,
        positions=tuple(replace(each, is_verified=False) for each in snapshot.positions),
        accounts=tuple(
            replace(each, is_verified=False, newest_fill=None, are_orders_listed=False) for each in snapshot.accounts
        ),
        duplicate_count=0,
        is_link_up=False,
    )


@pytest.mark.parametrize("session", SESSIONS)
def test_a_ledger_opened_again_says_what_the_one_before_said(books: Books, session: str) -> None:
    ledger = books.begin()
    handle_all(ledger, SESSIONS[session])
    before = ledger.snapshot()
    after = books.reopen().snapshot()
    assert after == without_the_broker(before)
    assert not any(position.is_verified for position in after.positions)
    assert not any(account.is_verified for account in after.accounts)
    assert books.reopen().snapshot() == after
    assert audit(books.place) == []


@pytest.mark.parametrize("session", SESSIONS)
def test_a_restart_between_any_two_facts_changes_nothing_of_what_follows(books: Books, session: str) -> None:
    whole = books.another("whole")
    uncut = whole.begin()
    handle_all(uncut, SESSIONS[session])
    for fact in SESSIONS[session]:
        handle_all(books.begin(), [fact])
        books.close()
    cut = books.open().snapshot()
    assert [each.position for each in cut.positions] == [each.position for each in uncut.snapshot().positions]
    columns = "id, qty, entry_price, exit_price, realized_pnl, mae, mfe, mae_points, reentry_count"
    query = f"SELECT {columns} FROM traderecord"  # noqa: S608  # names of ours
    assert books.rows(query) == whole.rows(query)
    whole.close()


def test_what_was_seen_before_the_crash_still_counts(books: Books) -> None:
    handle_all(books.begin(), [fill(1, "5000.00", 1), seen("4980.00", "5020.00")])
    ledger = books.reopen()
    handle_all(ledger, [seen("4999.00", "5001.00")])
    position = position_in(ledger.snapshot()).position
    assert position.excursion_now is not None
    assert position.excursion_now.prices == prices("4980", "5020")
    ledger.handle(fill(-1, "5000.00", 2))
    assert books.rows("SELECT mae, mfe FROM traderecord")[0][:] == (-100, 100)


def test_fills_booked_before_the_crash_are_still_known_after_it(books: Books) -> None:
    books.begin().handle(fill(1, "5000.00", 1))
    ledger = books.reopen()
    assert ledger.handle(fill(1, "5000.00", 1)) is None
    assert position_in(ledger.handle(fill(1, "5001.00", 2))).position.reentry_count == 1


@pytest.mark.parametrize(
    "forgery", ["UPDATE openposition SET qty = 5", "UPDATE openposition SET qty = -1, side = 'SHORT'"]
)
def test_a_position_that_its_executions_do_not_make_is_refused(books: Books, forgery: str) -> None:
    books.begin().handle(fill(1, "5000.00", 1))
    books.close()
    books.tamper(forgery)
    with pytest.raises(LedgerBug, match="heatline audit"):
        books.open()


def test_a_forged_average_is_not_believed(books: Books) -> None:
    books.begin().handle(fill(1, "5000.00", 1))
    books.close()
    books.tamper("UPDATE openposition SET entry_price = 1.0, mae = 0, entry_time = 0")
    position = position_in(books.open().snapshot()).position
    assert figures(position.entry_price, position.entry_time) == (5000, at(1))


def test_the_revision_goes_on_where_it_was(books: Books) -> None:
    before = books.begin().snapshot().revision
    snapshot = books.reopen().handle(fill(1, "5000.00", 1))
    assert snapshot is not None
    assert snapshot.revision == before + 1


def test_an_open_position_whose_row_is_missing_is_noticed(books: Books) -> None:
    handle_all(books.begin(), [fill(1, "5000.00", 1), fill(-2, "5001.00", 2)])
    books.close()
    books.tamper("DELETE FROM openposition")
    with pytest.raises(LedgerBug, match="is missing"):
        books.open()
