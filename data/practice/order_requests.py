"""A client's order as the exchange understands it, or the sentence why it does not."""

from core.errors import CommandRefused
from core.values import Side
from data.dtc.enums import BuySell, OrderType
from data.dtc.order_requests import SubmitFlattenPositionOrder, SubmitNewSingleOrder
from data.practice.exchange import Exchange, MarketOrder

_SIDES: dict[int | None, Side] = {BuySell.BUY: Side.BUY, BuySell.SELL: Side.SELL}
_LARGEST_ORDER = 10_000


def read_order(request: SubmitNewSingleOrder | SubmitFlattenPositionOrder, exchange: Exchange) -> MarketOrder:
    """The market order a client asks for.

    Raises:
        CommandRefused: the request is not complete, or asks for what this exchange does not do.
    """
    account, symbol = request.TradeAccount or "", request.Symbol or ""
    client_order_id = request.ClientOrderID or ""
    if isinstance(request, SubmitFlattenPositionOrder):
        return exchange.flattening_order(account, symbol, client_order_id)
    if request.OrderType != OrderType.MARKET:
        raise CommandRefused("This exchange takes market orders only")
    side = _SIDES.get(request.BuySell)
    if side is None:
        raise CommandRefused("BuySell is not set")
    return MarketOrder(account, symbol, side, _whole_lots(request.Quantity), client_order_id)


def _whole_lots(quantity: float | None) -> int:
    if quantity is None or not 0 < quantity <= _LARGEST_ORDER or quantity != int(quantity):
        raise CommandRefused(f"Quantity is {quantity}, not a whole number from 1 to {_LARGEST_ORDER}")
    return int(quantity)
