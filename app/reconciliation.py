"""One round of questions to the broker without a window, booked and judged like any other."""

import queue
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.ledger_opening import open_ledger
from core.clock import utc_now
from core.errors import LinkLost
from core.facts import Fact, PositionReported, PositionsListed, PositionsUnavailable
from core.quotes import QuoteBox
from core.settings import Settings
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Notice, Publication
from data.dtc.connection import Outlets
from data.dtc.link import Address, Link
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.place import Place
from data.snapshots import SnapshotBuffer

_PATIENCE_S = 30.0  # for what the broker has to be asked again after the round
_IDLE_S = 0.2  # how often it is looked at what may be asked by now


class _RoundEnded:
    """Stands behind the last fact of a round."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger as judged, and what each account's broker listed; None where he did not."""

    ledger: LedgerSnapshot
    told: dict[str, tuple[PositionReported, ...] | None]


class Reconciliation:
    """Holds the ledger and the link for one round. Everything but the link runs on the thread that calls `run`.

    `notify` gets sentences for the trader.
    """

    def __init__(
        self,
        place: Place,
        address: Address,
        may_become: Collection[LedgerKind],
        settings: Settings,
        notify: Callable[[str], None],
    ) -> None:
        self._place = place
        self._may_become = may_become
        self._settings = settings
        self._notify = notify
        self._heard: queue.SimpleQueue[Fact | Publication | _RoundEnded] = queue.SimpleQueue()
        outlets = Outlets(self._heard.put, self._heard.put, QuoteBox(), utc_now, lambda: self._heard.put(_RoundEnded()))
        self._link = Link(address, outlets, back_fill_days=settings.back_fill_days)
        self._told: dict[str, tuple[PositionReported, ...] | None] = {}
        self._deadline: float | None = None

    def run(self) -> Reconciled:
        """Asks, books and judges; what has to be asked twice is asked twice.

        Raises:
            LinkLost: the server cannot be reached, refuses us, or the link ended before the end.
            HeatlineError: the ledger cannot be written, or this server is not its own.
        """
        ledger = open_ledger(
            self._place,
            self._may_become,
            self._settings,
            notify=self._notify,
            on_question=self._link.reconcile,
            snapshots=SnapshotBuffer(),
        )
        try:
            self._link.begin_behind(ledger.standing().known_until)
            self._link.start()
            try:
                return self._listen(ledger)
            finally:
                self._hang_up()
                self._book_rest(ledger)
        finally:
            ledger.close()

    def _listen(self, ledger: Ledger) -> Reconciled:
        while self._deadline is None or (ledger.has_questions and time.monotonic() < self._deadline):
            try:
                self._take(ledger, self._heard.get(timeout=_IDLE_S))
            except queue.Empty:
                ledger.expire()
        return Reconciled(ledger.snapshot(), self._told)

    def _take(self, ledger: Ledger, heard: Fact | Publication | _RoundEnded) -> None:
        match heard:
            case _RoundEnded():
                self._deadline = self._deadline or time.monotonic() + _PATIENCE_S
            case LinkStatus():
                if heard.state in (LinkState.DOWN, LinkState.REFUSED):
                    raise LinkLost(heard.text)
            case Notice():
                self._notify(heard.text)
            case PositionsListed():
                self._told[heard.account] = heard.positions
                ledger.handle(heard)
            case PositionsUnavailable():
                self._told[heard.account] = None
                ledger.handle(heard)
            case _ if isinstance(heard, Fact):
                ledger.handle(heard)

    def _hang_up(self) -> None:
        self._link.stop()
        self._link.join()
        self._link.close()

    def _book_rest(self, ledger: Ledger) -> None:
        """What came behind the judgement is booked, too, up to the end of the link."""
        while not self._heard.empty():
            heard = self._heard.get()
            if isinstance(heard, Fact):
                ledger.handle(heard)
        ledger.save_snapshots(even_if_few=True)
