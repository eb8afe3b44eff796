"""When the broker is asked what: rounds of questions, and what failed in them once more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.facts import Answer
from data.dtc.requests import Question, Requests
from data.dtc.timing import Timing

Topic = tuple[Question, str]

# Positions are asked last of all: what the fills of the same round say is booked first.
_AT_ONCE = (Question.FILLS, Question.OPEN_ORDERS, Question.BALANCE)
_OF_ROUNDS = frozenset((Question.ACCOUNTS, Question.POSITIONS, *_AT_ONCE))


@dataclass(frozen=True, slots=True)
class RoundEnded:
    """Every question of a round has been answered, refused or left without an answer."""


class Rounds:
    """Decides what is asked next on one connection; `put` asks it. No socket, no clock: the caller brings the time.

    A full round asks for the accounts, then for what each of them did and holds; a smaller one for some accounts only.
    What is wanted while a round runs becomes one more round behind it. A question that fails is put again by itself,
    later each time, until it is answered; unless the connection cannot answer it at all, then with the next round.
    """

    def __init__(self, timing: Timing, requests: Requests, put: Callable[[Question, str, float], None]) -> None:
        self._timing = timing
        self._requests = requests
        self._put = put
        self._accounts: frozenset[str] = frozenset()
        self._running: set[Topic] = set()
        self._wanted: set[str | None] = set()
        self._next_round: float | None = None
        self._retries: dict[Topic, float] = {}
        self._pauses: dict[Topic, float] = {}
        self._has_ended = False

    def want(self, account: str | None, monotonic: float) -> None:
        """Wants a round about `account`, or a full one for None: now, or behind the one that runs."""
        self._wanted.add(account)
        self._go_on(monotonic)

    def take_end(self) -> bool:
        """True once for rounds that have ended since this was last asked."""
        has_ended, self._has_ended = self._has_ended, False
        return has_ended

    def keep_up(self, monotonic: float) -> None:
        """Asks what is due."""
        for topic in [topic for topic, due in self._retries.items() if monotonic >= due]:
            self._ask(topic, monotonic)
        if self._next_round is not None and monotonic >= self._next_round:
            self._schedule(monotonic)
            self.want(None, monotonic)

    def next_deadline(self) -> float | None:
        """When `keep_up` has something to do; None before the first round."""
        dues = [*self._retries.values(), *([] if self._next_round is None else [self._next_round])]
        return min(dues, default=None)

    def list_accounts(self, accounts: Iterable[str], monotonic: float) -> None:
        """The server told its accounts: the round goes on with each of them, and forgets those that are gone."""
        accounts = tuple(dict.fromkeys(accounts))
        self._accounts = frozenset(accounts)
        for topic in [topic for topic in self._pauses if topic[1] not in self._accounts]:
            self._forget(topic)
        for account in accounts:
            self._ask_about(account, monotonic)
        self.answered(Question.ACCOUNTS, "", monotonic)

    def answered(self, question: Question, subject: str, monotonic: float) -> None:
        """The whole answer has come."""
        self._forget((question, subject))
        if question is Question.FILLS:
            self._ask((Question.POSITIONS, subject), monotonic)
            self._running.add((Question.POSITIONS, subject))
        self._end((question, subject), monotonic)

    def failed(self, question: Question, subject: str, answer: Answer, monotonic: float) -> None:
        """The server refused the question or stayed silent."""
        if question not in _OF_ROUNDS:
            return
        topic = (question, subject)
        self._forget_or_retry(topic, answer, monotonic)
        if topic in self._running:
            self._go_without(topic, monotonic)
        self._end(topic, monotonic)

    def _go_without(self, topic: Topic, monotonic: float) -> None:
        """What would have followed the answer follows its failure, once a round."""
        question, subject = topic
        if question is Question.FILLS:
            self._ask((Question.POSITIONS, subject), monotonic)
            self._running.add((Question.POSITIONS, subject))
        elif question is Question.ACCOUNTS:
            for account in sorted(self._accounts):
                self._ask_about(account, monotonic)

    def _forget_or_retry(self, topic: Topic, answer: Answer, monotonic: float) -> None:
        is_gone = topic[0] is not Question.ACCOUNTS and topic[1] not in self._accounts
        if answer is Answer.NOT_HERE or is_gone:
            self._forget(topic)
            return
        pause = self._pauses.get(topic, self._timing.first_retry)
        self._retries[topic] = monotonic + self._timing.spread(pause)
        self._pauses[topic] = min(2 * pause, self._timing.longest_retry)

    def _forget(self, topic: Topic) -> None:
        self._retries.pop(topic, None)
        self._pauses.pop(topic, None)

    def _end(self, topic: Topic, monotonic: float) -> None:
        if topic not in self._running:
            return
        self._running.discard(topic)
        if not self._running:
            self._has_ended = True
            self._go_on(monotonic)

    def _go_on(self, monotonic: float) -> None:
        """Starts the round that is wanted, unless one runs."""
        if self._running or not self._wanted:
            return
        wanted, self._wanted = self._wanted, set()
        accounts = {account for account in wanted if account is not None}
        if None in wanted or not accounts <= self._accounts:
            self._schedule(monotonic)
            self._running.add((Question.ACCOUNTS, ""))
            self._ask((Question.ACCOUNTS, ""), monotonic)
        else:
            for account in sorted(accounts):
                self._ask_about(account, monotonic)

    def _ask_about(self, account: str, monotonic: float) -> None:
        self._retries.pop((Question.POSITIONS, account), None)
        self._requests.withdraw(Question.POSITIONS, account)
        for question in _AT_ONCE:
            self._running.add((question, account))
            self._ask((question, account), monotonic)

    def _ask(self, topic: Topic, monotonic: float) -> None:
        self._retries.pop(topic, None)
        self._put(*topic, monotonic)

    def _schedule(self, monotonic: float) -> None:
        self._next_round = monotonic + self._timing.spread(self._timing.round_interval)
