"""How orders, and the fills among them, are told."""

from typing import TYPE_CHECKING

import msgspec

from data.dtc.enums import OrderUpdateReason
from data.dtc.messages import Message, OpenOrdersRequest, OrderUpdate
from data.practice.answers import is_refused
from data.practice.quirks.quirk import Messages, Quirk

if TYPE_CHECKING:
    from data.practice.exchange import Exchange

_SECOND_US = 1_000_000


class DuplicateFills(Quirk):
    """After a hiccup of its own Sierra repeats fills: each comes again at once, and again behind what follows it."""

    def report(self, messages: Messages, _now: float) -> Messages:
        told: list[Message] = []
        again: list[Message] = []
        for message in messages:
            told += [message, *again]
            again.clear()
            if _is_fill(message):
                told.append(message)
                again.append(message)
        return [*told, *again]


class WholeSecondFills(Quirk):
    """Older versions give the time of a live fill in whole seconds, the newer ones in finer units."""

    def report(self, messages: Messages, _now: float) -> Messages:
        return [_in_seconds(message) if _is_fill(message) else message for message in messages]


class ExtraOpenOrderRow(Quirk):
    """Sierra's list of open orders may end with one more update that names no order."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if not isinstance(question, OpenOrdersRequest) or is_refused(rows):
            return rows
        end = OrderUpdate(
            RequestID=question.RequestID,
            TotalNumMessages=len(rows),
            MessageNumber=len(rows),
            OrderUpdateReason=OrderUpdateReason.OPEN_ORDERS_REQUEST_RESPONSE,
        )
        return [*rows, end]


class IdsRestart(Quirk):
    """A simulator counts its orders and executions from 1 again each time it is started."""

    def switched(self, exchange: "Exchange", *, on: bool) -> None:
        exchange.ids.start_over = on


def _is_fill(message: Message) -> bool:
    return isinstance(message, OrderUpdate) and bool(message.LastFillExecutionID)


def _in_seconds(message: Message) -> Message:
    at_us = int(getattr(message, "LastFillDateTime", 0) or 0)
    return msgspec.structs.replace(message, LastFillDateTime=at_us // _SECOND_US)
