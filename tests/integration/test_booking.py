"""Each fill is booked exactly once, whatever way and however often it comes."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from core.errors import LedgerBug
from core.facts import AccountsListed, Fill, LinkDown, LinkUp
from core.order import OrderKind, OrderReported, OrderState
from core.values import Mode, Side, Source
from data.audit import audit
from data.dtc.messages import HistoricalOrderFillResponse, OrderUpdate
from data.dtc.translate import Translator
from data.ledger import Ledger
from data.unit_of_work import UnitOfWork
from tests.fills import START, at, fill
from tests.integration.conftest import ON_BOTH, Books, Faults, handle_all, listed, log_on, position_in

DATABASES = ON_BOTH


def test_a_round_trip_leaves_two_executions_and_one_trade(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5002.00", 2)])
    assert ledger.snapshot().positions == ()
    (trade,) = books.rows("SELECT * FROM traderecord")
    assert (trade["realized_points"], trade["realized_pnl"], trade["side"], trade["mode"]) == (2, 10, "LONG", "SIM")
    assert [row["entry_type"] for row in books.rows("SELECT * FROM execution ORDER BY seq")] == ["initial", "exit"]
    assert books.events()[-2:] == ["opened", "closed"]


def test_the_same_fill_live_after_a_reconnect_and_in_the_back_fill_is_one_fill(books: Books) -> None:
    ledger = books.begin()
    bought = fill(1, "5000.00")
    first = ledger.handle(bought)
    handle_all(ledger, [LinkDown("cut", at(2)), *log_on("Sim1")])
    before = ledger.snapshot()
    assert ledger.handle(bought) is None
    assert ledger.handle(listed(fill(1, "5000.00", source=Source.REPLAY))) is None
    after = ledger.snapshot()
    assert (after.duplicate_count, after.fill_count) == (2, 1)
    assert (after.revision, after.positions) == (before.revision, before.positions)
    assert position_in(after).position == position_in(first).position
    assert books.value("SELECT count(*) FROM execution") == 1
    assert books.value("SELECT source FROM execution") == "live"


def test_a_duplicate_during_the_back_fill_writes_nothing(books: Books) -> None:
    ledger = books.begin()
    ledger.handle(fill(1, "5000.00"))
    handle_all(ledger, log_on("Sim1")[:2])
    revision = books.value("SELECT revision FROM ledgermeta")
    assert ledger.handle(fill(1, "5000.00")) is None
    assert books.value("SELECT revision FROM ledgermeta") == revision


def test_one_answer_that_holds_a_fill_twice_books_it_once(books: Books) -> None:
    ledger = books.begin()
    ledger.handle(listed(fill(1, "5000.00"), fill(1, "5000.00"), fill(1, "5001.00", 2)))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert ledger.snapshot().duplicate_count == 1


@pytest.mark.parametrize(
    "other",
    [
        fill(2, "5000.00", id="E1"),
        fill(-1, "5000.00", id="E1"),
        fill(1, "5000.25", id="E1"),
        fill(1, "5000.00", 86_400, id="E1"),
        fill(1, "5000.00", id="E1", symbol="MNQZ26"),
    ],
)
def test_an_id_that_comes_back_for_another_fill_is_booked_under_a_name_of_its_own(books: Books, other: Fill) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000.00", id="E1"), other])
    assert [row[0] for row in books.rows("SELECT execution_id FROM execution ORDER BY seq")] == ["E1", "E1#2"]
    (said,) = books.rows("SELECT * FROM positionevent WHERE kind = 'id_reused'")
    assert said["execution_seq"] == 2
    assert ledger.handle(other) is None
    assert books.value("SELECT count(*) FROM execution") == 2


def test_an_id_may_come_back_more_than_once(books: Books) -> None:
    ledger = books.begin()
    fills = [fill(1, f"500{n}.00", id="E1") for n in range(4)]
    ledger.handle(listed(*fills))
    assert ledger.handle(listed(*fills)) is None
    names = [row[0] for row in books.rows("SELECT execution_id FROM execution ORDER BY seq")]
    assert names == ["E1", "E1#2", "E1#3", "E1#4"]


def test_the_same_id_in_two_accounts_is_two_fills(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000.00", id="E1"), fill(1, "5000.00", id="E1", account="120005")])
    assert len(ledger.snapshot().positions) == 2
    assert "id_reused" not in books.events()


def test_a_price_known_only_the_second_time_is_filled_in_and_does_not_double_the_fill(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, None, 1), fill(-1, "5002.00", 2)])
    ledger.handle(fill(1, "5000.00", 1))
    assert [row[0] for row in books.rows("SELECT price FROM execution ORDER BY seq")] == [5000, 5002]
    assert books.rows("SELECT entry_price, realized_pnl FROM traderecord")[0][:] == (5000, 10)
    assert {"price_known", "amended"} <= set(books.events())
    assert ledger.handle(fill(1, "5000.00", 1)) is None
    assert audit(books.place) == []


def test_one_answer_with_the_fills_of_two_accounts_books_each_in_its_own_mode(books: Books) -> None:
    ledger = books.begin()
    mixed = listed(fill(1, "5000.00", 1), fill(-1, "5001.00", 2, account="120005"))
    ledger.handle(mixed)
    held = [(each.position.key.mode, each.position.qty) for each in ledger.snapshot().positions]
    assert held == [(Mode.LIVE, Decimal(-1)), (Mode.SIM, Decimal(1))]
    assert ledger.handle(mixed) is None
    assert ledger.snapshot().duplicate_count == 2


def test_fills_of_two_symbols_make_two_positions(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-2, "18000.00", 2, symbol="MNQZ26")])
    assert [each.position.key.symbol for each in ledger.snapshot().positions] == ["MESZ26", "MNQZ26"]


def test_an_unknown_price_counts_and_leaves_the_money_unknown(books: Books) -> None:
    ledger = books.begin()
    handle_all(ledger, [fill(1, None, 1), fill(-1, "5001.00", 2)])
    (trade,) = books.rows("SELECT * FROM traderecord")
    assert [trade[name] for name in ("entry_price", "realized_points", "realized_pnl", "mae", "mfe_points")] == [
        None
    ] * 5
    assert trade["exit_price"] == 5001


def test_an_account_nobody_listed_is_written_down_as_unknown(books: Books) -> None:
    ledger = books.open()
    link_up = LinkUp("Sierra", is_practice=False, at=START)
    handle_all(ledger, [link_up, AccountsListed(()), fill(1, "5000.00", account="SIMULATOR-1")])
    (account,) = ledger.snapshot().accounts
    assert (account.account, account.mode) == ("SIMULATOR-1", Mode.UNKNOWN)
    assert books.value("SELECT mode FROM openposition") == "UNKNOWN"


def test_a_real_ledger_labels_no_account_by_its_name(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LinkUp("Sierra", is_practice=False, at=START), *log_on("Sim1")[1:]])
    assert ledger.snapshot().accounts[0].mode is Mode.UNKNOWN


def test_trading_in_sim_leaves_live_as_it_was(books: Books) -> None:
    ledger = books.begin()
    ledger.handle(fill(2, "5000.00", 1, account="120005"))
    before = books.rows("SELECT * FROM openposition WHERE mode = 'LIVE'")
    handle_all(ledger, [fill(-1, "5000.00", 2), fill(1, "4990.00", 3), fill(-2, "5000.00", 4)])
    assert books.rows("SELECT * FROM openposition WHERE mode = 'LIVE'") == before
    assert {row["mode"] for row in books.rows("SELECT mode FROM traderecord")} == {"SIM"}


def test_a_listing_longer_than_one_query_can_ask_for_is_known_again(books: Books) -> None:
    ledger = books.begin()
    raw = ledger._connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):
        raw.setlimit(9, 999)  # SQLITE_LIMIT_VARIABLE_NUMBER, as in the oldest builds
    many = listed(*[fill(1 if n % 2 else -1, "5000.00", n) for n in range(1, 2_001)])
    ledger.handle(many)
    assert ledger.handle(many) is None
    assert ledger.snapshot().duplicate_count == 2_000


def test_fills_without_ids_are_told_apart_by_their_order_and_how_much_of_it_was_filled(books: Books) -> None:
    ledger = books.begin()
    translate = Translator(lambda: START)
    parts = [
        OrderUpdate(
            OrderUpdateReason=5 if filled < 2 else 4, TradeAccount="Sim1", Symbol="MESZ26", ServerOrderID="7",
            BuySell=1, FilledQuantity=filled, LastFillQuantity=1, LastFillPrice=5000.0,
            LastFillDateTime=START.timestamp(),
        )
        for filled in (1.0, 2.0)
    ]  # fmt: skip
    live = [each for part in parts if isinstance(each := translate.fill(part), Fill)]
    handle_all(ledger, [*live, *live])
    assert position_in(ledger.snapshot()).position.qty == 2
    past = [
        HistoricalOrderFillResponse(
            TradeAccount="Sim1", Symbol="MESZ26", ServerOrderID="7", BuySell=1, Quantity=1, Price=5000.0,
            DateTime=START.timestamp(),
        )
        for _ in range(2)
    ]  # fmt: skip
    again = tuple(each for each in translate.past_fills(past) if isinstance(each, Fill))
    assert len(again) == 2
    assert ledger.handle(listed(*again)) is None
    assert ledger.snapshot().duplicate_count == 4


def test_a_row_that_no_fold_knows_of_stops_the_booking(books: Books) -> None:
    """Another program that writes into the ledger is not something to book around."""
    ledger = books.begin()
    ledger.handle(fill(1, "5000.00", 1))
    books.tamper("UPDATE execution SET seq = 2")
    with pytest.raises(LedgerBug):
        ledger.handle(fill(1, "5000.00", 2))


def test_the_entry_tells_how_many_rows_were_really_added_and_logs_what_it_skipped(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    ledger.handle(listed(fill(1, "5000.00", 1), fill(1, "5001.00", 2), fill(1, "5002.00", 3)))
    assert "2 fills booked, 1 skipped" in caplog.text


def test_a_known_listing_is_looked_up_in_few_statements(books: Books, faults_of: Callable[[Ledger], Faults]) -> None:
    ledger = books.begin("Sim1")
    many = listed(*[fill(1 if n % 2 else -1, "5000.00", n) for n in range(1, 901)])
    ledger.handle(many)
    faults = faults_of(ledger)
    ledger.handle(many)
    assert 0 < faults.count <= 8


def test_a_fill_that_nobody_recognised_is_stopped_by_the_database(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at known ids is for speed; that no fill is in the ledger twice is the table's own promise."""
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    monkeypatch.setattr(UnitOfWork, "known_rows", lambda *_: [])
    with pytest.raises(LedgerBug, match="in the ledger already"):
        ledger.handle(fill(1, "5000.00", 1))
    assert books.value("SELECT qty FROM openposition") == 1


def adding(name: str, filled: int, seconds: float, previous: str = "") -> OrderReported:
    """A limit order for three lots of which so many are filled."""
    return OrderReported(
        account="Sim1",
        order_id=name,
        symbol="MESZ26",
        wire_symbol="MESZ26-CME",
        at=at(seconds),
        state=OrderState.WORKING,
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        qty=Decimal(3),
        limit=Decimal(5001),
        filled_qty=Decimal(filled),
        previous_id=previous,
    )


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_order_that_is_renamed_between_its_fills_is_one_reentry(books: Books, *, is_restarted: bool) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    ledger.handle(replace(fill(1, "5001.00", 2, order="A"), order=adding("A", 1, 2)))
    ledger.handle(adding("B", 1, 3, previous="A"))
    if is_restarted:
        ledger = books.reopen()
    ledger.handle(replace(fill(1, "5001.00", 4, order="B"), order=adding("B", 2, 4)))
    ledger.handle(replace(fill(1, "5001.00", 5, order="C"), order=adding("C", 3, 5, previous="B")))
    position = position_in(ledger.snapshot()).position
    assert (position.qty, position.reentry_count) == (Decimal(4), 1)
    (order,) = books.rows("SELECT order_id, entry_type, trade_id FROM orderrecord")
    assert order[:] == ("C", "reentry", 1)
    assert audit(books.place) == []
    assert position_in(books.reopen().snapshot()).position.reentry_count == 1


def test_a_fill_of_a_renamed_order_is_matched_under_either_name(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(replace(fill(1, "5000.00", 1, id="L1", order="A"), order=adding("A", 1, 1)))
    ledger.handle(adding("B", 1, 2, previous="A"))
    ledger.handle(fill(1, "5000.00", 3, id="L2", order="B"))
    told = [fill(1, "5000.00", 3, id="P2", order="B", source=Source.REPLAY)]
    told.append(fill(1, "5000.00", 1, id="P1", order="A", source=Source.REPLAY))
    ledger.handle(listed(*told))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert books.value("SELECT count(*) FROM execution") == 2


def test_an_order_that_is_renamed_before_it_fills_goes_by_its_new_name(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(adding("A", 0, 1))
    ledger.handle(replace(fill(1, "5000.00", 2, order="B"), order=adding("B", 1, 2, previous="A")))
    assert books.value("SELECT order_id FROM execution") == "B"
    assert books.value("SELECT entry_type FROM orderrecord") == "initial"
