"""Where the feed hands on what it finds."""

from collections.abc import Callable
from dataclasses import dataclass

from core.clock import Now
from core.facts import Fact
from core.quotes import QuoteBox
from core.snapshots import Publication
from data.feeds.tape import Tape


def _tell_nobody(_symbol: str, _from_us: int) -> None:
    """For who reads no courses."""


@dataclass(frozen=True, slots=True)
class FeedOutlets:
    """All of them may be called from the feed thread and never wait.

    `rewritten` is told the symbol and the time, in microseconds UTC, from which on the tape says something else than
    before; by then it says it.
    """

    post: Callable[[Fact], None]
    publish: Callable[[Publication], None]
    quotes: QuoteBox
    tape: Tape
    now: Now
    rewritten: Callable[[str, int], None] = _tell_nobody
