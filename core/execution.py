"""One fill report, as the ledger keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.values import PositionKey, PriceRange, Side, Source

# Far below the finest tick there is, relative to its price; above the noise of a 32-bit float.
_PRICE_NOISE = Decimal("1e-6")
# Places in the fold that are apart by less only keep an order within one moment.
_TIE_BREAKS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill of one order.

    `qty` is positive; `price` is None where the report had none that could be read (the quantity counts all the same,
    money then is unknown). `occurred_at` is the venue's time, `resolution_us` how coarse it is. `seq` is the ledger's
    row number, 0 before it is booked. `stretch` holds the prices seen between the previous execution of the position
    and this one, None where nothing was seen. `position_qty` is the signed position after the fill, where the broker
    reports it; `fold_at`, with `seq`, its place in the fold, None until it is folded. `commission` is money for the
    whole fill, None while unknown.
    """

    key: PositionKey
    wire_symbol: str
    execution_id: str
    order_id: str
    side: Side
    qty: Decimal
    price: Decimal | None
    occurred_at: datetime
    resolution_us: int
    source: Source
    seq: int = 0
    stretch: PriceRange | None = None
    commission: Decimal | None = None
    alternate_id: str | None = None
    position_qty: Decimal | None = None
    fold_at: datetime | None = None

    @property
    def signed_qty(self) -> Decimal:
        return self.qty * self.side.sign

    @property
    def is_late(self) -> bool:
        """True where it happened before a trade ended that was final already, so that it was folded behind it."""
        unit = timedelta(microseconds=self.resolution_us)
        return self.fold_at is not None and self.fold_at - self.occurred_at > unit + _TIE_BREAKS

    @property
    def is_assumed(self) -> bool:
        """True for what nobody reported: it gives way to the fills that explain it."""
        return self.source in (Source.INFERRED, Source.MANUAL)

    def says_the_same_as(self, other: "Execution") -> bool:
        """True when both report one and the same fill; ids alone do not prove it, as simulators start them over.

        A price that one of them does not know does not tell them apart, nor does the noise of a float, nor a midnight
        that a rounded time falls on the other side of.
        """
        return (
            self.key.symbol == other.key.symbol
            and self.side == other.side
            and self.qty == other.qty
            and self._is_priced_like(other)
            and (self.occurred_at.date() == other.occurred_at.date() or self.is_near(other))
        )

    def is_matched_by(self, other: "Execution") -> bool:
        """True when `other`, under another id, may be this very fill: same order, same content, same unit of time."""
        return (
            self.order_id == other.order_id
            and self.key.symbol == other.key.symbol
            and self.side == other.side
            and self.qty == other.qty
            and self._is_priced_like(other)
            and self.is_near(other)
        )

    def is_near(self, other: "Execution") -> bool:
        """True when both may have happened at one moment, as far as the coarser of the two times can tell."""
        unit = timedelta(microseconds=max(self.resolution_us, other.resolution_us))
        return abs(self.occurred_at - other.occurred_at) <= unit

    def _is_priced_like(self, other: "Execution") -> bool:
        if self.price is None or other.price is None or self.price == other.price:
            return True
        return abs(self.price - other.price) <= abs(self.price) * _PRICE_NOISE
