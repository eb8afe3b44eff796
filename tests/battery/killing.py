"""A ledger in a child process that is killed at a random instant, and what it had acknowledged until then."""

import os
import signal
import struct
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from core.facts import Fact
from data.ledger import Ledger
from tests.battery.comparing import compare_with_executions
from tests.battery.judging import booked_ids, must, reading, revision
from tests.battery.trading import Trading, ids_of
from tests.integration.conftest import Books

_ACK = struct.Struct("q")
_CRASHED = 70
_WHILE_STARTING = 0.15  # so many kills do not wait for the ledger to be open
_A_START = 0.03  # seconds, about
_A_FACT = 0.0015
_MOST_FACTS = 12
_LOGGING_ON = 0.3
_FACTS_A_LIFE = 60

Acknowledge = Callable[[int], None]
Booking = Callable[[Ledger, Fact, Acknowledge], None]


def book(ledger: Ledger, fact: Fact, acknowledge: Acknowledge) -> None:
    """A fact is acknowledged once `handle` has returned, and not before."""
    ledger.handle(fact)
    acknowledge(ledger.snapshot().revision)


@dataclass
class Toll:
    """What a battery of kills went through; `extras` were on disk but not yet acknowledged."""

    kills: int = 0
    acknowledged: int = 0
    extras: int = 0


class Victim:
    """One ledger that is killed over and over; after each death its file is judged and the next life goes on."""

    def __init__(self, books: Books, random: Random, booking: Booking = book) -> None:
        self._books = books
        self._random = random
        self._booking = booking
        self._trading = Trading(random)
        self._next: list[Fact] = []
        self._held: set[tuple[str, str]] = set()
        self._revision = 0
        self.toll = Toll()
        self.path = books.path
        books.open()
        books.close()

    def die(self) -> None:
        """One life: perhaps log on with what the broker knows, trade, get killed, be judged."""
        if len(self._next) < _FACTS_A_LIFE:
            self._next += self._trading.facts(_FACTS_A_LIFE)
        script, lengths = self._script()
        acknowledged = self._live(script)
        done = max(0, len(acknowledged) - 1)
        self._judge(script, done, acknowledged[-1] if acknowledged else self._revision)
        self._next = self._next[sum(lengths[:done]) :]

    def _script(self) -> tuple[list[Fact], list[int]]:
        """The facts of a life, and for each how much of what is still to come is done with it."""
        if self._revision and self._random.random() > _LOGGING_ON:
            return self._next, [1] * len(self._next)
        held = [each for each in self._trading.fills if (each.account, each.execution_id) in self._held]
        log_on = self._trading.log_on(held[-self._random.randint(1, 12) :])
        # Live fills come before the back-fill, too.
        script = [*log_on[:2], *self._next[:2], *log_on[2:], *self._next[2:]]
        return script, [0, 0, 1, 1, *([0] * len(log_on[2:])), *([1] * len(self._next[2:]))]

    def _judge(self, script: Sequence[Fact], done: int, acknowledged_revision: int) -> None:
        owed = self._held | ids_of(script[:done])
        with reading(self._books.path) as connection:
            booked, self._revision = booked_ids(connection), revision(connection)
            compare_with_executions(connection)
        must(owed <= booked, "lost", owed - booked)
        must(booked in (owed, owed | ids_of(script[done : done + 1])), "more than one fact extra", booked - owed)
        must(acknowledged_revision <= self._revision <= acknowledged_revision + 1, "commits", acknowledged_revision)
        self._held = booked
        self.toll.kills += 1
        self.toll.acknowledged += done
        self.toll.extras += booked != owed

    def _live(self, script: Sequence[Fact]) -> list[int]:
        """The revisions acknowledged, the first of them by the open ledger itself."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            _live_and_leave(self._books, script, writer, self._booking)
        os.close(writer)
        if self._random.random() < _WHILE_STARTING:
            heard = b""
            time.sleep(self._random.uniform(0, _A_START))
        else:
            heard = _listen(reader, self._random.randint(1, _MOST_FACTS))
            time.sleep(self._random.uniform(0, _A_FACT))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        heard += _listen(reader)
        os.close(reader)
        must(os.waitstatus_to_exitcode(status) != _CRASHED, "the ledger could not go on")
        return [number for (number,) in _ACK.iter_unpack(heard)]


def _live_and_leave(books: Books, script: Sequence[Fact], writer: int, booking: Booking) -> None:
    """In the child: never returns, so that nothing of the test's own is torn down twice."""
    status = _CRASHED
    try:
        ledger = books.open()
        _acknowledge(writer, ledger.snapshot().revision)
        for fact in script:
            booking(ledger, fact, lambda number: _acknowledge(writer, number))
        status = 0
    except BaseException:  # noqa: BLE001  # whatever it is, the parent has to hear of it
        traceback.print_exc()
    finally:
        os._exit(status)


def _acknowledge(writer: int, number: int) -> None:
    os.write(writer, _ACK.pack(number))


def _listen(reader: int, most: int = 1 << 20) -> bytes:
    """So many acknowledgements, or all there are when the child ends before."""
    heard = b""
    while len(heard) < most * _ACK.size and (chunk := os.read(reader, most * _ACK.size - len(heard))):
        heard += chunk
    return heard
