"""Questions put to the server, and their answers collected until they are whole."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import ProtocolViolation
from data.dtc.messages import Message

# Years of fills are thousands; an answer that goes on for ever must not fill the memory.
LONGEST_ANSWER = 100_000


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

    def __init__(self, patience: float) -> None:
        """`patience` is how many seconds may pass without a further part of an answer."""
        self._patience = patience
        self._open: dict[int, Request] = {}
        self._last_id = 0

    def ask(self, question: Question, subject: str, now: float) -> int:
        """The id to send the question with. The same question on its way is given up: only the new answer counts."""
        self.withdraw(question, subject)
        self._last_id += 1
        self._open[self._last_id] = Request(question, subject, now + self._patience)
        return self._last_id

    def withdraw(self, question: Question, subject: str) -> None:
        """Gives up waiting for an answer, if one is on its way."""
        for key, request in list(self._open.items()):
            if request.question is question and request.subject == subject:
                del self._open[key]

    def is_open(self, question: Question, request_id: int | None) -> bool:
        request = self._open.get(request_id or 0)
        return request is not None and request.question is question

    def collect(
        self, question: Question, request_id: int | None, part: Message, *, total: int | None, now: float
    ) -> Request | None:
        """The whole request once `part` is the last of `total`, else None; None too for what nobody asked.

        Parts are counted, not looked at: an answer with a hole in it is never whole.

        Raises:
            ProtocolViolation: the answer is longer than any answer can be.
        """
        if not self.is_open(question, request_id):
            return None
        request = self._open[request_id or 0]
        request.parts.append(part)
        request.deadline = now + self._patience
        if len(request.parts) > LONGEST_ANSWER:
            raise ProtocolViolation(f"An answer of more than {LONGEST_ANSWER} messages")
        return self.close(question, request_id) if len(request.parts) >= (total or 0) else None

    def close(self, question: Question, request_id: int | None) -> Request | None:
        """Ends a request, answered or refused; None if it is not open."""
        return self._open.pop(request_id or 0) if self.is_open(question, request_id) else None

    def overdue(self, now: float, among: Collection[Question] = tuple(Question)) -> Iterator[Request]:
        """Ends and returns the requests that the server left without an answer."""
        for key, request in list(self._open.items()):
            # Who hears of one may have put or given up another.
            if key in self._open and now > request.deadline and request.question in among:
                del self._open[key]
                yield request

    def next_deadline(self, among: Collection[Question] = tuple(Question)) -> float | None:
        return min((request.deadline for request in self._open.values() if request.question in among), default=None)
