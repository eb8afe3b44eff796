"""From when on an account's fills have to be asked for, so that none is lost in a gap."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from core.clock import Now
from core.facts import Fill
from data.dtc.messages import HistoricalOrderFillsRequest

# Lists carry whole seconds, and a fill is put into its order among those just before it.
OVERLAP = timedelta(minutes=10)


class BackFill:
    """What is certain of each account's fills: all of them are known up to its mark.

    A mark comes from the ledger, and moves on only when the server has told all fills behind it: a fill that comes
    live after a gap proves nothing about the gap. Lives as long as the link, across its connections; `begin_behind`
    may be called from any thread.
    """

    def __init__(self, days: int, now: Now) -> None:
        """`days` is how far back an account without a mark is asked for."""
        self._days = days
        self._now = now
        self._marks: dict[str, datetime] = {}
        self._asked_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def begin_behind(self, known_until: Mapping[str, datetime]) -> None:
        """What the ledger holds for certain; it may have lost again what it was told."""
        with self._lock:
            for account, until in known_until.items():
                self._marks[account] = min(until, self._marks.get(account, until))

    def question(self, account: str, request_id: int) -> HistoricalOrderFillsRequest:
        """The question for all fills that may be missing."""
        with self._lock:
            self._asked_at[account] = self._now()
            mark = self._marks.get(account)
        if mark is None:
            return HistoricalOrderFillsRequest(RequestID=request_id, TradeAccount=account, NumberOfDays=self._days)
        start = int((min(mark, self._asked_at[account]) - OVERLAP).timestamp())
        return HistoricalOrderFillsRequest(RequestID=request_id, TradeAccount=account, StartDateTime=start)

    def complete(self, account: str, fills: Iterable[Fill]) -> None:
        """The question has been answered in full; an empty answer leaves the mark where it is."""
        newest = max((fill.occurred_at for fill in fills if fill.account == account), default=None)
        if newest is None:
            return
        with self._lock:
            mark = min(newest, self._asked_at.get(account, newest))
            self._marks[account] = max(mark, self._marks.get(account, mark))
