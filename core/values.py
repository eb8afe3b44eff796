"""The words of the trade, as types: modes, sides, keys, and the moment a thing happened."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AVERAGE_STEP = Decimal("1e-8")


class Mode(StrEnum):
    """A label of an account, given once by the trader; never guessed from a name."""

    SIM = "SIM"
    LIVE = "LIVE"
    UNKNOWN = "UNKNOWN"


class Side(StrEnum):
    """Side of an order or execution."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1


class PositionSide(StrEnum):
    """Side of a position or trade."""

    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def sign(self) -> int:
        return 1 if self is PositionSide.LONG else -1

    @staticmethod
    def of(signed_qty: Decimal) -> "PositionSide":
        return PositionSide.LONG if signed_qty > 0 else PositionSide.SHORT


class EntryType(StrEnum):
    """What an execution did to its position."""

    INITIAL = "initial"
    REENTRY = "reentry"
    REDUCE = "reduce"
    EXIT = "exit"
    FLIP = "flip"


class Source(StrEnum):
    """Where an execution came from."""

    LIVE = "live"
    REPLAY = "replay"
    IMPORT = "import"
    INFERRED = "inferred"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, order=True)
class PositionKey:
    """Names one position: there is at most one per mode, account and normalised symbol."""

    mode: Mode
    account: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.mode} {self.account} {self.symbol}"


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The lowest and highest price seen over some stretch of time."""

    low: Decimal
    high: Decimal

    def including(self, other: "PriceRange | None") -> "PriceRange":
        """The smallest range that holds both."""
        if other is None or (self.low <= other.low and self.high >= other.high):
            return self
        return PriceRange(min(self.low, other.low), max(self.high, other.high))

    @staticmethod
    def at(price: Decimal) -> "PriceRange":
        return PriceRange(price, price)


def micros_from_utc(moment: datetime) -> int:
    """Whole microseconds since 1970, exactly; `moment` must be aware."""
    return (moment - _EPOCH) // _MICROSECOND


def utc_from_micros(micros: int) -> datetime:
    """The aware UTC moment of whole microseconds since 1970, exactly."""
    return _EPOCH + timedelta(microseconds=micros)


def round_average(price: Decimal) -> Decimal:
    """An average price on the 1e-8 grid on which averages are kept."""
    return price.quantize(_AVERAGE_STEP, rounding=ROUND_HALF_EVEN).normalize() + 0
