"""Commission: the account's own rate first, the newest that holds, unknown where none does."""

from datetime import UTC, datetime
from decimal import Decimal

from core.commission import ANY_ACCOUNT, CommissionRate, CommissionSchedule

_JANUARY, _JUNE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
_NOW = datetime(2026, 9, 1, tzinfo=UTC)


def _rate(account: str, per_side: str, valid_from: datetime) -> CommissionRate:
    return CommissionRate(account, "MES", Decimal(per_side), "USD", valid_from)


def test_the_newest_rate_that_holds_is_charged_per_lot_and_side() -> None:
    schedule = CommissionSchedule([_rate(ANY_ACCOUNT, "0.70", _JUNE), _rate(ANY_ACCOUNT, "0.62", _JANUARY)])
    assert schedule.commission("Sim1", "MES", Decimal(3), _NOW) == Decimal("2.10")
    assert schedule.commission("Sim1", "MES", Decimal(3), datetime(2026, 3, 1, tzinfo=UTC)) == Decimal("1.86")


def test_an_accounts_own_rate_goes_before_a_newer_one_for_all() -> None:
    schedule = CommissionSchedule([_rate("120005", "0.25", _JANUARY), _rate(ANY_ACCOUNT, "0.62", _JUNE)])
    assert schedule.commission("120005", "MES", Decimal(1), _NOW) == Decimal("0.25")
    assert schedule.commission("Sim1", "MES", Decimal(1), _NOW) == Decimal("0.62")


def test_where_nothing_is_agreed_the_commission_is_unknown() -> None:
    schedule = CommissionSchedule([_rate("120005", "0.25", _JUNE)])
    assert schedule.commission("120005", "NQ", Decimal(1), _NOW) is None
    assert schedule.commission("120005", None, Decimal(1), _NOW) is None
    assert schedule.commission("120005", "MES", Decimal(1), _JANUARY) is None
    assert CommissionSchedule().commission("120005", "MES", Decimal(1), _NOW) is None
