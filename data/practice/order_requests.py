"""A client's order as the exchange understands it, or the sentence why it does not."""

from decimal import Decimal
from math import isfinite

from core.errors import CommandRefused
from core.order import OrderKind
from core.values import Side
from data.dtc.enums import BuySell, OrderType
from data.dtc.order_requests import (
    CancelReplaceOrder,
    SubmitFlattenPositionOrder,
    SubmitNewOcoOrder,
    SubmitNewSingleOrder,
)
from data.practice.orders import Order, Ticket
from data.practice.ticket_checks import LARGEST_ORDER

NewOrder = SubmitNewSingleOrder | SubmitFlattenPositionOrder
_SIDES: dict[int | None, Side] = {BuySell.BUY: Side.BUY, BuySell.SELL: Side.SELL}
_KINDS: dict[int | None, OrderKind] = {
    OrderType.MARKET: OrderKind.MARKET,
    OrderType.LIMIT: OrderKind.LIMIT,
    OrderType.STOP: OrderKind.STOP,
    OrderType.STOP_LIMIT: OrderKind.STOP_LIMIT,
}
# What a peer writes for a number it has not set is far beyond any price.
_UNSET_FROM = 1e300


def read_order(request: SubmitNewSingleOrder) -> Ticket:
    """The order a client asks for.

    Raises:
        CommandRefused: the request is not complete, or asks for what this exchange does not do.
    """
    kind = _KINDS.get(request.OrderType)
    if kind is None:
        raise CommandRefused("This exchange takes market, limit, stop and stop-limit orders only")
    side = _SIDES.get(request.BuySell)
    if side is None:
        raise CommandRefused("BuySell is not set")
    return Ticket(
        account=request.TradeAccount or "",
        symbol=request.Symbol or "",
        side=side,
        qty=_whole_lots(request.Quantity),
        client_order_id=request.ClientOrderID or "",
        kind=kind,
        price=_price(request.Price1) if kind is not OrderKind.MARKET else None,
        limit_price=_price(request.Price2) if kind is OrderKind.STOP_LIMIT else None,
    )


def read_linked(request: SubmitNewOcoOrder) -> tuple[Ticket, Ticket]:
    """The two orders of which one cancels the other.

    Raises:
        CommandRefused: the request is not complete, or asks for what this exchange does not do.
    """
    if request.UseOffsets:
        raise CommandRefused("This exchange takes prices, not offsets from a parent")
    first, second = split_linked(request)
    return read_order(first), read_order(second)


def split_linked(request: SubmitNewOcoOrder) -> tuple[SubmitNewSingleOrder, SubmitNewSingleOrder]:
    """The two halves as requests of their own."""
    return (
        SubmitNewSingleOrder(
            Symbol=request.Symbol,
            Exchange=request.Exchange,
            TradeAccount=request.TradeAccount,
            ClientOrderID=request.ClientOrderID_1,
            OrderType=request.OrderType_1,
            BuySell=request.BuySell_1,
            Price1=request.Price1_1,
            Price2=request.Price2_1,
            Quantity=request.Quantity_1,
        ),
        SubmitNewSingleOrder(
            Symbol=request.Symbol,
            Exchange=request.Exchange,
            TradeAccount=request.TradeAccount,
            ClientOrderID=request.ClientOrderID_2,
            OrderType=request.OrderType_2,
            BuySell=request.BuySell_2,
            Price1=request.Price1_2,
            Price2=request.Price2_2,
            Quantity=request.Quantity_2,
        ),
    )


def read_change(request: CancelReplaceOrder, order: Order) -> tuple[int, Decimal | None, Decimal | None]:
    """The new total and prices of an order; as with Sierra, the limit of a stop-limit keeps its distance to the stop.

    Raises:
        CommandRefused: the quantity is no number of lots.
    """
    qty = _whole_lots(request.Quantity) if request.Quantity and request.Quantity < _UNSET_FROM else order.qty
    price = _price(request.Price1) if request.Price1IsSet else None
    if price is None or order.limit_price is None or order.price is None:
        return qty, price, None
    return qty, price, order.limit_price + price - order.price


def _whole_lots(quantity: float | None) -> int:
    if quantity is None or not 0 < quantity <= LARGEST_ORDER or quantity != int(quantity):
        raise CommandRefused(f"Quantity is {quantity}, not a whole number from 1 to {LARGEST_ORDER}")
    return int(quantity)


def _price(number: float | None) -> Decimal | None:
    return None if number is None or not isfinite(number) or abs(number) >= _UNSET_FROM else Decimal(str(number))
