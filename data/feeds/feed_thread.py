"""The thread that owns files and tape: it hears what the link tells, polls what Sierra Chart writes, and says how."""

import queue
import threading
import time
from collections.abc import Callable

from core.feed import FeedStatus
from data.feeds.feed import Feed, Heard
from data.feeds.feed_outlets import FeedOutlets

_POLL_S = 0.25
_TELL_S = 1.0  # between two words on a lag that merely wanders
_TIDY_S = 60.0
_AFTER_FAULT_S = 1.0


class _Stop:
    """Ends the thread; what stands behind it in the queue is not heard any more."""


class FeedThread(threading.Thread):
    """Runs a Feed, which it opens itself. Whatever goes wrong in one turn, the next one comes."""

    def __init__(self, open_feed: Callable[[], Feed], outlets: FeedOutlets) -> None:
        # It only reads: where a drive never answers, the program must end all the same.
        super().__init__(name="feed", daemon=True)
        self._open_feed = open_feed
        self._outlets = outlets
        self._heard: queue.SimpleQueue[Heard | _Stop] = queue.SimpleQueue()
        self._is_stopping = False
        self._told: dict[str, FeedStatus] = {}
        self._told_at = 0.0

    def hear(self, heard: Heard) -> None:
        """Any thread may call this; it never waits."""
        self._heard.put(heard)

    def stop(self) -> None:
        """Ends the thread after the turn that it is in. Any thread may call this, more than once."""
        self._is_stopping = True
        self._heard.put(_Stop())

    def run(self) -> None:
        self._feed = self._open_feed()
        next_poll = next_tidy = 0.0
        while not self._is_stopping:
            try:
                self._listen_until(next_poll)
                if time.monotonic() >= next_poll:
                    has_more = self._feed.poll()
                    next_poll = time.monotonic() + (0.0 if has_more else _POLL_S)
                if time.monotonic() >= next_tidy:
                    self._feed.tidy()
                    next_tidy = time.monotonic() + _TIDY_S
                self._tell()
            except Exception as error:  # noqa: BLE001  # a bug goes into the one funnel, and prices must go on coming
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self)))
                next_poll = time.monotonic() + _AFTER_FAULT_S

    def _listen_until(self, moment: float) -> None:
        """Hears all there is, and waits for the first of it until then."""
        patience = max(0.0, moment - time.monotonic())
        try:
            heard = self._heard.get(timeout=patience)
            while not isinstance(heard, _Stop):
                self._feed.hear(heard)
                heard = self._heard.get_nowait()
        except queue.Empty:
            return

    def _tell(self) -> None:
        """A state is told at once, a lag now and then."""
        is_time = time.monotonic() - self._told_at >= _TELL_S
        for symbol, status in self._feed.statuses().items():
            if status != self._told.get(symbol) and (is_time or self._is_news(status)):
                self._told[symbol] = status
                self._outlets.publish(status)
        if is_time:
            self._told_at = time.monotonic()

    def _is_news(self, status: FeedStatus) -> bool:
        told = self._told.get(status.symbol)
        return told is None or (told.source, told.state) != (status.source, status.state)
