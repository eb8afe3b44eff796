"""One fill report, as the ledger keeps it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.values import PositionKey, PriceRange, Side, Source


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill of one order.

    `qty` is positive; `price` is None where the report had none that could be read (the quantity counts all the same,
    money then is unknown). `occurred_at` is the venue's time, `resolution_us` how coarse it is. `seq` is the ledger's
    row number, 0 before it is booked. `stretch` holds the prices seen between the previous execution of the position
    and this one, None where nothing was seen.
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

    @property
    def signed_qty(self) -> Decimal:
        return self.qty * self.side.sign

    def says_the_same_as(self, other: "Execution") -> bool:
        """True when both report one and the same fill; ids alone do not prove it, as simulators start them over.

        A price that one of them does not know does not tell them apart.
        """
        return (
            self.key.symbol == other.key.symbol
            and self.side == other.side
            and self.qty == other.qty
            and (self.price == other.price or None in (self.price, other.price))
            and self.occurred_at.date() == other.occurred_at.date()
        )
