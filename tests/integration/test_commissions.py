"""What trading costs: charged at booking by the schedule, split at flips, and filled in once it is known."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.commands import SetCommission
from core.commission import ANY_ACCOUNT, CommissionRate
from core.errors import CommandRefused
from core.values import Source
from data.audit import audit
from tests.fills import at, fill
from tests.integration.conftest import Books, handle_all

_EVER = datetime(2020, 1, 1, tzinfo=UTC)


def rate(per_side: str, account: str = ANY_ACCOUNT, since: datetime = _EVER, currency: str = "USD") -> SetCommission:
    return SetCommission(CommissionRate(account, "MES", Decimal(per_side), currency, since))


def test_without_a_schedule_commission_and_net_are_unknown(books: Books) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000", 1), fill(-1, "5001", 2)])
    assert tuple(books.rows("SELECT commission, net_pnl, realized_pnl FROM traderecord")[0]) == (None, None, 5)


def test_executions_are_charged_as_they_are_booked(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.carry_out(rate("0.62"))
    handle_all(ledger, [fill(2, "5000", 1), fill(-1, "5001", 2)])
    assert [each[0] for each in books.rows("SELECT commission FROM execution ORDER BY seq")] == [1.24, 0.62]
    assert books.value("SELECT commission FROM openposition") == 1.86
    ledger.handle(fill(-1, "5001", 3))
    assert tuple(books.rows("SELECT commission, net_pnl FROM traderecord")[0]) == (2.48, 7.52)


def test_a_flips_commission_is_split_by_quantity(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.carry_out(rate("0.50"))
    handle_all(ledger, [fill(1, "5000", 1), fill(-3, "5001", 2)])
    assert tuple(books.rows("SELECT commission, net_pnl FROM traderecord")[0]) == (1, 4)
    assert books.value("SELECT commission FROM openposition") == 1


def test_an_imports_own_figure_goes_first(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.carry_out(rate("0.62"))
    own = replace(fill(1, "5000", 1, source=Source.IMPORT), commission=Decimal("0.99"))
    handle_all(ledger, [own, fill(-1, "5001", 2)])
    ledger.carry_out(rate("0.70"))
    assert [each[0] for each in books.rows("SELECT commission FROM execution ORDER BY seq")] == [0.99, 0.7]


def test_a_rate_set_later_is_charged_for_the_past_it_holds_for(books: Books) -> None:
    ledger = books.begin()
    trading = [fill(1, "5000", 1), fill(-1, "5001", 2), fill(1, "5000", 3), fill(-2, "5002", 4)]
    handle_all(ledger, [*trading, fill(1, "1", 1, account="120005")])
    snapshot = ledger.carry_out(rate("0.62", "Sim1"))
    assert snapshot is not None
    assert [tuple(each) for each in books.rows("SELECT commission, net_pnl FROM traderecord ORDER BY id")] == [
        (1.24, 3.76), (1.24, 8.76),
    ]  # fmt: skip
    assert [each[0] for each in books.rows("SELECT commission FROM openposition ORDER BY account")] == [None, 0.62]
    assert "commission_set" in books.events()
    assert audit(books.path) == []
    assert audit_after_reopening(books) == []


def audit_after_reopening(books: Books) -> list[object]:
    ledger = books.reopen()
    ledger.handle(fill(1, "5000", 9))
    assert books.value("SELECT commission FROM traderecord ORDER BY id DESC") == 1.24
    return [*audit(books.path)]


def test_a_rate_holds_from_its_day_on_and_a_newer_one_goes_before_it(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000", 1), fill(1, "5000", 100)])
    ledger.carry_out(rate("0.62"))
    ledger.carry_out(rate("0.70", since=at(50)))
    assert [each[0] for each in books.rows("SELECT commission FROM execution ORDER BY seq")] == [0.62, 0.7]


def test_a_rate_that_changes_nothing_booked_survives_a_restart(books: Books) -> None:
    books.begin("Sim1").carry_out(rate("0.62"))
    ledger = books.reopen()
    ledger.handle(fill(1, "5000", 1))
    assert books.value("SELECT commission FROM execution") == 0.62


@pytest.mark.parametrize("wrong", [rate("-1"), rate("NaN"), rate("1", currency="EUR")])
def test_a_rate_that_makes_no_sense_is_refused(books: Books, wrong: SetCommission) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000", 1))
    with pytest.raises(CommandRefused):
        ledger.carry_out(wrong)
    assert books.value("SELECT count(*) FROM commissionschedule") == 0
