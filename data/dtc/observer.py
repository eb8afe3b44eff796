"""What Heatline asks and hears once it is logged on: accounts, fills, positions, balances, prices. It only watches."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from core.clock import Now
from core.errors import LinkLost
from core.facts import (
    AccountsListed,
    Answer,
    Fact,
    Fill,
    FillsListed,
    FillsUnavailable,
    InputRefused,
    OrdersListed,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
)
from core.snapshots import Notice
from data.dtc import messages as dtc
from data.dtc.market import Market, Traded
from data.dtc.order_reports import order_report
from data.dtc.requests import Question, Request, Requests
from data.dtc.timing import Timing
from data.dtc.translate import Translator

_BACK_FILL_DAYS = 5
_MOST_HELD = 100_000
_PRICED = (dtc.OrderUpdate, dtc.HistoricalOrderFillResponse)

Event = Fact | Traded | Notice
_Reject = (
    dtc.HistoricalOrderFillsReject
    | dtc.CurrentPositionsReject
    | dtc.OpenOrdersReject
    | dtc.AccountBalanceReject
    | dtc.SecurityDefinitionReject
)


class Observer:
    """Turns the messages of one logged-on connection into facts, and puts the questions that lead to them.

    It has no way to send an order. `send` takes each question; `monotonic` times are seconds of a clock that never
    jumps. A fill or order whose symbol's price scale is not known yet is held, and all that comes behind it, until
    the symbol's definition has come or is overdue: order is kept, and no price is ever booked on the wrong scale.
    """

    def __init__(self, now: Now, send: Callable[[dtc.Message], None], timing: Timing) -> None:
        self._now = now
        self._send = send
        self._translate = Translator(now)
        self._requests = Requests(timing.answer_deadline)
        self._market = Market(now, send, self._requests)
        self._held: deque[dtc.Message] = deque()
        self._heard_at = 0.0
        self._handlers: dict[type[dtc.Message], Callable[..., Iterable[Event]]] = {
            dtc.MarketDataUpdateTrade: self._market.trade,
            dtc.MarketDataUpdateTradeCompact: self._market.compact_trade,
            dtc.MarketDataUpdateTradeWithUnbundledIndicator: self._market.trade,
            dtc.MarketDataReject: self._market.reject,
            dtc.OrderUpdate: self._on_order_update,
            dtc.HistoricalOrderFillResponse: self._on_past_fill,
            dtc.HistoricalOrderFillsReject: partial(self._on_reject, Question.FILLS),
            dtc.PositionUpdate: self._on_position,
            dtc.CurrentPositionsReject: partial(self._on_reject, Question.POSITIONS),
            dtc.OpenOrdersReject: partial(self._on_reject, Question.OPEN_ORDERS),
            dtc.AccountBalanceReject: partial(self._on_reject, Question.BALANCE),
            dtc.AccountBalanceUpdate: self._on_balance,
            dtc.TradeAccountResponse: self._on_account,
        }

    def begin(self, monotonic: float) -> None:
        """Asks for the accounts; everything else follows from the answer."""
        self._heard_at = monotonic
        self._send(dtc.TradeAccountsRequest(RequestID=self._requests.ask(Question.ACCOUNTS, "", monotonic)))

    def hear(self, message: dtc.Message, monotonic: float) -> Iterable[Event]:
        """What `message` says, in stream order; nothing for a kind that is of no use here."""
        self._heard_at = monotonic
        handler = self._handlers.get(type(message))
        if handler is None:
            return self._hear_at_once(message)
        if self._held or (type(message) in _PRICED and not self._is_readable(message)):
            self._hold(message)
            return ()
        return handler(message)

    def give_up_overdue(self, monotonic: float) -> Iterator[Event]:
        """Says which questions the server left without an answer."""
        for request in self._requests.overdue(monotonic, self._due()):
            yield from self._unanswered(request, Answer.SILENT, "no answer")
        yield from self._release()

    def next_deadline(self) -> float | None:
        return self._requests.next_deadline(self._due())

    def watch(self, wire_symbol: str) -> None:
        """Asks for a symbol's trades and its definition, once."""
        self._market.watch(wire_symbol, self._heard_at)

    def _hear_at_once(self, message: dtc.Message) -> Iterator[Event]:
        """A definition is never held: the others wait for it."""
        if isinstance(message, dtc.SecurityDefinitionResponse):
            contract = self._market.define(message)
            if contract is not None:
                yield contract
        elif isinstance(message, dtc.SecurityDefinitionReject):
            yield from self._on_reject(Question.DEFINITION, message)
        yield from self._release()

    def _is_readable(self, message: dtc.Message) -> bool:
        """Whether the prices in `message` can be read already; if not, this asks for what is missing."""
        is_priced = isinstance(message, dtc.HistoricalOrderFillResponse | dtc.OrderUpdate)
        wire_symbol = getattr(message, "Symbol", None) if is_priced else None
        if not wire_symbol:
            return True
        self.watch(wire_symbol)
        return self._market.is_settled(wire_symbol)

    def _hold(self, message: dtc.Message) -> None:
        if len(self._held) >= _MOST_HELD:
            raise LinkLost("too much came before a symbol's definition")
        self._is_readable(message)
        self._held.append(message)

    def _release(self) -> Iterator[Event]:
        while self._held and self._is_readable(self._held[0]):
            message = self._held.popleft()
            yield from self._handlers[type(message)](message)

    def _due(self) -> tuple[Question, ...]:
        """The questions whose answers can be overdue: while something is held, an answer may be among it."""
        return (Question.DEFINITION,) if self._held else tuple(Question)

    def _on_account(self, message: dtc.TradeAccountResponse) -> Iterator[Event]:
        total = message.TotalNumberMessages
        request = self._collect(Question.ACCOUNTS, message, total)
        if request is None:
            return
        accounts = [part.TradeAccount for part in request.parts if isinstance(part, dtc.TradeAccountResponse)]
        names = tuple(name for name in accounts if name)
        yield AccountsListed(names)
        for name in names:
            self._ask_about(name)

    def _ask_about(self, account: str) -> None:
        def ask(question: Question) -> int:
            return self._requests.ask(question, account, self._heard_at)

        fills, days = ask(Question.FILLS), _BACK_FILL_DAYS
        self._send(dtc.HistoricalOrderFillsRequest(RequestID=fills, TradeAccount=account, NumberOfDays=days))
        self._send(dtc.OpenOrdersRequest(RequestID=ask(Question.OPEN_ORDERS), TradeAccount=account))
        self._send(dtc.CurrentPositionsRequest(RequestID=ask(Question.POSITIONS), TradeAccount=account))
        self._send(dtc.AccountBalanceRequest(RequestID=ask(Question.BALANCE), TradeAccount=account))

    def _on_order_update(self, update: dtc.OrderUpdate) -> Iterator[Event]:
        self.watch(update.Symbol or "")
        scale = self._market.scale(update.Symbol or "")
        fill, order = self._translate.fill(update, scale), order_report(update, scale, self._now)
        if isinstance(fill, Fill):
            yield replace(fill, order=order)
        else:
            yield from (event for event in (fill, order) if event is not None)
        yield from self._list_orders(update)

    def _list_orders(self, update: dtc.OrderUpdate) -> Iterator[Event]:
        """Says which orders are at work once all are told; a list that does not say how long it is proves nothing."""
        # Sierra may end its list with one more message that names no order.
        is_end = bool(update.NoOrders or not update.ServerOrderID)
        request = self._collect(Question.OPEN_ORDERS, update, 0 if is_end else update.TotalNumMessages)
        if request is not None and (is_end or update.TotalNumMessages):
            told = (part for part in request.parts if isinstance(part, dtc.OrderUpdate))
            names = (part.ServerOrderID for part in told if part.TradeAccount == request.subject)
            yield OrdersListed(request.subject, frozenset(name for name in names if name), self._now())

    def _on_past_fill(self, response: dtc.HistoricalOrderFillResponse) -> Iterator[Event]:
        total = 0 if response.NoOrderFills else response.TotalNumberMessages
        request = self._collect(Question.FILLS, response, total)
        if request is None:
            return
        parts = [part for part in request.parts if isinstance(part, dtc.HistoricalOrderFillResponse)]
        fills: list[Fill] = []
        for fill in self._translate.past_fills(parts, self._market.scale):
            if isinstance(fill, Fill):
                fills.append(fill)
            else:
                yield fill
        fills.sort(key=lambda fill: fill.occurred_at)
        yield FillsListed(request.subject, tuple(fills))

    def _on_position(self, update: dtc.PositionUpdate) -> Iterator[Event]:
        if update.Unsolicited or not self._requests.is_open(Question.POSITIONS, update.RequestID):
            position = self._translate.position(update)
            if position is not None:
                self.watch(update.Symbol or "")
                yield position
            return
        request = self._collect(Question.POSITIONS, update, 0 if update.NoPositions else update.TotalNumberMessages)
        if request is not None:
            yield from self._list_positions(request)

    def _list_positions(self, request: Request) -> Iterator[Event]:
        reports: list[PositionReported] = []
        for part in (part for part in request.parts if isinstance(part, dtc.PositionUpdate)):
            report = self._translate.position(part)
            if isinstance(report, InputRefused):
                yield report
                yield PositionsUnavailable(request.subject, Answer.REFUSED, report.reason, self._now())
                return
            if report is None:
                continue
            reports.append(report)
            if report.qty:
                self.watch(part.Symbol or "")
        yield PositionsListed(request.subject, tuple(reports), self._now())

    def _on_balance(self, update: dtc.AccountBalanceUpdate) -> Iterator[Event]:
        self._collect(Question.BALANCE, update, 0 if update.NoAccountBalances else update.TotalNumberMessages)
        balance = self._translate.balance(update)
        if balance is not None:
            yield balance

    def _collect(
        self,
        question: Question,
        part: dtc.TradeAccountResponse
        | dtc.OrderUpdate
        | dtc.HistoricalOrderFillResponse
        | dtc.PositionUpdate
        | dtc.AccountBalanceUpdate,
        total: int | None,
    ) -> Request | None:
        return self._requests.collect(question, part.RequestID, part, total=total, now=self._heard_at)

    def _on_reject(self, question: Question, reject: _Reject) -> Iterator[Event]:
        request = self._requests.close(question, reject.RequestID)
        if request is not None:
            yield from self._unanswered(request, Answer.REFUSED, reject.RejectText or "no reason given")

    def _unanswered(self, request: Request, answer: Answer, reason: str) -> Iterator[Event]:
        """A question without an answer is unknown, never none."""
        match request.question:
            case Question.FILLS:
                yield FillsUnavailable(request.subject, answer, reason)
            case Question.POSITIONS:
                yield PositionsUnavailable(request.subject, answer, reason, self._now())
            case Question.ACCOUNTS | Question.BALANCE | Question.OPEN_ORDERS:
                yield Notice(
                    f"The server did not give the {request.question} of {request.subject or 'the link'}: {reason}"
                )
            case Question.DEFINITION:
                yield Notice(f"The server does not define {request.subject}: {reason}. Its prices are taken as sent")
                self._market.settle(request.subject)
