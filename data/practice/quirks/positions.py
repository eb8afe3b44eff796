"""How positions are told late, wrongly or not at all."""

from typing import TYPE_CHECKING

from data.dtc.messages import CurrentPositionsRequest, Message, OrderUpdate, PositionUpdate
from data.practice.answers import is_refused, number_answer, refuse
from data.practice.books import net_of
from data.practice.quirks.quirk import Messages, Quirk

if TYPE_CHECKING:
    from data.practice.exchange import Exchange

LAG_S = 1.5
_PHANTOM = ("MESM25-CME", 1.0, 5996.50)
_PAST_CONTRACTS = ("MESU25-CME", "MESZ25-CME")


class NoPositions(Quirk):
    """In its internal Trade Simulation Mode Sierra has no positions to give over DTC: asked or not, none are told."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if isinstance(question, CurrentPositionsRequest):
            return refuse(question, "Positions are not available in Trade Simulation Mode")
        return rows

    def report(self, messages: Messages, _now: float) -> Messages:
        return [message for message in messages if not isinstance(message, PositionUpdate)]


class PositionLag(Quirk):
    """Sierra books a fill first and hears of the position from the broker later: for a while the two disagree."""

    def __init__(self) -> None:
        self._held: list[tuple[float, PositionUpdate]] = []
        self._fresh: list[tuple[float, str]] = []

    def report(self, messages: Messages, now: float) -> Messages:
        due_at = now + LAG_S
        for message in messages:
            if isinstance(message, PositionUpdate):
                self._held.append((due_at, message))
            elif isinstance(message, OrderUpdate) and message.LastFillExecutionID:
                self._fresh.append((due_at, message.LastFillExecutionID))
        return [message for message in messages if not isinstance(message, PositionUpdate)]

    def answer(self, question: Message, rows: Messages, exchange: "Exchange") -> Messages:
        if isinstance(question, CurrentPositionsRequest):
            for row in rows:
                if isinstance(row, PositionUpdate) and row.Symbol:
                    self._make_older(row, exchange)
        return rows

    def due_at(self) -> float | None:
        return min((due_at for due_at, _ in [*self._held, *self._fresh]), default=None)

    def release(self, now: float) -> Messages:
        due = [message for due_at, message in self._held if due_at <= now]
        self._held = [(due_at, message) for due_at, message in self._held if due_at > now]
        self._fresh = [(due_at, name) for due_at, name in self._fresh if due_at > now]
        return due

    def _make_older(self, row: PositionUpdate, exchange: "Exchange") -> None:
        fresh = {execution_id for _, execution_id in self._fresh}
        fills = exchange.books.accounts[row.TradeAccount or ""].fills
        known = net_of(fill for fill in fills if fill.symbol == row.Symbol and fill.execution_id not in fresh)
        row.Quantity, row.AveragePrice = float(known.qty), float(known.average_price)


class PhantomContract(Quirk):
    """Sierra may go on listing a position in a contract that expired long ago, as if it were open."""

    def answer(self, question: Message, rows: Messages, exchange: "Exchange") -> Messages:
        if not isinstance(question, CurrentPositionsRequest):
            return rows
        return _with_rows(question, rows, exchange, _PHANTOM)


class FlatOldContracts(Quirk):
    """Sierra's list of positions has a row of quantity 0 for contracts traded in the past."""

    def answer(self, question: Message, rows: Messages, exchange: "Exchange") -> Messages:
        if not isinstance(question, CurrentPositionsRequest):
            return rows
        return _with_rows(question, rows, exchange, *((symbol, 0.0, 0.0) for symbol in _PAST_CONTRACTS))


def _with_rows(
    question: CurrentPositionsRequest, rows: Messages, exchange: "Exchange", *more: tuple[str, float, float]
) -> Messages:
    """The answer with rows more, for the account asked about, or the first one."""
    if is_refused(rows):
        return rows
    account = question.TradeAccount or next(iter(exchange.books.accounts))
    real = [row for row in rows if isinstance(row, PositionUpdate) and not row.NoPositions]
    added = [
        PositionUpdate(Symbol=symbol, Quantity=qty, AveragePrice=price, TradeAccount=account)
        for symbol, qty, price in more
    ]
    return number_answer(question, [*real, *added])
