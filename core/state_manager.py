"""The window's only source: a cache of what is on disk that says what changed.

This is the one place in `core` that knows Qt, and the one crossing into the GUI thread.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal, Slot

from core.clock import ExchangeClock
from core.quotes import Quote
from core.snapshots import (
    AccountSnapshot,
    LedgerSnapshot,
    LinkState,
    LinkStatus,
    Notice,
    PositionSnapshot,
    Publication,
    StorageStatus,
)
from core.stale import StaleView
from core.values import Mode
from core.views import AccountView, OpenView, PositionView, Selection, WaitingView, flat_view, open_view


class StateManager(QObject):
    """Holds the newest publications and emits the slices of them that changed.

    Lives on the GUI thread and outlives every thread that publishes to it. Signals carry frozen values:
    `position_changed` a PositionView, `account_changed` an AccountView, `trades_changed` the Selection whose trades are
    out of date, `selection_changed` a Selection, `link_changed` a LinkStatus, `storage_changed` a StorageStatus,
    `revision_changed` the LedgerSnapshot, `notice_raised` a sentence, `stale_position_changed` a StaleView or None.
    """

    position_changed = Signal(object)
    account_changed = Signal(object)
    trades_changed = Signal(object)
    selection_changed = Signal(object)
    link_changed = Signal(object)
    storage_changed = Signal(object)
    revision_changed = Signal(object)
    notice_raised = Signal(str)
    stale_position_changed = Signal(object)

    _received = Signal(object)

    def __init__(self, clock: ExchangeClock, selection: Selection) -> None:
        super().__init__()
        self._clock = clock
        self._selection = selection
        self._is_chosen = False
        self._ledger: LedgerSnapshot | None = None
        self._quotes: dict[str, Quote] = {}
        self._link = LinkStatus(LinkState.DOWN, "Not connected")
        self._storage = StorageStatus(is_saved=True, waiting=0, text="")
        self._position_view = self._see_position()
        self._account_view = self._see_account()
        self._stale_view: StaleView | None = None
        self._received.connect(self._apply, Qt.ConnectionType.QueuedConnection)

    def publish(self, publication: Publication) -> None:
        """Hands a committed snapshot or a status to the window. Any thread may call this."""
        self._received.emit(publication)

    def take_quotes(self, quotes: Mapping[str, Quote]) -> None:
        """Shows newer prices, and lets the time in trade run on."""
        for symbol, quote in quotes.items():
            if self._quotes.get(symbol) != quote:
                self._quotes[symbol] = quote
                self._clock.observe(quote.at)
        self._refresh_position()

    def select(self, selection: Selection) -> None:
        """Looks at another mode or account, as the trader wishes."""
        self._is_chosen = True
        self._look_at(selection)

    def select_mode(self, mode: Mode) -> None:
        """Looks at the first account of `mode`, if it has one."""
        self.select(self._first_of(mode))

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def position(self) -> PositionView:
        return self._position_view

    @property
    def account(self) -> AccountView:
        return self._account_view

    @property
    def link(self) -> LinkStatus:
        return self._link

    @property
    def storage(self) -> StorageStatus:
        return self._storage

    @property
    def stale_position(self) -> StaleView | None:
        """The position to ask the trader about; every mode and account has its turn, whatever is in view."""
        return self._stale_view

    @property
    def ledger(self) -> LedgerSnapshot | None:
        return self._ledger

    @Slot(object)
    def _apply(self, publication: Publication) -> None:
        match publication:
            case LedgerSnapshot():
                self._apply_ledger(publication)
            case LinkStatus():
                self._link = publication
                self.link_changed.emit(publication)
                self._refresh_stale()
            case StorageStatus():
                self._storage = publication
                self.storage_changed.emit(publication)
            case Notice(text=text):
                self.notice_raised.emit(text)

    def _apply_ledger(self, ledger: LedgerSnapshot) -> None:
        older = self._ledger
        if older is not None and ledger.revision < older.revision:
            return
        self._ledger = ledger
        self._settle_selection()
        self._refresh_account()
        self._refresh_position()
        self._refresh_stale()
        self.revision_changed.emit(ledger)
        if older is None or older.trade_count != ledger.trade_count:
            self.trades_changed.emit(self._selection)

    def _look_at(self, selection: Selection) -> None:
        """Everything shown is the selected side's or nothing at all."""
        if selection == self._selection:
            return
        self._selection = selection
        self.selection_changed.emit(selection)
        self._refresh_account()
        self._refresh_position()
        self.trades_changed.emit(selection)

    def _settle_selection(self) -> None:
        """The first account of the mode in view moves in as soon as there is one."""
        if self._selection.account is None:
            found = self._first_of(self._selection.mode)
            self._look_at(found if found.account or self._is_chosen else self._first_of_any())

    def _first_of(self, mode: Mode) -> Selection:
        names = sorted(account.account for account in self._accounts() if account.mode == mode)
        return Selection(mode, names[0] if names else None)

    def _first_of_any(self) -> Selection:
        """Where something is open, else the first account of the first mode that has one, else where we look now."""
        held = [Selection(each.position.key.mode, each.position.key.account) for each in self._positions()]
        known = [found for mode in Mode if (found := self._first_of(mode)).account]
        return next(iter([*held, *known]), self._selection)

    def _refresh_position(self) -> None:
        view = self._see_position()
        if view != self._position_view:
            self._position_view = view
            self.position_changed.emit(view)

    def _refresh_account(self) -> None:
        view = self._see_account()
        if view != self._account_view:
            self._account_view = view
            self.account_changed.emit(view)

    def _refresh_stale(self) -> None:
        view = self._see_stale()
        if view != self._stale_view:
            self._stale_view = view
            self.stale_position_changed.emit(view)

    def _see_stale(self) -> StaleView | None:
        if self._ledger is None or not self._ledger.stale:
            return None
        stale, *others = self._ledger.stale
        held = next((each for each in self._positions() if each.position.key == stale.key), None)
        return StaleView(
            stale=stale,
            age_seconds=max(0, int((self._clock.now() - stale.entry_time).total_seconds())),
            waiting=len(others),
            is_link_up=self._link.state is LinkState.UP and self._ledger.is_link_up,
            is_practice=self._ledger.is_practice,
            tick_size=held.contract.tick_size if held is not None and held.contract is not None else None,
        )

    def _see_position(self) -> PositionView:
        if self._ledger is None:
            return PositionView(self._selection, WaitingView("Reading the ledger"))
        account = self._selected_account()
        if account is None:
            return PositionView(self._selection, WaitingView(f"No {self._selection.mode} account seen yet"))
        views = self._see_open_positions()
        focus = views[0] if views else flat_view(account)
        return PositionView(
            self._selection, focus, tuple(views[1:]), account.fills_in_order, account.fills_not_understood
        )

    def _see_open_positions(self) -> list[OpenView]:
        """The selected account's open positions, the one traded last in front."""
        mine = [snapshot for snapshot in self._positions() if self._is_selected(snapshot)]
        mine.sort(key=lambda snapshot: snapshot.position.last_execution_at, reverse=True)
        now = self._clock.now()
        return [open_view(snapshot, self._quotes.get(snapshot.position.key.symbol), now) for snapshot in mine]

    def _see_account(self) -> AccountView:
        account = self._selected_account()
        return AccountView(
            selection=self._selection,
            cash_balance=account.cash_balance if account else None,
            currency=account.currency if account else None,
            balance_at=account.balance_at if account else None,
            accounts=tuple(Selection(each.mode, each.account) for each in self._accounts()),
            hidden=tuple(snapshot for snapshot in self._positions() if not self._is_selected(snapshot)),
            is_practice=self._ledger is not None and self._ledger.is_practice,
        )

    def _selected_account(self) -> AccountSnapshot | None:
        wanted = (self._selection.mode, self._selection.account)
        return next((each for each in self._accounts() if (each.mode, each.account) == wanted), None)

    def _is_selected(self, snapshot: PositionSnapshot) -> bool:
        key = snapshot.position.key
        return Selection(key.mode, key.account) == self._selection

    def _accounts(self) -> tuple[AccountSnapshot, ...]:
        return () if self._ledger is None else self._ledger.accounts

    def _positions(self) -> tuple[PositionSnapshot, ...]:
        return () if self._ledger is None else self._ledger.positions
