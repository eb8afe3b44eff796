"""What a quirk may change."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.dtc.messages import Message

if TYPE_CHECKING:
    from data.practice.exchange import Exchange

Messages = Sequence[Message]


class Quirk:
    """One manner laid over the exchange; what it does not mention it leaves as it is."""

    def answer(self, _question: Message, rows: Messages, _exchange: "Exchange") -> Messages:
        """What becomes of the whole answer to one question."""
        return rows

    def report(self, messages: Messages, _now: float) -> Messages:
        """What becomes of the messages that tell every client what happened; `now` is the monotonic clock."""
        return messages

    def objection(self, _account: str) -> str:
        """Why nothing can be asked of the account or traded in it; empty when it can."""
        return ""

    def switched(self, _exchange: "Exchange", *, on: bool) -> None:
        """It has just been switched on or off."""

    def due_at(self) -> float | None:
        """When something held back must be told, on the monotonic clock."""
        return None

    def release(self, _now: float) -> Messages:
        """What was held back and is due."""
        return ()
