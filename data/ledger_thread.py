"""The thread that owns the ledger: facts queue up here and are booked one by one, in their order."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from core.commands import Command
from core.errors import (
    CommandRefused,
    ConfigError,
    HeatlineError,
    LedgerBug,
    LedgerInUse,
    StorageDamaged,
    StorageUnavailable,
)
from core.facts import Fact, LinkUp
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Notice, Publication, StorageStatus
from data.ledger import Ledger
from data.standing import Standing

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_IDLE = 0.5  # how often confirmations are looked at when nothing happens

OpenLedger = Callable[[], Ledger]
Publish = Callable[[Publication], None]


class _Stop:
    """Stands behind the last fact: all before it are booked, then the thread ends."""


@dataclass(frozen=True, slots=True)
class _Submitted:
    """A command on its way, and whom to tell how it went."""

    command: Command
    done: Future[LedgerSnapshot | None]


class LedgerThread(threading.Thread):
    """Books what is posted and publishes what was committed.

    A fact that cannot be saved is kept and tried again before the next one, and the window is told NOT SAVED. A ledger
    that cannot know whether its last write is on disk is opened again before that. When the ledger breaks its own rules
    nothing more is booked: a restart replays. `on_open` hears where the ledger stands, each time the ledger is opened;
    `on_wrong_server` that the server met is not this ledger's; `on_in_use` that another panel writes the ledger, so
    that nothing is booked here and somebody else has to show it: without it that is a failure like any.
    """

    def __init__(
        self,
        open_ledger: OpenLedger,
        publish: Publish,
        *,
        on_open: Callable[[Standing], None],
        on_wrong_server: Callable[[str], None],
        on_in_use: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(name="ledger")
        self._open_ledger = open_ledger
        self._publish = publish
        self._on_open = on_open
        self._on_wrong_server = on_wrong_server
        self._on_in_use = on_in_use
        self._facts: queue.SimpleQueue[Fact | _Submitted | _Stop] = queue.SimpleQueue()
        self._is_wrong_server = False
        self._hurry = threading.Event()
        self._is_over = threading.Event()
        self.failure: HeatlineError | None = None

    def post(self, fact: Fact) -> None:
        """Queues a fact. Any thread may call this; it never waits. After a failure nothing is taken any more."""
        if self.failure is None:
            self._facts.put(fact)

    def submit(self, command: Command) -> Future[LedgerSnapshot | None]:
        """Has a command carried out behind all facts posted so far. Any thread may call this; it never waits.

        The future fails with CommandRefused where it does not fit, and with what kept it from the disk.
        """
        done: Future[LedgerSnapshot | None] = Future()
        self._facts.put(_Submitted(command, done))
        if self._is_over.is_set():
            self._refuse_the_rest()
        return done

    def stop(self) -> None:
        """Ends the thread once all facts posted so far are booked; a fact that cannot be saved is given up then."""
        self._facts.put(_Stop())
        self._hurry.set()

    def run(self) -> None:
        try:
            self._run()
        finally:
            self._is_over.set()
            self._refuse_the_rest()

    def _run(self) -> None:
        if not self._open():
            return
        try:
            self._serve()
        except (LedgerBug, StorageDamaged) as error:
            self._fail(error)
        except Exception as error:
            # Whatever it was, nothing is booked from here on, and the window must not look as if it were.
            self._fail(LedgerBug(f"The ledger stopped: {error!r}"))
            raise
        finally:
            self._ledger.close()

    def _open(self) -> bool:
        """Opens the ledger, however often it takes; False when it cannot be opened."""
        pause = _FIRST_PAUSE
        failed = False
        while True:
            is_last_try = self._hurry.is_set()
            try:
                self._take_up()
            except StorageUnavailable as error:
                failed = True
                self._say_not_saved(error)
                if is_last_try:
                    return False
                self._hurry.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except LedgerInUse as error:
                self._give_way(error)
                return False
            except (ConfigError, StorageDamaged, LedgerBug) as error:
                self._fail(error)
                return False
            else:
                if failed:
                    self._publish(StorageStatus(is_saved=True, waiting=0, text=""))
                return True

    def _give_way(self, error: LedgerInUse) -> None:
        if self._on_in_use is None:
            self._fail(error)
        else:
            self.failure = error
            self._on_in_use()

    def _take_up(self) -> None:
        self._ledger = self._open_ledger()
        self._publish(self._ledger.snapshot())
        self._on_open(self._ledger.standing())

    def _sound_ledger(self) -> Ledger:
        """The ledger; opened again, as after a crash, where it cannot know what of its last write is on disk."""
        if self._ledger.is_in_doubt:
            self._ledger.close()
            try:
                self._take_up()
            except LedgerInUse as error:
                # Our own session may linger on the server; or somebody else is faster, and may give it back.
                raise StorageUnavailable(str(error)) from error
        return self._ledger

    def _serve(self) -> None:
        while True:
            try:
                fact = self._facts.get(timeout=_IDLE)
            except queue.Empty:
                self._expire()
                self._save_snapshots(even_if_few=True)
                continue
            if isinstance(fact, _Stop):
                self._save_last_snapshots()
                return
            if isinstance(fact, _Submitted):
                self._carry_out(fact)
            elif not self._book(fact):
                return
            self._expire()
            self._save_snapshots(even_if_few=False)

    def _carry_out(self, submitted: _Submitted) -> None:
        """Once: what the trader decided is not tried again behind his back."""
        try:
            snapshot = self._sound_ledger().carry_out(submitted.command)
        except (CommandRefused, StorageUnavailable) as error:
            submitted.done.set_exception(error)
            return
        except BaseException as error:
            submitted.done.set_exception(error)
            raise
        if snapshot is not None:
            self._publish(snapshot)
        submitted.done.set_result(snapshot)

    def _refuse_the_rest(self) -> None:
        """Nobody is left to carry out what is still in the queue."""
        while True:
            try:
                left = self._facts.get_nowait()
            except queue.Empty:
                return
            if isinstance(left, _Submitted):
                left.done.set_exception(self._refusal())

    def _refusal(self) -> HeatlineError:
        if isinstance(self.failure, LedgerInUse):
            return CommandRefused("Another panel writes this ledger: here it can only be read")
        return self.failure or CommandRefused("The ledger is closed: nothing was changed")

    def _book(self, fact: Fact) -> bool:
        """Books one fact, however often it takes; False when no more can be booked."""
        if self._is_wrong_server and not isinstance(fact, LinkUp):
            return True
        pause = _FIRST_PAUSE
        failed = False
        while True:
            is_last_try = self._hurry.is_set()
            try:
                snapshot = self._sound_ledger().handle(fact)
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
            except (ConfigError, StorageDamaged, LedgerBug) as error:
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

    def _expire(self) -> None:
        try:
            snapshot = self._sound_ledger().expire()
        except StorageUnavailable as error:
            _log.warning("Confirmations not brought up to date: %s", error)
            return
        if snapshot is not None:
            self._publish(snapshot)

    def _save_snapshots(self, *, even_if_few: bool) -> int:
        try:
            return self._sound_ledger().save_snapshots(even_if_few=even_if_few)
        except StorageUnavailable as error:
            _log.warning("Snapshots not saved yet: %s", error)
            return 0

    def _save_last_snapshots(self) -> None:
        while self._save_snapshots(even_if_few=True):
            pass

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
