"""Whether the market reaches an order, and the price it is filled at: exact, and the same for the same quote."""

from decimal import Decimal

from core.order import OrderKind
from core.values import Side
from data.feeds.tick import Tick
from data.practice.orders import Order


def is_triggered(order: Order, tick: Tick) -> bool:
    """True when a stop is reached: a trade at its price or beyond."""
    if order.kind not in (OrderKind.STOP, OrderKind.STOP_LIMIT) or order.price is None:
        return False
    return (_exact(tick.price) - order.price) * order.side.sign >= 0


def fill_price(order: Order, tick: Tick, *, is_new: bool) -> Decimal | None:
    """What the order is filled at by this quote, None when it is not.

    A limit that has rested is filled at its own price once the other side of the quote comes there, or a trade goes
    through it; one that is new takes the better price it meets. A stop is filled at the quote of that moment.
    """
    quoted = _exact(tick.ask if order.side is Side.BUY else tick.bid)
    if order.kind is OrderKind.MARKET:
        return quoted
    if order.kind is OrderKind.STOP:
        return quoted if is_triggered(order, tick) else None
    limit = order.limit_price if order.kind is OrderKind.STOP_LIMIT else order.price
    if limit is None or (order.kind is OrderKind.STOP_LIMIT and not order.is_triggered):
        return None
    if (limit - quoted) * order.side.sign >= 0:
        return quoted if is_new else limit
    went_through = (limit - _exact(tick.price)) * order.side.sign > 0
    return limit if went_through and not is_new else None


def _exact(price: float) -> Decimal:
    return Decimal(str(price))
