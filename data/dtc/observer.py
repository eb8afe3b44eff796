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
from data.dtc.back_fill import BackFill
from data.dtc.market import Market, PricesBegan, PricesRefused, Traded
from data.dtc.order_reports import order_report
from data.dtc.position_listing import is_end_of, listing_fault
from data.dtc.requests import Question, Request, Requests
from data.dtc.rounds import RoundEnded, Rounds
from data.dtc.timing import Timing
from data.dtc.translate import Translator, exact

_MOST_HELD = 100_000
_PRICED = (dtc.OrderUpdate, dtc.HistoricalOrderFillResponse, dtc.PositionUpdate)
# How Sierra Chart says that it shows simulated accounts in this mode only, and real ones only outside of it.
_WRONG_MODE = "trade simulation mode"

Event = Fact | Traded | PricesBegan | PricesRefused | Notice | RoundEnded
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

    def __init__(self, now: Now, send: Callable[[dtc.Message], None], timing: Timing, back_fill: BackFill) -> None:
        self._now = now
        self._send = send
        self._back_fill = back_fill
        self._translate = Translator(now)
        self._requests = Requests(timing.answer_deadline)
        self._rounds = Rounds(timing, self._requests, self._put)
        self._complained_of: set[tuple[Question, str]] = set()
        self._refused: set[tuple[str | None, str, str]] = set()
        self._market = Market(now, send, self._requests)
        self._held: deque[dtc.Message] = deque()
        self._heard_at = 0.0
        self._handlers: dict[type[dtc.Message], Callable[..., Iterable[Event]]] = {
            dtc.MarketDataUpdateTrade: self._market.trade,
            dtc.MarketDataUpdateTradeCompact: self._market.compact_trade,
            dtc.MarketDataUpdateTradeWithUnbundledIndicator: self._market.trade,
            dtc.MarketDataSnapshot: self._market.begin,
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

    def reconcile(self, account: str | None, monotonic: float) -> None:
        """Asks what `account` did and holds, or all accounts for None; behind what is being asked already."""
        self._rounds.want(account, monotonic)

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

    def keep_up(self, monotonic: float) -> Iterator[Event]:
        """Says which questions the server left without an answer, and asks what is due."""
        self._heard_at = monotonic
        for request in self._requests.overdue(monotonic, self._due()):
            yield from self._unanswered(request, Answer.SILENT, "no answer")
        yield from self._release()
        self._rounds.keep_up(monotonic)

    def next_deadline(self) -> float | None:
        deadlines = (self._requests.next_deadline(self._due()), self._rounds.next_deadline())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

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
        wire_symbol = message.Symbol if isinstance(message, _PRICED) else None
        # A list of positions names the flat contracts of old, too: nobody wants their prices.
        if not wire_symbol or (isinstance(message, dtc.PositionUpdate) and not exact(message.Quantity)):
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
        self._rounds.list_accounts(names, self._heard_at)
        yield from self._end_of_round()

    def _put(self, question: Question, account: str, monotonic: float) -> None:
        number = self._requests.ask(question, account, monotonic)
        match question:
            case Question.ACCOUNTS:
                self._send(dtc.TradeAccountsRequest(RequestID=number))
            case Question.FILLS:
                self._send(self._back_fill.question(account, number))
            case Question.OPEN_ORDERS:
                self._send(dtc.OpenOrdersRequest(RequestID=number, TradeAccount=account))
            case Question.POSITIONS:
                self._send(dtc.CurrentPositionsRequest(RequestID=number, TradeAccount=account))
            case Question.BALANCE:
                self._send(dtc.AccountBalanceRequest(RequestID=number, TradeAccount=account))

    def _answered(self, request: Request) -> Iterator[Event]:
        self._rounds.answered(request.question, request.subject, self._heard_at)
        yield from self._end_of_round()

    def _end_of_round(self) -> Iterator[Event]:
        if self._rounds.take_end():
            yield RoundEnded()

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
        if request is None:
            return
        if is_end or update.TotalNumMessages:
            told = (part for part in request.parts if isinstance(part, dtc.OrderUpdate))
            names = (part.ServerOrderID for part in told if part.TradeAccount == request.subject)
            yield OrdersListed(request.subject, frozenset(name for name in names if name), self._now())
        yield from self._answered(request)

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
                yield from self._first_heard(fill)
        fills.sort(key=lambda fill: fill.occurred_at)
        self._back_fill.complete(request.subject, fills)
        yield FillsListed(request.subject, tuple(fills))
        yield from self._answered(request)

    def _on_position(self, update: dtc.PositionUpdate) -> Iterator[Event]:
        if update.Unsolicited or not self._requests.is_open(Question.POSITIONS, update.RequestID):
            position = self._position(update)
            if position is not None:
                self.watch(update.Symbol or "")
                yield position
            return
        request = self._collect(Question.POSITIONS, update, 0 if is_end_of(update) else update.TotalNumberMessages)
        if request is not None:
            yield from self._list_positions(request)

    def _list_positions(self, request: Request) -> Iterator[Event]:
        """The whole answer; where it proves nothing about what it leaves out, only what it tells."""
        rows = [part for part in request.parts if isinstance(part, dtc.PositionUpdate)]
        told = [report for report in map(self._position, rows) if report is not None]
        reports = [report for report in told if isinstance(report, PositionReported)]
        refused = [report for report in told if isinstance(report, InputRefused)]
        for report in refused:
            yield from self._first_heard(report)
        fault = refused[0].reason if refused else listing_fault(rows)
        # An answer for one account may name positions of others.
        own = tuple(report for report in reports if report.account == request.subject)
        yield from (report for report in reports if fault or report.account != request.subject)
        if fault:
            yield from self._unanswered(request, Answer.REFUSED, fault)
            return
        yield PositionsListed(request.subject, own, self._now())
        yield from self._answered(request)

    def _position(self, update: dtc.PositionUpdate) -> PositionReported | InputRefused | None:
        return self._translate.position(update, self._market.scale(update.Symbol or ""))

    def _on_balance(self, update: dtc.AccountBalanceUpdate) -> Iterator[Event]:
        total = 0 if update.NoAccountBalances else update.TotalNumberMessages
        request = self._collect(Question.BALANCE, update, total)
        balance = self._translate.balance(update)
        if isinstance(balance, InputRefused):
            yield from self._first_heard(balance)
        elif balance is not None:
            yield balance
        if request is not None:
            yield from self._answered(request)

    def _first_heard(self, refused: InputRefused) -> Iterator[InputRefused]:
        """What an answer tells in each round is refused once on a connection."""
        # Only of a fill does the text stay the same from answer to answer.
        mark = (refused.account, refused.reason, refused.raw if refused.is_fill else "")
        if mark not in self._refused:
            self._refused.add(mark)
            yield refused

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
            text = reject.RejectText or "no reason given"
            is_wrong_mode = _WRONG_MODE in text.casefold()
            yield from self._unanswered(request, Answer.NOT_HERE if is_wrong_mode else Answer.REFUSED, text)

    def _unanswered(self, request: Request, answer: Answer, reason: str) -> Iterator[Event]:
        """A question without an answer is unknown, never none."""
        match request.question:
            case Question.FILLS:
                yield FillsUnavailable(request.subject, answer, reason)
            case Question.POSITIONS:
                yield PositionsUnavailable(request.subject, answer, reason, self._now())
            case Question.DEFINITION:
                yield Notice(f"The server does not define {request.subject}: {reason}. Its prices are taken as sent")
                self._market.settle(request.subject)
            case _ if (request.question, request.subject) not in self._complained_of:
                self._complained_of.add((request.question, request.subject))
                yield Notice(
                    f"The server did not give the {request.question} of {request.subject or 'the link'}: {reason}"
                )
        self._rounds.failed(request.question, request.subject, answer, self._heard_at)
        yield from self._end_of_round()
