"""What the trader decides, as the ledger is told: each is carried out whole, or refused with a sentence."""

from dataclasses import dataclass

from core.commission import CommissionRate
from core.facts import Fill
from core.values import Mode


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


Command = ConfirmMode | ReleaseQuarantined | SetCommission
