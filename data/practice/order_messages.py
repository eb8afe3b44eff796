"""What the exchange tells of an order: each step it takes, how it stands, and why something was refused."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from core.order import OrderKind, OrderState
from core.values import Side
from data.dtc.enums import BuySell, OrderStatus, OrderType, OrderUpdateReason
from data.dtc.messages import OrderUpdate
from data.practice.orders import Order
from data.practice.working import Change, What

BUY_SELL: Mapping[Side, BuySell] = MappingProxyType({Side.BUY: BuySell.BUY, Side.SELL: BuySell.SELL})
ORDER_TYPES: Mapping[OrderKind, OrderType] = MappingProxyType(
    {
        OrderKind.MARKET: OrderType.MARKET,
        OrderKind.LIMIT: OrderType.LIMIT,
        OrderKind.STOP: OrderType.STOP,
        OrderKind.STOP_LIMIT: OrderType.STOP_LIMIT,
    }
)
_REASONS = {
    What.ACCEPTED: OrderUpdateReason.NEW_ORDER_ACCEPTED,
    What.OPENED: OrderUpdateReason.GENERAL_ORDER_UPDATE,
    What.PARTLY_FILLED: OrderUpdateReason.ORDER_FILLED_PARTIALLY,
    What.FILLED: OrderUpdateReason.ORDER_FILLED,
    What.CANCELLED: OrderUpdateReason.ORDER_CANCELED,
    What.REPLACED: OrderUpdateReason.ORDER_CANCEL_REPLACE_COMPLETE,
    What.CHANGED: OrderUpdateReason.GENERAL_ORDER_UPDATE,
}
_STATUSES = {
    OrderState.PENDING_CHILD: OrderStatus.PENDING_CHILD,
    OrderState.FILLED: OrderStatus.FILLED,
    OrderState.CANCELED: OrderStatus.CANCELED,
}


def order_report(change: Change) -> OrderUpdate:
    """One step of an order; only a fill's own report carries a last fill."""
    update = order_row(change.order, _REASONS[change.what])
    if change.what is What.ACCEPTED and change.order.state is OrderState.WORKING:
        update.OrderStatus = OrderStatus.PENDING_OPEN
    if fill := change.fill:
        update.LastFillPrice = float(fill.price)
        update.LastFillDateTime = fill.at_us
        update.LastFillQuantity = float(fill.qty)
        update.LastFillExecutionID = fill.execution_id
        update.LatestTransactionDateTime = fill.at_us / 1_000_000
    return update


def order_row(order: Order, reason: OrderUpdateReason) -> OrderUpdate:
    """The whole state of an order."""
    update = OrderUpdate(
        TotalNumMessages=1,
        MessageNumber=1,
        Symbol=order.symbol,
        ServerOrderID=order.order_id,
        ClientOrderID=order.client_order_id,
        OrderStatus=order_status(order),
        OrderUpdateReason=reason,
        OrderType=ORDER_TYPES[order.kind],
        BuySell=BUY_SELL[order.side],
        Price1=_number(order.price),
        Price2=_number(order.limit_price),
        OrderQuantity=float(order.qty),
        FilledQuantity=float(order.filled),
        RemainingQuantity=float(order.remaining),
        TradeAccount=order.account,
        ParentServerOrderID=order.parent_id,
        OCOLinkedOrderServerOrderID=order.oco_id,
        OrderReceivedDateTime=order.at_us // 1_000_000,
        LatestTransactionDateTime=order.at_us / 1_000_000,
    )
    if order.filled:
        update.AverageFillPrice = float(order.filled_cost / order.filled)
    return update


def order_status(order: Order) -> OrderStatus:
    return _STATUSES.get(order.state, OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.OPEN)


def report_change_refused(
    order: Order | None, client_order_id: str, reason: OrderUpdateReason, text: str
) -> OrderUpdate:
    """A cancel or a replace that is refused: the order lives on as it is; one that is unknown has no id here."""
    if order is None:
        return OrderUpdate(
            TotalNumMessages=1,
            MessageNumber=1,
            ClientOrderID=client_order_id,
            OrderStatus=OrderStatus.REJECTED,
            OrderUpdateReason=reason,
            InfoText=text,
        )
    update = order_row(order, reason)
    update.InfoText = text
    return update


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
