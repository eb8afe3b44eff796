"""The window's only source: a cache of what is on disk that says what changed.

This is the one place in `core` that knows Qt, and the one crossing into the GUI thread.
"""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal, Slot

from core.clock import ExchangeClock
from core.feed import FeedStatus, feeds_in_view
from core.order_warnings import account_warnings
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
from core.views import AccountView, OpenView, PositionView, Selection, WaitingView, flat_view, held_view, open_view


class StateManager(QObject):
    """Holds the newest publications and emits the slices of them that changed.

    Lives on the GUI thread and outlives every thread that publishes to it. Signals carry frozen values:
    `position_changed` a PositionView, `account_changed` an AccountView, `trades_changed` the Selection whose trades are
    out of date, `selection_changed` a Selection, `link_changed` a LinkStatus, `storage_changed` a StorageStatus,
    `feed_changed` the FeedStatus of each symbol in view,
    `revision_changed` the LedgerSnapshot, `notice_raised` a sentence, `stale_position_changed` a StaleView or None.
    """

    position_changed = Signal(object)
    account_changed = Signal(object)
    trades_changed = Signal(object)
    selection_changed = Signal(object)
    link_changed = Signal(object)
    storage_changed = Signal(object)
    feed_changed = Signal(object)
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
        self._feeds: dict[str, FeedStatus] = {}
        self._feeds_in_view: tuple[FeedStatus, ...] = ()
        self._link = LinkStatus(LinkState.DOWN, "Not connected", since=clock.local_now())
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
                if not quote.is_recorded:
                    self._clock.observe(quote.at)
        self._refresh_position()
        self._refresh_stale()

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
    def feeds(self) -> tuple[FeedStatus, ...]:
        """How the prices of what is in view flow: of the open positions, else of all symbols, the worst first."""
        return self._feeds_in_view

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
                self._apply_link(publication)
            case StorageStatus():
                self._apply_storage(publication)
            case FeedStatus():
                self._feeds[publication.symbol] = publication
                self._refresh_position()
            case Notice(text=text):
                self.notice_raised.emit(text)

    def _apply_link(self, link: LinkStatus) -> None:
        since = None if link.state is LinkState.UP else self._link.since or self._clock.local_now()
        self._link = replace(link, since=since)
        self.link_changed.emit(self._link)
        self._refresh_stale()

    def _apply_storage(self, storage: StorageStatus) -> None:
        since = None if storage.is_saved else self._storage.since or self._clock.local_now()
        self._storage = replace(storage, since=since)
        self.storage_changed.emit(self._storage)
        self._refresh_position()

    def _apply_ledger(self, ledger: LedgerSnapshot) -> None:
        older = self._ledger
        if older is not None and ledger.revision < older.revision:
            return
        self._ledger = ledger
        self._settle_selection(is_first=older is None)
        self._refresh_account()
        self._refresh_position()
        self._refresh_stale()
        self.revision_changed.emit(ledger)
        if older is None or _trades_of(older) != _trades_of(ledger):
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

    def _settle_selection(self, *, is_first: bool) -> None:
        """Only what was on disk decides where the window opens; later the mode in view is the trader's to change.

        An account of that mode moves in as soon as there is one; one that is relabelled stays in view.
        """
        known = {each.account: each.mode for each in self._accounts()}
        mode, account = self._selection.mode, self._selection.account
        if account is not None:
            self._look_at(Selection(known.get(account, mode), account))
            return
        found = self._first_of(mode)
        may_choose = is_first and not self._is_chosen
        self._look_at(self._first_of_any() if may_choose and found.account is None else found)

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
        self._refresh_feeds()

    def _refresh_feeds(self) -> None:
        focus, others = self._position_view.focus, self._position_view.others
        symbols = [each.key.symbol for each in (focus, *others) if isinstance(each, OpenView)]
        feeds = feeds_in_view(self._feeds, symbols)
        if feeds != self._feeds_in_view:
            self._feeds_in_view = feeds
            self.feed_changed.emit(feeds)

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
        if self._ledger is None or self._ledger.is_read_only or not self._ledger.stale:
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
            return PositionView(self._selection, self._see_no_ledger())
        account = self._selected_account()
        if account is None:
            return PositionView(self._selection, WaitingView(f"No {self._selection.mode} account seen yet"))
        views = self._see_open_positions(account)
        focus = views[0] if views else flat_view(account, is_confirmable=self._may_confirm(account))
        return PositionView(
            self._selection,
            focus,
            tuple(views[1:]),
            account.fills_in_order,
            account.fills_not_understood,
            account_warnings(self._ledger, account, self._clock.now()),
        )

    def _see_no_ledger(self) -> WaitingView:
        if self._storage.is_saved:
            return WaitingView("Reading the ledger")
        return WaitingView(f"The ledger cannot be read: {self._storage.text}", self._storage.since)

    def _see_open_positions(self, account: AccountSnapshot) -> list[OpenView]:
        """The selected account's open positions, the one traded last in front."""
        mine = [snapshot for snapshot in self._positions() if self._is_selected(snapshot)]
        mine.sort(key=lambda snapshot: snapshot.position.last_execution_at, reverse=True)
        now, may_confirm = self._clock.now(), self._may_confirm(account)
        return [
            open_view(
                each,
                self._quotes.get(each.position.key.symbol),
                now,
                is_confirmable=may_confirm,
                feed=self._feeds.get(each.position.key.symbol),
            )
            for each in mine
        ]

    def _may_confirm(self, account: AccountSnapshot) -> bool:
        """Without a link nothing is confirmed, whatever could be: that is doubt, and no peculiarity of the account."""
        return account.is_confirmable or self._ledger is None or not self._ledger.is_link_up

    def _see_account(self) -> AccountView:
        account = self._selected_account()
        return AccountView(
            selection=self._selection,
            cash_balance=account.cash_balance if account else None,
            currency=account.currency if account else None,
            balance_at=account.balance_at if account else None,
            accounts=tuple(Selection(each.mode, each.account) for each in self._accounts()),
            hidden=tuple(held_view(snapshot) for snapshot in self._positions() if not self._is_selected(snapshot)),
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


def _trades_of(ledger: LedgerSnapshot) -> tuple[int, int]:
    """Differs where the list of trades does."""
    return ledger.trade_count, ledger.courses_told
