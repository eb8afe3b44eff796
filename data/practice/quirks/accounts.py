"""Which accounts there are, and whether questions about them are answered."""

from typing import TYPE_CHECKING

from core.values import Mode
from data.dtc.messages import (
    AccountBalanceRequest,
    CurrentPositionsRequest,
    HistoricalOrderFillsRequest,
    Message,
    OpenOrdersRequest,
    TradeAccountsRequest,
)
from data.practice.answers import is_refused, number_answer, refuse
from data.practice.listing import PRACTICE_MODES
from data.practice.quirks.quirk import Messages, Quirk

if TYPE_CHECKING:
    from data.practice.exchange import Exchange

_ASKING = (OpenOrdersRequest, HistoricalOrderFillsRequest, CurrentPositionsRequest, AccountBalanceRequest)


class Silent(Quirk):
    """A server that does not know a question, or is busy with its broker, lets it go without any answer."""

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        return () if isinstance(question, _ASKING) else rows


class HidesOtherMode(Quirk):
    """Sierra has its Sim accounts only while Trade Simulation Mode is on, and its live ones only while it is off."""

    def __init__(self) -> None:
        self.shown = Mode.SIM

    def objection(self, account: str) -> str:
        mode = PRACTICE_MODES.get(account, self.shown)
        if mode is self.shown:
            return ""
        if mode is Mode.SIM:
            return f"Simulated Trade Account ({account}) cannot be used when Trade Simulation Mode is disabled"
        return f"Non-simulated Trade Account ({account}) cannot be used with Trade Simulation Mode"

    def answer(self, question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        if isinstance(question, _ASKING) and not is_refused(rows):
            objection = self.objection(question.TradeAccount or "")
            return refuse(question, objection) if objection else self._visible(question, rows)
        return self._visible(question, rows) if isinstance(question, TradeAccountsRequest) else rows

    def report(self, messages: Messages, _now: float) -> Messages:
        return [message for message in messages if self._is_visible(message)]

    def _visible(self, question: Message, rows: Messages) -> Messages:
        visible = [row for row in rows if self._is_visible(row)]
        return rows if len(visible) == len(rows) else number_answer(question, visible)

    def _is_visible(self, message: Message) -> bool:
        return not self.objection(getattr(message, "TradeAccount", None) or "")
