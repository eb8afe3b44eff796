"""The quirks that are on: everything a client is told passes through them."""

from collections.abc import Iterable, Sequence
from math import inf

from core.errors import CommandRefused, ConfigError
from core.values import Mode
from data.dtc.messages import Message
from data.practice.exchange import Exchange
from data.practice.quirks.accounts import HidesOtherMode
from data.practice.quirks.names import QuirkName
from data.practice.quirks.quirk import Messages, Quirk
from data.practice.quirks.table import QUIRKS


class Manners:
    """Quirks over one exchange, switched on and off as one likes. Used on the practice thread only."""

    def __init__(self, exchange: Exchange, names: Iterable[str] = ()) -> None:
        """Switches on the quirks named.

        Raises:
            ConfigError: there is no such quirk.
        """
        self._exchange = exchange
        self._on: dict[QuirkName, Quirk] = {}
        for name in names:
            try:
                self.switch(name, on=True)
            except CommandRefused as error:
                raise ConfigError(str(error)) from error

    @property
    def names(self) -> Sequence[QuirkName]:
        """The quirks that are on, in the order they work."""
        return [name for name in QuirkName if name in self._on]

    def switch(self, name: str, *, on: bool) -> Messages:
        """Switches a quirk; what it held back until now must be told at once.

        Raises:
            CommandRefused: there is no such quirk.
        """
        known = _find(name)
        if on is (known in self._on):
            return ()
        quirk = self._on.setdefault(known, QUIRKS[known]())
        quirk.switched(self._exchange, on=on)
        if not on:
            del self._on[known]
        return quirk.release(inf)

    def show(self, mode: Mode) -> None:
        """Shows the accounts of one mode only."""
        self.switch(QuirkName.HIDES_OTHER_MODE, on=True)
        hiding = self._on[QuirkName.HIDES_OTHER_MODE]
        if isinstance(hiding, HidesOtherMode):
            hiding.shown = mode

    def answer(self, question: Message, rows: Messages) -> Messages:
        for quirk in self._working():
            rows = quirk.answer(question, rows, self._exchange)
        return rows

    def report(self, messages: Messages, now: float) -> Messages:
        for quirk in self._working():
            messages = quirk.report(messages, now)
        return messages

    def objection(self, account: str) -> str:
        """Why nothing can be asked of the account or traded in it by a client; empty when it can."""
        return next(filter(None, (quirk.objection(account) for quirk in self._working())), "")

    def due_at(self) -> float | None:
        """When something held back must be told, on the monotonic clock."""
        moments = (quirk.due_at() for quirk in self._working())
        return min((moment for moment in moments if moment is not None), default=None)

    def release(self, now: float) -> Messages:
        """What was held back and is due."""
        return [message for quirk in self._working() for message in quirk.release(now)]

    def _working(self) -> Iterable[Quirk]:
        return [self._on[name] for name in self.names]


def _find(name: str) -> QuirkName:
    try:
        return QuirkName(name)
    except ValueError:
        raise CommandRefused(f"There is no quirk {name!r}: there are {', '.join(QuirkName)}") from None
