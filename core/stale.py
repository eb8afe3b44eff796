"""A position that the broker does not confirm: what he said instead, and what the trader may answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.values import PositionKey, PositionSide, Side, round_average


class Doubt(StrEnum):
    """Why a position is in question."""

    SILENT = "silent"  # the broker was asked and did not say
    FLAT = "flat"  # twice in a row he said that nothing is held
    DIFFERENT = "different"  # he holds another quantity or the other side


@dataclass(frozen=True, slots=True)
class StalePosition:
    """An open position with what the broker says of it, as the ledger knew both at `revision`.

    `qty` and `broker_qty` are signed; `broker_qty` is None where the broker was silent. `broker_said` is his answer in
    words, with the reason where he gave one. An answer must carry `revision`: it is refused when either side has
    changed since.
    """

    key: PositionKey
    wire_symbol: str
    doubt: Doubt
    qty: Decimal
    entry_price: Decimal | None
    entry_time: datetime
    verified_at: datetime | None
    asked_at: datetime
    broker_said: str
    broker_qty: Decimal | None
    broker_average: Decimal | None
    has_expired: bool
    revision: int

    @property
    def side(self) -> PositionSide:
        return PositionSide.of(self.qty)

    @property
    def missing(self) -> tuple[Side, Decimal] | None:
        """The fill that would explain the difference; None where the broker was silent."""
        if self.broker_qty is None or self.broker_qty == self.qty:
            return None
        change = self.broker_qty - self.qty
        return (Side.BUY if change > 0 else Side.SELL), abs(change)


@dataclass(frozen=True, slots=True)
class StaleView:
    """The one stale position to ask about now; `waiting` others come after it.

    Without a link nothing may be offered that changes the ledger.
    """

    stale: StalePosition
    age_seconds: int
    waiting: int
    is_link_up: bool
    is_practice: bool
    tick_size: Decimal | None


def price_of_addition(
    ours: Decimal, entry_price: Decimal | None, theirs: Decimal, average: Decimal | None
) -> Decimal | None:
    """At what price `ours` (signed) must have grown to `theirs` so that its average is right; None where unknown."""
    if entry_price is None or average is None:
        return None
    return round_average((average * theirs - entry_price * ours) / (theirs - ours))
