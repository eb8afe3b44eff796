"""What the broker has said about one account since the link came up. Silence confirms nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# A fill is reported before the position that follows it; two seconds between them are normal.
GRACE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Which symbols of an account the broker agrees on with us.

    `is_complete` once the broker has listed all positions of the account. `waiting` holds, per symbol, since when a
    fill waits for a position report that agrees: the oldest such fill, so that trading on and on confirms nothing.
    """

    is_complete: bool = False
    agreed: frozenset[str] = frozenset()
    disagreed: frozenset[str] = frozenset()
    waiting: tuple[tuple[str, datetime], ...] = ()

    def covers(self, symbol: str) -> bool:
        """True while the broker stands behind what we hold in `symbol`."""
        if symbol in self.disagreed:
            return False
        return symbol in self.agreed or (self.is_complete and symbol not in dict(self.waiting))

    @property
    def covers_all(self) -> bool:
        """True while the broker stands behind the whole account, flat included."""
        return self.is_complete and not self.disagreed and all(symbol in self.agreed for symbol, _ in self.waiting)

    def within_grace(self, now: datetime) -> frozenset[str]:
        """The symbols whose newest fill a position report may still follow."""
        return frozenset(symbol for symbol, since in self.waiting if _runs(since, now))

    def after_fill(self, symbol: str, at: datetime) -> "Confirmation":
        """A fill changed what we hold: the broker has the grace to say the same, if he stood behind us until then."""
        waiting = self.waiting if symbol in dict(self.waiting) else (*self.waiting, (symbol, at))
        agreed = self.agreed | {symbol} if self.covers(symbol) else self.agreed
        return Confirmation(self.is_complete, agreed, self.disagreed, waiting)

    def after_report(self, symbol: str, *, agrees: bool, at: datetime) -> "Confirmation":
        """The broker told one position."""
        if agrees:
            return replace(
                self,
                agreed=self.agreed | {symbol},
                disagreed=self.disagreed - {symbol},
                waiting=self._waiting_without(symbol),
            )
        since = dict(self.waiting).get(symbol)
        if since is not None and _runs(since, at):
            return self
        return self._refuting({symbol})

    def after_listing(self, agreements: Mapping[str, bool], at: datetime) -> "Confirmation":
        """The broker told all positions of the account; `agreements` says for each symbol whether it matches ours.

        A listing may be older than a fill that has just come in: then the grace still runs.
        """
        agreed = {symbol for symbol, agrees in agreements.items() if agrees}
        waiting = tuple(entry for entry in self.waiting if entry[0] not in agreed and _runs(entry[1], at))
        in_grace = {symbol for symbol, _ in waiting}
        return Confirmation(
            is_complete=True,
            agreed=frozenset(agreed | (in_grace & self.agreed)),
            disagreed=(frozenset(agreements) - agreed - in_grace) | (self.disagreed & in_grace),
            waiting=waiting,
        )

    def expired(self, now: datetime) -> "Confirmation":
        """What has waited beyond the grace counts as disagreement."""
        overdue = {symbol for symbol, since in self.waiting if not _runs(since, now)}
        return self._refuting(overdue) if overdue else self

    def _refuting(self, symbols: set[str]) -> "Confirmation":
        return replace(
            self,
            agreed=self.agreed - symbols,
            disagreed=self.disagreed | symbols,
            waiting=tuple(entry for entry in self.waiting if entry[0] not in symbols),
        )

    def _waiting_without(self, symbol: str) -> tuple[tuple[str, datetime], ...]:
        return tuple(entry for entry in self.waiting if entry[0] != symbol)


def _runs(since: datetime, now: datetime) -> bool:
    """True within the grace; a clock that was set back has no say in how long it is."""
    return timedelta(0) <= now - since <= GRACE
