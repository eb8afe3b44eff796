"""What the trader decides, as the ledger is told: each is carried out whole, or refused with a sentence."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.commission import CommissionRate
from core.facts import Fill
from core.old_state import OldState
from core.values import Mode, PositionKey


@dataclass(frozen=True, slots=True)
class ConfirmMode:
    """`account` trades in `mode`: all that is booked for it is labelled so."""

    account: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class ReleaseQuarantined:
    """What the quarantined report `id` meant to say: `fill` is booked like any other, and the row counts as settled."""

    id: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class SetCommission:
    """From `rate.valid_from` on the broker charges this; what was booked since then is charged, too."""

    rate: CommissionRate


@dataclass(frozen=True, slots=True)
class KeepPosition:
    """The stale position at `revision` is still open: it stays as booked, unverified, until the broker says more."""

    key: PositionKey
    revision: int


@dataclass(frozen=True, slots=True)
class ClosePosition:
    """The stale position at `revision` was closed at `price`, None where nobody knows it, `at` a UTC time."""

    key: PositionKey
    revision: int
    price: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectPosition:
    """Instead of the stale position at `revision`, `qty` (signed, not 0) is held, at `average` where it is known."""

    key: PositionKey
    revision: int
    qty: Decimal
    average: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The broker is to be asked once more about the stale position at `revision`."""

    key: PositionKey
    revision: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """An older panel left this about an open position: once, and only where it fits."""

    old: OldState


StaleAnswer = KeepPosition | ClosePosition | CorrectPosition | AskAgain
Command = ConfirmMode | ReleaseQuarantined | SetCommission | TakeOver | StaleAnswer
