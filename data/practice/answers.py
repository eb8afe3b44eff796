"""Answers to questions: each reads the books and changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from data.dtc.enums import OrderUpdateReason
from data.dtc.messages import (
    AccountBalanceReject,
    AccountBalanceRequest,
    AccountBalanceUpdate,
    CurrentPositionsReject,
    CurrentPositionsRequest,
    HistoricalOrderFillResponse,
    HistoricalOrderFillsReject,
    HistoricalOrderFillsRequest,
    Message,
    OpenOrdersReject,
    OpenOrdersRequest,
    OrderUpdate,
    PositionUpdate,
    SecurityDefinitionForSymbolRequest,
    SecurityDefinitionResponse,
    TradeAccountResponse,
    TradeAccountsRequest,
)
from data.practice import reports
from data.practice.exchange import Exchange
from data.practice.order_messages import order_row
from data.practice.reports import Row, number_rows

_REFUSALS = (OpenOrdersReject, HistoricalOrderFillsReject, CurrentPositionsReject, AccountBalanceReject)
_NOTHING: Mapping[type[Message], Callable[[], Sequence[Row]]] = MappingProxyType(
    {
        OpenOrdersRequest: lambda: [
            OrderUpdate(OrderUpdateReason=OrderUpdateReason.OPEN_ORDERS_REQUEST_RESPONSE, NoOrders=1)
        ],
        HistoricalOrderFillsRequest: lambda: [HistoricalOrderFillResponse(NoOrderFills=1)],
        CurrentPositionsRequest: lambda: [PositionUpdate(NoPositions=1)],
        TradeAccountsRequest: lambda: [TradeAccountResponse()],
        AccountBalanceRequest: lambda: [AccountBalanceUpdate(NoAccountBalances=1)],
    }
)
_DAY_US = 86_400_000_000
# A time's unit shows in its size: seconds until the year 5138, milliseconds from 1973 on.
_SECONDS_BELOW = 1e11
_MILLISECONDS_BELOW = 1e14


def answer(question: Message, exchange: Exchange) -> Sequence[Message]:
    """The whole answer to one question; nothing where it is none, as a server ignores what it does not know."""
    rows: Sequence[Message] = ()
    match question:
        case OpenOrdersRequest():
            rows = _open_orders(question, exchange)
        case HistoricalOrderFillsRequest():
            rows = _fills(question, exchange)
        case CurrentPositionsRequest():
            rows = _positions(question, exchange)
        case TradeAccountsRequest():
            rows = _accounts(question, exchange)
        case AccountBalanceRequest():
            rows = _balances(question, exchange)
        case SecurityDefinitionForSymbolRequest():
            rows = [_definition(question, exchange)]
    return rows


def refuse(question: Message, reason: str) -> Sequence[Message]:
    """The answer that there is none, each kind of question in its own way; accounts are always answered."""
    match question:
        case OpenOrdersRequest(RequestID=number):
            return [OpenOrdersReject(RequestID=number, RejectText=reason)]
        case HistoricalOrderFillsRequest(RequestID=number):
            return [HistoricalOrderFillsReject(RequestID=number, RejectText=reason)]
        case CurrentPositionsRequest(RequestID=number):
            return [CurrentPositionsReject(RequestID=number, RejectText=reason)]
        case AccountBalanceRequest(RequestID=number):
            return [AccountBalanceReject(RequestID=number, RejectText=reason)]
    return ()


def is_refused(rows: Sequence[Message]) -> bool:
    return any(isinstance(row, _REFUSALS) for row in rows)


def number_answer(question: Message, rows: Sequence[Message]) -> Sequence[Message]:
    """The rows as one answer; the one that says there is nothing where there are none."""
    number = getattr(question, "RequestID", 0) or 0
    told = [row for row in rows if isinstance(row, Row)]
    return number_rows(told or _NOTHING[type(question)](), number)


def _accounts(question: TradeAccountsRequest, exchange: Exchange) -> Sequence[Message]:
    return number_answer(question, [reports.account_row(account) for account in exchange.books.accounts])


def _open_orders(question: OpenOrdersRequest, exchange: Exchange) -> Sequence[Message]:
    if refusal := _refusal(question.TradeAccount, exchange):
        return refuse(question, refusal)
    wanted = question.ServerOrderID if not question.RequestAllOrders and question.ServerOrderID else None
    rows = [
        order_row(order, OrderUpdateReason.OPEN_ORDERS_REQUEST_RESPONSE)
        for order in exchange.orders
        if question.TradeAccount in ("", None, order.account) and wanted in (None, order.order_id)
    ]
    return number_answer(question, rows)


def _fills(question: HistoricalOrderFillsRequest, exchange: Exchange) -> Sequence[Message]:
    refusal = _refusal(question.TradeAccount, exchange)
    if not question.TradeAccount:
        refusal = "TradeAccount is not set"
    elif not question.StartDateTime and (question.NumberOfDays or 0) <= 0:
        refusal = "NumberOfDays and StartDateTime are both 0"
    if refusal:
        return refuse(question, refusal)
    start_us = _start_us(question, exchange)
    rows = [
        reports.fill_row(fill)
        for fill in exchange.books.accounts[question.TradeAccount or ""].fills
        if fill.at_us >= start_us and question.ServerOrderID in ("", None, fill.order_id)
    ]
    return number_answer(question, rows)


def _start_us(question: HistoricalOrderFillsRequest, exchange: Exchange) -> float:
    start = question.StartDateTime
    if not start:
        return exchange.market.now_us() - (question.NumberOfDays or 0) * _DAY_US
    if start < _SECONDS_BELOW:
        return start * 1_000_000
    return start * 1000 if start < _MILLISECONDS_BELOW else start


def _positions(question: CurrentPositionsRequest, exchange: Exchange) -> Sequence[Message]:
    if refusal := _refusal(question.TradeAccount, exchange):
        return refuse(question, refusal)
    books = exchange.books
    rows = [
        reports.position_row(account, symbol, books)
        for account in _asked_for(question.TradeAccount, exchange)
        for symbol in books.accounts[account].positions
    ]
    return number_answer(question, rows)


def _balances(question: AccountBalanceRequest, exchange: Exchange) -> Sequence[Message]:
    if refusal := _refusal(question.TradeAccount, exchange):
        return refuse(question, refusal)
    accounts = exchange.books.accounts
    asked = _asked_for(question.TradeAccount, exchange)
    return number_answer(question, [reports.balance_row(account, accounts[account].balance) for account in asked])


def _definition(question: SecurityDefinitionForSymbolRequest, exchange: Exchange) -> SecurityDefinitionResponse:
    """Like Sierra, an unknown symbol gets an empty definition, not a refusal."""
    if question.Symbol == exchange.listing.symbol:
        return reports.define(exchange.listing, question.RequestID or 0)
    return SecurityDefinitionResponse(RequestID=question.RequestID, Symbol=question.Symbol, IsFinalMessage=1)


def _refusal(account: str | None, exchange: Exchange) -> str:
    """Why a question about the account cannot be answered; empty when it can. No account means all."""
    return f"There is no account {account}" if account and account not in exchange.books.accounts else ""


def _asked_for(account: str | None, exchange: Exchange) -> Sequence[str]:
    return [account] if account else list(exchange.books.accounts)
