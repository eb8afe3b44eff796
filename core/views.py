"""What each panel shows, worked out from snapshots and quotes; panels only format it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.contracts import Contract
from core.money import ExcursionFigures, excursion_figures, money
from core.position import Leg
from core.quotes import Quote
from core.snapshots import AccountSnapshot, PositionSnapshot
from core.values import Mode, PositionKey, PositionSide, PriceRange


@dataclass(frozen=True, slots=True)
class Selection:
    """Which side of the ledger the window looks at. `account` is None while the mode has none."""

    mode: Mode
    account: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the broker stands behind what is shown, and since when it does or does not."""

    is_verified: bool
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenView:
    """One open position with its running figures; money is None where the contract's worth is unknown.

    `captured` is the share of the MFE that running P&L holds, `mfe_to_mae` their ratio; both None when they would
    divide by 0. `seconds_in_trade` counts by exchange time.
    """

    key: PositionKey
    side: PositionSide
    qty: Decimal
    entry_price: Decimal | None
    entry_time: datetime
    last_price: Decimal | None
    contract: Contract | None
    open_pnl: Decimal | None
    open_points: Decimal | None
    open_ticks: Decimal | None
    running_pnl: Decimal | None
    realized_pnl: Decimal | None
    excursion: ExcursionFigures
    prices: PriceRange | None
    captured: Decimal | None
    mfe_to_mae: Decimal | None
    seconds_in_trade: int
    reentry_count: int
    legs: tuple[Leg, ...]
    verification: Verification


@dataclass(frozen=True, slots=True)
class FlatView:
    """The account holds nothing."""

    verification: Verification


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Nothing is known yet, and `text` says what is being waited for."""

    text: str


@dataclass(frozen=True, slots=True)
class PositionView:
    """What Panel2 shows: the position in focus, or flat, or why neither can be said; `others` are also open."""

    selection: Selection
    focus: OpenView | FlatView | WaitingView
    others: tuple[OpenView, ...] = ()
    fills_in_order: int = 0


@dataclass(frozen=True, slots=True)
class AccountView:
    """What Panel1 shows. `hidden` are positions left open in another mode or account."""

    selection: Selection
    cash_balance: Decimal | None
    currency: str | None
    balance_at: datetime | None
    accounts: tuple[Selection, ...]
    hidden: tuple[PositionSnapshot, ...]
    is_practice: bool


def open_view(snapshot: PositionSnapshot, quote: Quote | None, now: datetime) -> OpenView:
    """The running figures of an open position at the newest price."""
    position, contract = snapshot.position, snapshot.contract
    last = _last_price(quote, contract)
    holding = position.holding
    excursion = position.excursion_now
    running = points = None
    if holding is not None and last is not None:
        running = holding.running(last)
        points = holding.open_points(last)
        # Running figures are the one thing shown before it is on disk; the next save catches up.
        excursion = excursion and excursion.over(holding, PriceRange.at(last))
    figures = excursion_figures(excursion, contract)
    return OpenView(
        key=position.key,
        side=position.side,
        qty=abs(position.qty),
        entry_price=position.entry_price,
        entry_time=position.entry_time,
        last_price=last,
        contract=contract,
        open_pnl=money(None if points is None else points * abs(position.qty), contract),
        open_points=points,
        open_ticks=None if points is None or contract is None else points / contract.tick_size,
        running_pnl=money(running, contract),
        realized_pnl=money(position.realized_points, contract),
        excursion=figures,
        prices=None if excursion is None else excursion.prices,
        captured=None if running is None or excursion is None else _ratio(running, excursion.best),
        mfe_to_mae=None if excursion is None else _ratio(excursion.best, -excursion.worst),
        seconds_in_trade=max(0, int((now - position.entry_time).total_seconds())),
        reentry_count=position.reentry_count,
        legs=position.legs,
        verification=Verification(snapshot.is_verified, snapshot.verified_at),
    )


def flat_view(account: AccountSnapshot) -> FlatView:
    return FlatView(Verification(account.is_verified, account.verified_at))


def _last_price(quote: Quote | None, contract: Contract | None) -> Decimal | None:
    if quote is None:
        return None
    price = Decimal(repr(quote.price))
    return price if contract is None else contract.snap(price)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None
