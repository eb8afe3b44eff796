"""Orders as the exchange keeps them: what was asked for, what is at work, and what may happen to it."""

from dataclasses import dataclass
from decimal import Decimal

from msgspec import Struct

from core.order import OrderKind, OrderState
from core.values import Side


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it is asked for; `qty` in lots.

    `price` is the limit of a limit order and the trigger of a stop; `limit_price` the limit of a stop-limit order.
    """

    account: str
    symbol: str
    side: Side
    qty: int
    client_order_id: str = ""
    kind: OrderKind = OrderKind.MARKET
    price: Decimal | None = None
    limit_price: Decimal | None = None


class Order(Struct, frozen=True):
    """An order the exchange has taken. `qty` is its present total, the filled part included.

    A child of a bracket is at work with as much as its parent was filled: `wanted` is what it may grow to.
    """

    order_id: str
    client_order_id: str
    account: str
    symbol: str
    side: Side
    kind: OrderKind
    qty: int
    wanted: int
    price: Decimal | None
    limit_price: Decimal | None
    at_us: int
    parent_id: str = ""
    oco_id: str = ""
    state: OrderState = OrderState.WORKING
    is_triggered: bool = False
    filled: int = 0
    filled_cost: Decimal = Decimal(0)

    @property
    def remaining(self) -> int:
        """Lots that may still be filled now."""
        return self.qty - self.filled


class Placed(Struct, frozen=True, tag="placed"):
    """Orders the exchange took together: one, two linked ones, or a parent and its two children."""

    orders: tuple[Order, ...]


class Triggered(Struct, frozen=True, tag="triggered"):
    """A stop-limit order whose stop was reached; it is a limit order from now on."""

    order_id: str


class Cancelled(Struct, frozen=True, tag="cancelled"):
    """An order that was taken back."""

    order_id: str


class Replaced(Struct, frozen=True, tag="replaced"):
    """An order that was given another total or other prices."""

    order_id: str
    qty: int
    price: Decimal | None
    limit_price: Decimal | None
