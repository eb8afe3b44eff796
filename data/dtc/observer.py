"""What Heatline asks and hears once it is logged on: accounts, fills, positions, balances, prices. It only watches."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.clock import Now
from core.facts import (
    AccountsListed,
    Answer,
    Fact,
    Fill,
    FillsListed,
    FillsUnavailable,
    InputRefused,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
)
from core.snapshots import Notice
from core.values import micros_from_utc
from data.dtc import messages as dtc
from data.dtc.enums import RequestAction
from data.dtc.requests import Question, Request, Requests
from data.dtc.translate import Translator, exact_float32, known_number, wire_micros

_BACK_FILL_DAYS = 5


class Traded(NamedTuple):
    """One trade that went by; `at_us` is the venue's time in microseconds."""

    symbol: str
    price: float
    at_us: int


Event = Fact | Traded | Notice


class Observer:
    """Turns the messages of one logged-on connection into facts, and puts the questions that lead to them.

    It has no way to send an order. `send` takes each question; `monotonic` times are seconds of a clock that never
    jumps.
    """

    def __init__(self, now: Now, send: Callable[[dtc.Message], None]) -> None:
        self._now = now
        self._send = send
        self._translate = Translator(now)
        self._requests = Requests()
        self._heard_at = 0.0
        self._symbol_ids: dict[str, int] = {}
        self._symbols: dict[int, str] = {}
        self._handlers: dict[type[dtc.Message], Callable[..., Iterator[Event]]] = {
            dtc.MarketDataUpdateTrade: self._on_trade,
            dtc.MarketDataUpdateTradeCompact: self._on_compact_trade,
            dtc.MarketDataReject: self._on_market_data_reject,
            dtc.OrderUpdate: self._on_order_update,
            dtc.HistoricalOrderFillResponse: self._on_past_fill,
            dtc.HistoricalOrderFillsReject: self._on_reject,
            dtc.PositionUpdate: self._on_position,
            dtc.CurrentPositionsReject: self._on_reject,
            dtc.OpenOrdersReject: self._on_reject,
            dtc.AccountBalanceReject: self._on_reject,
            dtc.AccountBalanceUpdate: self._on_balance,
            dtc.TradeAccountResponse: self._on_account,
            dtc.SecurityDefinitionResponse: self._on_definition,
        }

    def begin(self, monotonic: float) -> None:
        """Asks for the accounts; everything else follows from the answer."""
        self._heard_at = monotonic
        self._send(dtc.TradeAccountsRequest(RequestID=self._requests.ask(Question.ACCOUNTS, "", monotonic)))

    def hear(self, message: dtc.Message, monotonic: float) -> Iterator[Event]:
        """What `message` says; nothing for a kind that is of no use here."""
        self._heard_at = monotonic
        handler = self._handlers.get(type(message))
        return iter(()) if handler is None else handler(message)

    def give_up_overdue(self, monotonic: float) -> Iterator[Event]:
        """Says which questions the server left without an answer."""
        for request in self._requests.overdue(monotonic):
            yield from self._unanswered(request, Answer.SILENT, "no answer")

    def next_deadline(self) -> float | None:
        return self._requests.next_deadline()

    def watch(self, wire_symbol: str) -> None:
        """Asks for a symbol's trades and its definition, once."""
        if not wire_symbol or wire_symbol in self._symbol_ids:
            return
        symbol_id = len(self._symbol_ids) + 1
        self._symbol_ids[wire_symbol] = symbol_id
        self._symbols[symbol_id] = self._translate.symbol(wire_symbol)
        request_id = self._requests.ask(Question.DEFINITION, wire_symbol, self._heard_at)
        self._send(dtc.SecurityDefinitionForSymbolRequest(RequestID=request_id, Symbol=wire_symbol))
        subscribe = RequestAction.SUBSCRIBE
        self._send(dtc.MarketDataRequest(RequestAction=subscribe, SymbolID=symbol_id, Symbol=wire_symbol))

    def _on_account(self, message: dtc.TradeAccountResponse) -> Iterator[Event]:
        is_last = _is_last(message.MessageNumber, message.TotalNumberMessages)
        request = self._requests.collect(message.RequestID, message, is_last=is_last, now=self._heard_at)
        if request is None:
            return
        accounts = [part.TradeAccount for part in request.parts if isinstance(part, dtc.TradeAccountResponse)]
        names = tuple(name for name in accounts if name)
        yield AccountsListed(names)
        for name in names:
            self._ask_about(name)

    def _ask_about(self, account: str) -> None:
        ask, now = self._requests.ask, self._heard_at
        self._send(
            dtc.HistoricalOrderFillsRequest(
                RequestID=ask(Question.FILLS, account, now), TradeAccount=account, NumberOfDays=_BACK_FILL_DAYS
            )
        )
        self._send(dtc.OpenOrdersRequest(RequestID=ask(Question.OPEN_ORDERS, account, now), TradeAccount=account))
        self._send(dtc.CurrentPositionsRequest(RequestID=ask(Question.POSITIONS, account, now), TradeAccount=account))
        self._send(dtc.AccountBalanceRequest(RequestID=ask(Question.BALANCE, account, now), TradeAccount=account))

    def _on_order_update(self, update: dtc.OrderUpdate) -> Iterator[Event]:
        is_last = bool(update.NoOrders) or _is_last(update.MessageNumber, update.TotalNumMessages)
        self._requests.collect(update.RequestID, update, is_last=is_last, now=self._heard_at)
        if update.Symbol:
            self.watch(update.Symbol)
        fill = self._translate.fill(update)
        if fill is not None:
            yield fill

    def _on_past_fill(self, response: dtc.HistoricalOrderFillResponse) -> Iterator[Event]:
        is_last = bool(response.NoOrderFills) or _is_last(response.MessageNumber, response.TotalNumberMessages)
        request = self._requests.collect(response.RequestID, response, is_last=is_last, now=self._heard_at)
        if request is None:
            return
        parts = [part for part in request.parts if isinstance(part, dtc.HistoricalOrderFillResponse)]
        fills: list[Fill] = []
        for fill in self._translate.past_fills(parts):
            if isinstance(fill, Fill):
                fills.append(fill)
            else:
                yield fill
        fills.sort(key=lambda fill: fill.occurred_at)
        yield FillsListed(request.subject, tuple(fills))

    def _on_position(self, update: dtc.PositionUpdate) -> Iterator[Event]:
        position = self._translate.position(update)
        if update.Unsolicited or not self._requests.is_open(update.RequestID):
            if position is not None:
                self.watch(update.Symbol or "")
                yield position
            return
        is_last = bool(update.NoPositions) or _is_last(update.MessageNumber, update.TotalNumberMessages)
        request = self._requests.collect(update.RequestID, update, is_last=is_last, now=self._heard_at)
        if request is not None:
            yield from self._list_positions(request)

    def _list_positions(self, request: Request) -> Iterator[Event]:
        reports: list[PositionReported] = []
        for part in request.parts:
            report = self._translate.position(part) if isinstance(part, dtc.PositionUpdate) else None
            if isinstance(report, InputRefused):
                yield report
                yield PositionsUnavailable(request.subject, Answer.REFUSED, report.reason, self._now())
                return
            if report is not None:
                reports.append(report)
        yield PositionsListed(request.subject, tuple(reports), self._now())

    def _on_balance(self, update: dtc.AccountBalanceUpdate) -> Iterator[Event]:
        is_last = bool(update.NoAccountBalances) or _is_last(update.MessageNumber, update.TotalNumberMessages)
        self._requests.collect(update.RequestID, update, is_last=is_last, now=self._heard_at)
        balance = self._translate.balance(update)
        if balance is not None:
            yield balance

    def _on_reject(
        self,
        reject: dtc.HistoricalOrderFillsReject
        | dtc.CurrentPositionsReject
        | dtc.OpenOrdersReject
        | dtc.AccountBalanceReject,
    ) -> Iterator[Event]:
        request = self._requests.close(reject.RequestID)
        if request is not None:
            yield from self._unanswered(request, Answer.REFUSED, reject.RejectText or "no reason given")

    def _unanswered(self, request: Request, answer: Answer, reason: str) -> Iterator[Event]:
        """A question without an answer is unknown, never none."""
        match request.question:
            case Question.FILLS:
                yield FillsUnavailable(request.subject, answer, reason)
            case Question.POSITIONS:
                yield PositionsUnavailable(request.subject, answer, reason, self._now())
            case Question.ACCOUNTS | Question.BALANCE | Question.OPEN_ORDERS | Question.DEFINITION:
                yield Notice(
                    f"The server did not give the {request.question} of {request.subject or 'the link'}: {reason}"
                )

    def _on_definition(self, definition: dtc.SecurityDefinitionResponse) -> Iterator[Event]:
        self._requests.close(definition.RequestID)
        contract = self._translate.contract(definition)
        if contract is None:
            return
        yield contract
        # A server that names a symbol unasked means it to be watched.
        self.watch(definition.Symbol or "")

    def _on_market_data_reject(self, reject: dtc.MarketDataReject) -> Iterator[Event]:
        symbol = self._symbols.get(reject.SymbolID or 0, "a symbol")
        yield Notice(f"No prices for {symbol} over DTC: {reject.RejectText or 'no reason given'}")

    def _on_trade(self, trade: dtc.MarketDataUpdateTrade) -> Iterator[Event]:
        yield from self._traded(trade.SymbolID, known_number(trade.Price), trade.DateTime)

    def _on_compact_trade(self, trade: dtc.MarketDataUpdateTradeCompact) -> Iterator[Event]:
        price = exact_float32(trade.Price)
        yield from self._traded(trade.SymbolID, None if price is None else float(price), trade.DateTime)

    def _traded(self, symbol_id: int | None, price: float | None, time: dtc.Number) -> Iterator[Event]:
        symbol = self._symbols.get(symbol_id or 0)
        if symbol is None or price is None:
            return
        at_us = wire_micros(time)
        yield Traded(symbol, float(price), micros_from_utc(self._now()) if at_us is None else at_us)


def _is_last(number: int | None, total: int | None) -> bool:
    """True for the last part of an answer; what is numbered badly stands alone."""
    return (number or 0) >= (total or 0)
