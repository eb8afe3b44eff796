"""Questions put to the server, and their answers collected until they are whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from data.dtc.messages import Message

ANSWER_DEADLINE = 5.0  # seconds without a further part of the answer


class Question(StrEnum):
    ACCOUNTS = "accounts"
    FILLS = "fills"
    POSITIONS = "positions"
    BALANCE = "balance"
    OPEN_ORDERS = "open orders"
    DEFINITION = "security definition"


@dataclass(slots=True)
class Request:
    """One question on its way; `subject` is the account or symbol it is about."""

    question: Question
    subject: str
    deadline: float
    parts: list[Message] = field(default_factory=list)


class Requests:
    """Numbers questions and knows which are still open. Request ids are unique on a connection."""

    def __init__(self) -> None:
        self._open: dict[int, Request] = {}
        self._last_id = 0

    def ask(self, question: Question, subject: str, now: float) -> int:
        """The id to send the question with."""
        self._last_id += 1
        self._open[self._last_id] = Request(question, subject, now + ANSWER_DEADLINE)
        return self._last_id

    def is_open(self, request_id: int | None) -> bool:
        return request_id in self._open

    def collect(self, request_id: int | None, part: Message, *, is_last: bool, now: float) -> Request | None:
        """The whole request once `part` completes its answer, else None; None too for what nobody asked."""
        request = self._open.get(request_id or 0)
        if request is None:
            return None
        request.parts.append(part)
        request.deadline = now + ANSWER_DEADLINE
        return self.close(request_id) if is_last else None

    def close(self, request_id: int | None) -> Request | None:
        """Ends a request, answered or refused; None if it is not open."""
        return self._open.pop(request_id or 0, None)

    def overdue(self, now: float) -> Iterator[Request]:
        """Ends and returns the requests that the server left without an answer."""
        late = [request_id for request_id, request in self._open.items() if now > request.deadline]
        for request_id in late:
            yield self._open.pop(request_id)

    def next_deadline(self) -> float | None:
        return min((request.deadline for request in self._open.values()), default=None)
