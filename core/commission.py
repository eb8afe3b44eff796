"""What a broker charges: per account and product, per lot and side, from a day on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ANY_ACCOUNT = ""


@dataclass(frozen=True, slots=True)
class CommissionRate:
    """Money per lot and side of `root` in `account` (ANY_ACCOUNT for all) from `valid_from` on."""

    account: str
    root: str
    per_side: Decimal
    currency: str
    valid_from: datetime


class CommissionSchedule:
    """Finds what an execution costs; where nothing is agreed the commission is unknown, not 0."""

    def __init__(self, rates: Iterable[CommissionRate] = ()) -> None:
        self._rates = tuple(sorted(rates, key=lambda rate: (rate.account != ANY_ACCOUNT, rate.valid_from)))

    @property
    def rates(self) -> tuple[CommissionRate, ...]:
        return self._rates

    def including(self, rate: CommissionRate) -> "CommissionSchedule":
        """The schedule with `rate`, which takes the place of one for the same account, product and day."""
        others = (each for each in self._rates if _place_of(each) != _place_of(rate))
        return CommissionSchedule((*others, rate))

    def commission(self, account: str, root: str | None, qty: Decimal, at: datetime) -> Decimal | None:
        """Money for one side of `qty` lots: the account's own newest rate, else the newest for all accounts."""
        found = None
        for rate in self._rates:
            if rate.root == root and rate.account in (account, ANY_ACCOUNT) and rate.valid_from <= at:
                found = rate
        return None if found is None else found.per_side * qty


def _place_of(rate: CommissionRate) -> tuple[str, str, datetime]:
    return (rate.account, rate.root, rate.valid_from)
