"""What the exchange tells its clients, as messages: orders, positions, balances, definitions."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from data.dtc.enums import OrderStatus, OrderUpdateReason, SecurityType
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
from data.practice.exchange import Outcome
from data.practice.listing import Listing
from data.practice.order_messages import BUY_SELL, order_report

OrderRequest = SubmitNewSingleOrder | SubmitFlattenPositionOrder
Row = OrderUpdate | HistoricalOrderFillResponse | PositionUpdate | TradeAccountResponse | AccountBalanceUpdate

_CURRENCY = "USD"
_CENTS = 2


def seconds(at_us: int) -> float:
    """Seconds since 1970 with a fraction that is exact to the microsecond once rounded."""
    return at_us / 1_000_000


def number_rows(rows: Sequence[Row], request_id: int) -> Sequence[Row]:
    """The rows as one answer: each says which of how many it is."""
    for number, row in enumerate(rows, start=1):
        row.RequestID = request_id
        row.MessageNumber = number
        if isinstance(row, OrderUpdate):
            row.TotalNumMessages = len(rows)  # the protocol spells it differently here
        else:
            row.TotalNumberMessages = len(rows)
    return rows


def report_outcome(outcome: Outcome, books: Books) -> Iterator[Message]:
    """Everything every client hears of it: each step of each order, then the positions and balances that moved."""
    for change in outcome.changes:
        yield order_report(change)
    for account, symbol in dict.fromkeys((fill.account, fill.symbol) for fill in outcome.fills):
        position = position_row(account, symbol, books)
        position.Unsolicited = 1
        yield from number_rows([position], request_id=0)
    for account in dict.fromkeys(fill.account for fill in outcome.fills if fill.realised != fill.commission):
        balance = balance_row(account, books.accounts[account].balance)
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
