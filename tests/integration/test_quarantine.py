"""A fill that cannot be read is kept, said and counted, and comes back once somebody has corrected it."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from math import nan
from typing import Any

import pytest

from core.commands import ReleaseQuarantined
from core.errors import CommandRefused
from core.facts import Fill, InputRefused, PositionReported, PositionsListed
from core.snapshots import LedgerSnapshot
from core.values import Side
from data.dtc import messages as dtc
from data.dtc.translate import Translator
from data.ledger import Ledger
from tests.fills import START, at, fill
from tests.integration.conftest import ON_BOTH, Books, Faults, handle_all, log_on, position_in

pytestmark = pytest.mark.says
DATABASES = ON_BOTH

UNREADABLE = InputRefused(
    "Sim1", "A fill without a readable side", '{"Type":301}', symbol="MESZ26", order_id="17", is_fill=True
)
CORRECTED = fill(1, "5000.00", 2, id="E9", order="17")


def lists(qty: int) -> PositionsListed:
    return PositionsListed("Sim1", (PositionReported("Sim1", "MESZ26", Decimal(qty), at(0)),), at(0))


def waiting(snapshot: LedgerSnapshot) -> dict[str, int]:
    return {account.account: account.fills_not_understood for account in snapshot.accounts}


def test_an_unreadable_fill_is_a_row_and_an_event_in_one_transaction(books: Books) -> None:
    ledger = books.begin("Sim1")
    revision = ledger.snapshot().revision
    ledger.handle(UNREADABLE)
    (row,) = books.rows("SELECT * FROM quarantine")
    assert (row["account"], row["symbol"], row["order_id"]) == ("Sim1", "MESZ26", "17")
    assert (row["reason"], json.loads(row["raw"])) == (UNREADABLE.reason, {"Type": 301})
    assert (row["released_at"], row["execution_id"]) == (None, None)
    assert row["recorded_at"] > 0
    (event,) = books.rows("SELECT * FROM positionevent WHERE kind = 'input_refused'")
    assert (event["revision"], event["account"]) == (revision + 1, "Sim1")


def test_a_disk_error_leaves_neither_row_nor_event_and_the_next_try_both(
    books: Books, faults_of: Callable[[Ledger], Faults]
) -> None:
    ledger = books.begin("Sim1")
    faults = faults_of(ledger)
    for statement in range(1, 4):
        faults.fail(statement)
        with pytest.raises(Exception, match="disk"):
            ledger.handle(UNREADABLE)
        assert books.value("SELECT count(*) FROM quarantine") == 0
        assert waiting(ledger.snapshot()) == {"Sim1": 0}
    faults.fail(10**6)
    ledger.handle(UNREADABLE)
    assert waiting(ledger.snapshot()) == {"Sim1": 1}
    assert books.events().count("input_refused") == 1


def test_the_log_names_account_symbol_and_order(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    books.begin("Sim1").handle(UNREADABLE)
    assert "a report of Sim1, MESZ26, order 17: A fill without a readable side" in caplog.text


def test_a_fill_not_understood_leaves_the_account_unverified_whatever_the_broker_confirms(books: Books) -> None:
    ledger = books.begin("Sim1", "120005")
    handle_all(ledger, [fill(1, "5000.00"), lists(1), PositionsListed("120005", (), at(0))])
    handle_all(ledger, [UNREADABLE, lists(1)])
    snapshot = ledger.snapshot()
    assert waiting(snapshot) == {"120005": 0, "Sim1": 1}
    assert not position_in(snapshot).is_verified
    assert [account.is_verified for account in snapshot.accounts] == [True, False]


def test_a_fill_that_names_no_account_leaves_every_account_in_doubt(books: Books) -> None:
    ledger = books.begin("Sim1", "120005")
    handle_all(ledger, [lists(0), PositionsListed("120005", (), at(0)), replace(UNREADABLE, account=None)])
    snapshot = ledger.snapshot()
    assert waiting(snapshot) == {"120005": 1, "Sim1": 1}
    assert not any(account.is_verified for account in snapshot.accounts)


def test_the_same_report_twice_is_one_row(books: Books) -> None:
    ledger = books.begin("Sim1")
    assert ledger.handle(UNREADABLE) is not None
    assert ledger.handle(UNREADABLE) is None
    assert ledger.handle(replace(UNREADABLE, order_id=None)) is not None
    ledger.handle(replace(UNREADABLE, order_id=None))
    ledger.handle(replace(UNREADABLE, raw='{"Type":304}'))
    assert waiting(ledger.snapshot()) == {"Sim1": 3}
    assert books.value("SELECT count(*) FROM quarantine") == 3


def test_a_restart_forgets_nothing_of_it(books: Books) -> None:
    books.begin("Sim1").handle(UNREADABLE)
    again = books.reopen()
    handle_all(again, [*log_on("Sim1"), lists(0)])
    assert waiting(again.snapshot()) == {"Sim1": 1}
    assert not again.snapshot().accounts[0].is_verified


def test_a_report_that_is_no_fill_is_no_row(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(replace(UNREADABLE, is_fill=False))
    assert books.value("SELECT count(*) FROM quarantine") == 0
    assert waiting(ledger.snapshot()) == {"Sim1": 0}


def test_a_corrected_fill_is_booked_and_its_row_released(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "4999.00", 1), UNREADABLE])
    books.at(60)
    snapshot = ledger.carry_out(ReleaseQuarantined(1, CORRECTED))
    assert waiting(ledger.snapshot()) == {"Sim1": 0}
    assert position_in(snapshot).position.qty == 2
    (row,) = books.rows("SELECT * FROM quarantine")
    assert row["execution_id"] == "E9"
    assert row["released_at"] is not None
    assert books.events()[-1] == "fill_released"
    assert waiting(books.reopen().snapshot()) == {"Sim1": 0}


def test_a_fill_that_came_readable_meanwhile_is_not_booked_again(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [UNREADABLE, CORRECTED])
    ledger.carry_out(ReleaseQuarantined(1, CORRECTED))
    assert books.value("SELECT count(*) FROM execution") == 1
    assert books.value("SELECT execution_id FROM quarantine") == "E9"


def test_a_fill_without_an_id_gets_one_of_its_own(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(UNREADABLE)
    ledger.carry_out(ReleaseQuarantined(1, replace(CORRECTED, execution_id="")))
    assert books.value("SELECT execution_id FROM quarantine") == books.value("SELECT execution_id FROM execution")


def test_an_id_that_means_another_fill_by_now_is_released_under_its_own(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [UNREADABLE, replace(CORRECTED, qty=Decimal(3), order_id="9")])
    ledger.carry_out(ReleaseQuarantined(1, CORRECTED))
    assert books.value("SELECT execution_id FROM quarantine") == books.value(
        "SELECT execution_id FROM execution WHERE seq = 2"
    )
    assert books.value("SELECT count(*) FROM execution") == 2


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"account": ""}, "account"),
        ({"symbol": ""}, "symbol"),
        ({"side": "up"}, "side"),
        ({"qty": Decimal(0)}, "quantity"),
        ({"qty": Decimal(-1)}, "quantity"),
        ({"qty": Decimal("NaN")}, "quantity"),
        ({"qty": Decimal("Infinity")}, "quantity"),
    ],
)
def test_a_correction_that_is_none_is_refused_and_nothing_changes(
    books: Books, changes: dict[str, Any], fault: str
) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(UNREADABLE)
    before = ledger.snapshot()
    with pytest.raises(CommandRefused, match=fault):
        ledger.carry_out(ReleaseQuarantined(1, replace(CORRECTED, **changes)))
    assert ledger.snapshot() == before
    assert books.value("SELECT count(*) FROM execution") == 0


def test_what_is_released_or_unknown_is_refused(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(UNREADABLE)
    ledger.carry_out(ReleaseQuarantined(1, CORRECTED))
    with pytest.raises(CommandRefused, match="released already, as execution E9"):
        ledger.carry_out(ReleaseQuarantined(1, replace(CORRECTED, execution_id="E10")))
    with pytest.raises(CommandRefused, match="number 7"):
        ledger.carry_out(ReleaseQuarantined(7, CORRECTED))
    assert books.value("SELECT count(*) FROM execution") == 1


def test_from_the_wire_an_unreadable_quantity_is_kept_and_an_odd_price_is_booked_without_one(books: Books) -> None:
    translator = Translator(lambda: START)
    ledger = books.begin("Sim1")
    message = dtc.OrderUpdate(
        TradeAccount="Sim1", Symbol="MESZ26-CME", ServerOrderID="17", OrderUpdateReason=4, BuySell=1,
        LastFillQuantity=1, LastFillExecutionID="E1", LastFillDateTime=START.timestamp(),
    )  # fmt: skip
    for number, price in enumerate((nan, 1e300, 1e12, 0, None)):
        message.LastFillPrice, message.LastFillExecutionID = price, f"E{number}"
        booked = translator.fill(message)
        assert isinstance(booked, Fill)
        ledger.handle(booked)
    message.LastFillQuantity = nan
    refused = translator.fill(message)
    assert isinstance(refused, InputRefused)
    snapshot = ledger.handle(refused)
    assert position_in(snapshot).position.qty == 5
    (row,) = books.rows("SELECT * FROM openposition")
    assert (row["qty"], row["entry_price"], row["realized_pnl"], row["mae"], row["mfe"]) == (5, None, None, None, None)
    assert waiting(ledger.snapshot()) == {"Sim1": 1}
    ledger.handle(replace(fill(5, "5000.00", 60), side=Side.SELL))
    (trade,) = books.rows("SELECT * FROM traderecord")
    assert (trade["qty"], trade["realized_pnl"], trade["net_pnl"], trade["mae"]) == (5, None, None, None)
