"""The thread that owns the ledger: facts queue up here and are booked one by one, in their order."""

import logging
import queue
import threading
from collections.abc import Callable

from core.errors import CommandRefused, ConfigError, HeatlineError, LedgerBug, StorageUnavailable
from core.facts import Fact, LinkUp
from core.snapshots import LinkState, LinkStatus, Notice, Publication, StorageStatus
from data.ledger import Ledger

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_IDLE = 0.5  # how often confirmations are looked at when nothing happens

OpenLedger = Callable[[], Ledger]
Publish = Callable[[Publication], None]


class _Stop:
    """Stands behind the last fact: all before it are booked, then the thread ends."""


class LedgerThread(threading.Thread):
    """Books what is posted and publishes what was committed.

    A fact that cannot be saved is kept and tried again before the next one, and the window is told NOT SAVED. When the
    ledger breaks its own rules nothing more is booked: a restart replays. `on_open` hears the wire symbols whose prices
    are wanted, once the ledger is open; `on_wrong_server` that the server met is not this ledger's.
    """

    def __init__(
        self,
        open_ledger: OpenLedger,
        publish: Publish,
        *,
        on_open: Callable[[tuple[str, ...]], None],
        on_wrong_server: Callable[[str], None],
    ) -> None:
        super().__init__(name="ledger")
        self._open_ledger = open_ledger
        self._publish = publish
        self._on_open = on_open
        self._on_wrong_server = on_wrong_server
        self._facts: queue.SimpleQueue[Fact | _Stop] = queue.SimpleQueue()
        self._is_wrong_server = False
        self._hurry = threading.Event()
        self.failure: HeatlineError | None = None

    def post(self, fact: Fact) -> None:
        """Queues a fact. Any thread may call this; it never waits. After a failure nothing is taken any more."""
        if self.failure is None:
            self._facts.put(fact)

    def stop(self) -> None:
        """Ends the thread once all facts posted so far are booked; a fact that cannot be saved is given up then."""
        self._facts.put(_Stop())
        self._hurry.set()

    def run(self) -> None:
        ledger = self._open()
        if ledger is None:
            return
        try:
            self._serve(ledger)
        except LedgerBug as error:
            self._fail(error)
        except Exception as error:
            # Whatever it was, nothing is booked from here on, and the window must not look as if it were.
            self._fail(LedgerBug(f"The ledger stopped: {error!r}"))
            raise
        finally:
            ledger.close()

    def _open(self) -> Ledger | None:
        try:
            ledger = self._open_ledger()
        except (ConfigError, StorageUnavailable, LedgerBug) as error:
            self._fail(error)
            return None
        self._publish(ledger.snapshot())
        self._on_open(ledger.symbols_in_play())
        return ledger

    def _serve(self, ledger: Ledger) -> None:
        while True:
            try:
                fact = self._facts.get(timeout=_IDLE)
            except queue.Empty:
                self._expire(ledger)
                continue
            if isinstance(fact, _Stop):
                return
            if not self._book(ledger, fact):
                return
            self._expire(ledger)

    def _book(self, ledger: Ledger, fact: Fact) -> bool:
        """Books one fact, however often it takes; False when no more can be booked."""
        if self._is_wrong_server and not isinstance(fact, LinkUp):
            return True
        pause = _FIRST_PAUSE
        failed = False
        while True:
            is_last_try = self._hurry.is_set()
            try:
                snapshot = ledger.handle(fact)
            except StorageUnavailable as error:
                failed = True
                self._say_not_saved(error)
                if is_last_try:
                    _log.error("Given up at stop, not saved: %r and %s behind it", fact, self._facts.qsize() - 1)
                    return False
                self._hurry.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except CommandRefused as error:
                self._refuse_server(error)
                return True
            except LedgerBug as error:
                self._fail(error)
                return False
            else:
                self._accept(fact)
                if failed:
                    self._publish(StorageStatus(is_saved=True, waiting=0, text=""))
                if snapshot is not None:
                    self._publish(snapshot)
                return True

    def _accept(self, fact: Fact) -> None:
        if isinstance(fact, LinkUp):
            self._is_wrong_server = False

    def _expire(self, ledger: Ledger) -> None:
        try:
            snapshot = ledger.expire()
        except StorageUnavailable as error:
            _log.warning("Confirmations not brought up to date: %s", error)
            return
        if snapshot is not None:
            self._publish(snapshot)

    def _say_not_saved(self, error: StorageUnavailable) -> None:
        _log.error("%s", error)
        waiting = self._facts.qsize() + 1
        self._publish(StorageStatus(is_saved=False, waiting=waiting, text=str(error)))

    def _refuse_server(self, error: CommandRefused) -> None:
        self._is_wrong_server = True
        self._publish(LinkStatus(LinkState.REFUSED, str(error)))
        self._publish(Notice(str(error)))
        self._on_wrong_server(str(error))

    def _fail(self, error: HeatlineError) -> None:
        """Nothing is booked any more; the window goes on showing what it knows, under a banner."""
        _log.critical("%s", error)
        self.failure = error
        self._publish(StorageStatus(is_saved=False, waiting=self._facts.qsize(), text=str(error)))
