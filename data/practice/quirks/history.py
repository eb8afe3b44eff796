"""How the list of past fills is told."""

from typing import TYPE_CHECKING

from core.values import Side
from data.dtc.messages import HistoricalOrderFillResponse, HistoricalOrderFillsRequest, Message
from data.practice.answers import is_refused, number_answer, refuse
from data.practice.order_messages import BUY_SELL
from data.practice.quirks.quirk import Messages, Quirk

if TYPE_CHECKING:
    from data.practice.exchange import Exchange


class RefuseHistory(Quirk):
    """Some services behind Sierra give no list of past fills."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if isinstance(question, HistoricalOrderFillsRequest):
            return refuse(question, "Historical order fills are not supported by this trading service")
        return rows


class IdsDifferInHistory(Quirk):
    """Nothing promises that the list of past fills calls an execution by the id it had when it was live."""

    def answer(self, _question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        for row in rows:
            if isinstance(row, HistoricalOrderFillResponse) and row.UniqueExecutionID:
                row.UniqueExecutionID = f"H{row.UniqueExecutionID}"
        return rows


class HistoryStartsMidPosition(Quirk):
    """The days asked for may begin within a position: its first fills are missing, its running quantity shows it."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if not isinstance(question, HistoricalOrderFillsRequest) or is_refused(rows):
            return rows
        fills = [row for row in rows if isinstance(row, HistoricalOrderFillResponse)]
        openings = [number for number, fill in enumerate(fills) if _opens_from_flat(fill)]
        kept = fills[openings[-1] + 1 :] if openings else fills
        return number_answer(question, kept)


def _opens_from_flat(fill: HistoricalOrderFillResponse) -> bool:
    sign = 1 if fill.BuySell == BUY_SELL[Side.BUY] else -1
    return not fill.NoOrderFills and fill.PositionQuantity == sign * (fill.Quantity or 0)
