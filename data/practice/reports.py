"""What the exchange tells its clients, as messages: orders, positions, balances, definitions."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.values import Side
from data.dtc.enums import BuySell, OrderStatus, OrderType, OrderUpdateReason, SecurityType
from data.dtc.messages import (
    AccountBalanceUpdate,
    HistoricalOrderFillResponse,
    Message,
    OrderUpdate,
    PositionUpdate,
    SecurityDefinitionResponse,
    TradeAccountResponse,
)
from data.dtc.order_requests import SubmitFlattenPositionOrder, SubmitNewSingleOrder
from data.practice.books import Books, Fill
from data.practice.exchange import Executed
from data.practice.listing import Listing

OrderRequest = SubmitNewSingleOrder | SubmitFlattenPositionOrder
Row = HistoricalOrderFillResponse | PositionUpdate | TradeAccountResponse | AccountBalanceUpdate

BUY_SELL = {Side.BUY: BuySell.BUY, Side.SELL: BuySell.SELL}

_CURRENCY = "USD"
_CENTS = 2


def seconds(at_us: int) -> float:
    """Seconds since 1970 with a fraction that is exact to the microsecond once rounded."""
    return at_us / 1_000_000


def number_rows(rows: Sequence[Row], request_id: int) -> Sequence[Row]:
    """The rows as one answer: each says which of how many it is."""
    for number, row in enumerate(rows, start=1):
        row.RequestID = request_id
        row.TotalNumberMessages = len(rows)
        row.MessageNumber = number
    return rows


def report_execution(executed: Executed, books: Books) -> Iterator[Message]:
    """Everything every client hears of an order: its course, each fill, then the position and the balance."""
    yield from _report_order(executed)
    order = executed.order
    position = position_row(order.account, order.symbol, books)
    position.Unsolicited = 1
    yield from number_rows([position], request_id=0)
    if executed.balance_change:
        balance = balance_row(order.account, books.accounts[order.account].balance)
        balance.Unsolicited = 1
        yield from number_rows([balance], request_id=0)


def report_refusal(request: OrderRequest, reason: str) -> OrderUpdate:
    return OrderUpdate(
        TotalNumMessages=1,
        MessageNumber=1,
        Symbol=request.Symbol,
        Exchange=request.Exchange,
        ClientOrderID=request.ClientOrderID,
        OrderStatus=OrderStatus.REJECTED,
        OrderUpdateReason=OrderUpdateReason.NEW_ORDER_REJECTED,
        TradeAccount=request.TradeAccount,
        InfoText=reason,
    )


def define(listing: Listing, request_id: int) -> SecurityDefinitionResponse:
    return SecurityDefinitionResponse(
        RequestID=request_id,
        Symbol=listing.symbol,
        SecurityType=SecurityType.FUTURES,
        Description=f"{listing.symbol}, traded at the practice exchange",
        MinPriceIncrement=float(listing.contract.tick_size),
        CurrencyValuePerIncrement=float(listing.tick_value),
        IsFinalMessage=1,
        DisplayPriceMultiplier=1.0,
        Currency=listing.contract.currency,
    )


def fill_row(fill: Fill) -> HistoricalOrderFillResponse:
    return HistoricalOrderFillResponse(
        Symbol=fill.symbol,
        ServerOrderID=fill.order_id,
        BuySell=BUY_SELL[fill.side],
        Price=float(fill.price),
        DateTime=fill.at_us,
        Quantity=float(fill.qty),
        UniqueExecutionID=fill.execution_id,
        TradeAccount=fill.account,
        PositionQuantity=float(fill.position_qty),
    )


def position_row(account: str, symbol: str, books: Books) -> PositionUpdate:
    position = books.position(account, symbol)
    return PositionUpdate(
        Symbol=symbol,
        Quantity=float(position.qty),
        AveragePrice=float(position.average_price),
        TradeAccount=account,
    )


def balance_row(account: str, balance: Decimal) -> AccountBalanceUpdate:
    cash = float(round(balance, _CENTS))
    return AccountBalanceUpdate(
        CashBalance=cash,
        BalanceAvailableForNewPositions=cash,
        SecuritiesValue=cash,
        AccountCurrency=_CURRENCY,
        TradeAccount=account,
    )


def account_row(account: str) -> TradeAccountResponse:
    return TradeAccountResponse(TradeAccount=account)


def _report_order(executed: Executed) -> Iterator[OrderUpdate]:
    """Accepted, open, then each fill; the last of them completes the order."""
    yield _order_update(executed, OrderStatus.PENDING_OPEN, OrderUpdateReason.NEW_ORDER_ACCEPTED, ())
    yield _order_update(executed, OrderStatus.OPEN, OrderUpdateReason.GENERAL_ORDER_UPDATE, ())
    for count in range(1, len(executed.fills)):
        done = executed.fills[:count]
        yield _order_update(executed, OrderStatus.PARTIALLY_FILLED, OrderUpdateReason.ORDER_FILLED_PARTIALLY, done)
    yield _order_update(executed, OrderStatus.FILLED, OrderUpdateReason.ORDER_FILLED, executed.fills)


def _order_update(
    executed: Executed, status: OrderStatus, reason: OrderUpdateReason, fills: Sequence[Fill]
) -> OrderUpdate:
    """The whole state of the order after these fills; only a fill's own update carries a last fill."""
    order = executed.order
    filled = sum(fill.qty for fill in fills)
    update = OrderUpdate(
        TotalNumMessages=1,
        MessageNumber=1,
        Symbol=order.symbol,
        ServerOrderID=executed.order_id,
        ClientOrderID=order.client_order_id,
        OrderStatus=status,
        OrderUpdateReason=reason,
        OrderType=OrderType.MARKET,
        BuySell=BUY_SELL[order.side],
        OrderQuantity=float(order.qty),
        FilledQuantity=float(filled),
        RemainingQuantity=float(order.qty - filled),
        TradeAccount=order.account,
        OrderReceivedDateTime=int(seconds(executed.fills[0].at_us)),
        LatestTransactionDateTime=seconds(fills[-1].at_us if fills else executed.fills[0].at_us),
    )
    if fills:
        last = fills[-1]
        update.AverageFillPrice = float(sum(fill.qty * fill.price for fill in fills) / filled)
        update.LastFillPrice = float(last.price)
        update.LastFillDateTime = last.at_us
        update.LastFillQuantity = float(last.qty)
        update.LastFillExecutionID = last.execution_id
    return update
