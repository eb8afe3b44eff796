"""What an order update says of its order, whether or not it reports a fill."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from core.clock import Now
from core.order import OrderKind, OrderReported, OrderState
from core.symbols import normalise_symbol
from core.values import Side
from data.dtc.enums import BuySell, OrderStatus, OrderType, OrderUpdateReason
from data.dtc.messages import Number, OrderUpdate
from data.dtc.translate import exact, wire_time

_SIDES = {BuySell.BUY: Side.BUY, BuySell.SELL: Side.SELL}
_KINDS = {
    OrderType.MARKET: OrderKind.MARKET,
    OrderType.LIMIT: OrderKind.LIMIT,
    OrderType.STOP: OrderKind.STOP,
    OrderType.STOP_LIMIT: OrderKind.STOP_LIMIT,
}
_STATES = {
    OrderStatus.ORDER_SENT: OrderState.PENDING,
    OrderStatus.PENDING_OPEN: OrderState.PENDING,
    OrderStatus.PENDING_CHILD: OrderState.PENDING_CHILD,
    OrderStatus.OPEN: OrderState.WORKING,
    OrderStatus.PENDING_CANCEL_REPLACE: OrderState.WORKING,
    OrderStatus.PENDING_CANCEL: OrderState.WORKING,
    OrderStatus.PARTIALLY_FILLED: OrderState.WORKING,
    OrderStatus.FILLED: OrderState.FILLED,
    OrderStatus.CANCELED: OrderState.CANCELED,
}
# A refused cancel or change says nothing of the order but where it stands.
_REFUSED_CHANGE = (OrderUpdateReason.ORDER_CANCEL_REJECTED, OrderUpdateReason.ORDER_CANCEL_REPLACE_REJECTED)
# Facts of an order that have no column of their own.
_DETAILS = {
    "TimeInForce": "time_in_force",
    "GoodTillDateTime": "good_till",
    "ExchangeOrderID": "exchange_order_id",
    "OpenOrClose": "open_or_close",
    "PreviousClientOrderID": "previous_client_order_id",
    "FreeFormText": "text",
    "InfoText": "info",
    "OrderReceivedDateTime": "received",
    "Username": "username",
}


def order_report(update: OrderUpdate, scale: Decimal, now: Now) -> OrderReported | None:
    """The state of the order that `update` describes; None where it describes none, as the end of a list does.

    A price on the wire times `scale` is the price a trader knows.
    """
    if update.NoOrders or not (update.ServerOrderID and update.TradeAccount and update.Symbol):
        return None
    named = OrderReported(
        account=update.TradeAccount,
        order_id=update.ServerOrderID,
        symbol=normalise_symbol(update.Symbol, now().year),
        wire_symbol=update.Symbol,
        at=_moment(update, now),
        state=_state(update),
    )
    return named if update.OrderUpdateReason in _REFUSED_CHANGE else _described(named, update, scale)


def _described(named: OrderReported, update: OrderUpdate, scale: Decimal) -> OrderReported:
    kind = _kind(update)
    first, second = _price(update.Price1, scale), _price(update.Price2, scale)
    is_stop = kind in (OrderKind.STOP, OrderKind.STOP_LIMIT)
    return replace(
        named,
        side=_SIDES.get(BuySell(update.BuySell)) if update.BuySell in tuple(BuySell) else None,
        kind=kind,
        qty=_quantity(update.OrderQuantity),
        filled_qty=_quantity(update.FilledQuantity),
        trigger=first if is_stop else None,
        limit=first if kind is OrderKind.LIMIT else second if kind is OrderKind.STOP_LIMIT else None,
        average_price=_price(update.AverageFillPrice, scale),
        parent_id=update.ParentServerOrderID or "",
        linked_id=update.OCOLinkedOrderServerOrderID or "",
        client_id=update.ClientOrderID or "",
        previous_id=update.PreviousServerOrderID or "",
        details=tuple(_details(update)),
    )


def _state(update: OrderUpdate) -> OrderState | None:
    """Rejected is an order only where the report says that the order itself was; an odd status says nothing."""
    if update.OrderUpdateReason == OrderUpdateReason.NEW_ORDER_REJECTED:
        return OrderState.REJECTED
    if update.OrderStatus not in tuple(OrderStatus):
        return None
    return _STATES.get(OrderStatus(update.OrderStatus))


def _kind(update: OrderUpdate) -> OrderKind | None:
    if not update.OrderType:
        return None
    return (
        _KINDS.get(OrderType(update.OrderType), OrderKind.OTHER)
        if update.OrderType in tuple(OrderType)
        else OrderKind.OTHER
    )


def _moment(update: OrderUpdate, now: Now) -> datetime:
    """When the order came to stand so, by the venue's clock where it says."""
    time = wire_time(update.LatestTransactionDateTime)
    return now() if time is None else time.at


def _quantity(value: Number) -> Decimal | None:
    qty = exact(value)
    return None if qty is None or qty < 0 else qty


def _price(value: Number, scale: Decimal) -> Decimal | None:
    """0 stands for a price that does not apply."""
    price = exact(value)
    return (price * scale).normalize() + 0 if price else None


def _details(update: OrderUpdate) -> Iterator[tuple[str, str]]:
    for field, name in _DETAILS.items():
        value = getattr(update, field)
        if value:
            yield name, str(value)
    if _kind(update) is OrderKind.OTHER:
        yield "order_type", str(update.OrderType)
