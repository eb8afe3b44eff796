"""What each panel shows, worked out from snapshots and quotes; panels only format it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from core.contracts import Contract
from core.excursion import Excursion
from core.feed import FeedStatus
from core.heat import Heat
from core.money import ExcursionFigures, excursion_figures, money
from core.order_warnings import OrderWarning
from core.position import Leg, Position
from core.protection import Protection
from core.quotes import Quote
from core.snapshots import AccountSnapshot, PositionSnapshot
from core.values import Mode, PositionKey, PositionSide, PriceRange, micros_from_utc

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which side of the ledger the window looks at. `account` is None while the mode has none."""

    mode: Mode
    account: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the broker stands behind what is shown, and since when it does or does not.

    Without `is_confirmable` this connection does not show the account at all: its fills are all there is to go by.
    """

    is_verified: bool
    confirmed_at: datetime | None
    is_confirmable: bool = True

    @property
    def is_doubtful(self) -> bool:
        return self.is_confirmable and not self.is_verified


@dataclass(frozen=True, slots=True)
class HeatView:
    """Time with running P&L below 0, in seconds: the spell that runs now, and all of them."""

    spell_seconds: int
    total_seconds: int


@dataclass(frozen=True, slots=True)
class OpenView:
    """One open position with its running figures; money is None where the contract's worth is unknown.

    `captured` is the share of the MFE that running P&L holds, `mfe_to_mae` their ratio; both None when they would
    divide by 0. `seconds_in_trade` counts by exchange time. `stop` and `target` are the nearest working ones, `risk` is
    the initial risk and `running_r` the running P&L in units of it. `reward_to_risk` compares the ways from the average
    price to target and stop, None where the stop is on no losing side. `heat` is None where it is unknown.
    A last price that is not confirmed may be on another scale: nothing is reckoned with it. One that is old need not be
    the market's any more.
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
    stop: Decimal | None = None
    target: Decimal | None = None
    risk: Decimal | None = None
    reward_to_risk: Decimal | None = None
    running_r: Decimal | None = None
    heat: HeatView | None = None
    last_price_at: datetime | None = None
    is_price_confirmed: bool = True
    is_price_old: bool = False

    @property
    def known_price(self) -> Decimal | None:
        """The last price where it may be held against others."""
        return self.last_price if self.is_price_confirmed else None


@dataclass(frozen=True, slots=True)
class FlatView:
    """The account holds nothing."""

    verification: Verification


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Nothing is known yet, and `text` says what is being waited for, or since when in vain."""

    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldView:
    """That a position is open, without its running figures; `qty` is signed."""

    key: PositionKey
    qty: Decimal
    entry_price: Decimal | None
    tick_size: Decimal | None

    @property
    def side(self) -> PositionSide:
        return PositionSide.of(self.qty)


@dataclass(frozen=True, slots=True)
class PositionView:
    """What Panel2 shows: the position in focus, or flat, or why neither can be said; `others` are also open."""

    selection: Selection
    focus: OpenView | FlatView | WaitingView
    others: tuple[OpenView, ...] = ()
    fills_in_order: int = 0
    fills_not_understood: int = 0
    order_warnings: tuple[OrderWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountView:
    """What Panel1 shows. `accounts` are all there are; `hidden` are positions left open in another mode or account."""

    selection: Selection
    cash_balance: Decimal | None
    currency: str | None
    balance_at: datetime | None
    accounts: tuple[Selection, ...]
    hidden: tuple[HeldView, ...]
    is_practice: bool


def held_view(snapshot: PositionSnapshot) -> HeldView:
    position, contract = snapshot.position, snapshot.contract
    return HeldView(position.key, position.qty, position.entry_price, contract.tick_size if contract else None)


def open_view(
    snapshot: PositionSnapshot,
    quote: Quote | None,
    now: datetime,
    *,
    is_confirmable: bool = True,
    feed: FeedStatus | None = None,
) -> OpenView:
    """The running figures of an open position at the newest price."""
    position, contract = snapshot.position, snapshot.contract
    last = _last_price(quote, contract)
    known = last if quote is not None and quote.is_confirmed else None
    running, points = _running_at(position, known)
    excursion = _excursion_at(position, quote, known)
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
        excursion=excursion_figures(excursion, contract),
        prices=None if excursion is None else excursion.prices,
        captured=None if running is None or excursion is None else _ratio(running, excursion.best),
        mfe_to_mae=None if excursion is None else _ratio(excursion.best, -excursion.worst),
        seconds_in_trade=max(0, int((now - position.entry_time).total_seconds())),
        reentry_count=position.reentry_count,
        legs=position.legs,
        verification=Verification(snapshot.is_verified, snapshot.verified_at, is_confirmable),
        heat=_heat_view(snapshot.heat, now),
        **_price_standing(quote, feed),
        **_risk_figures(position, snapshot.protection, contract, running),
    )


def _running_at(position: Position, price: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Running P&L in points times quantity, and open points per lot."""
    holding = position.holding
    if holding is None or price is None:
        return None, None
    return holding.running(price), holding.open_points(price)


def _excursion_at(position: Position, quote: Quote | None, known: Decimal | None) -> Excursion | None:
    """Running figures are the one thing shown before it is on disk; the next save catches up."""
    excursion, holding = position.excursion_now, position.holding
    # A price from before the last fill is not this holding's.
    is_ours = quote is not None and quote.at >= position.last_execution_at
    if excursion is None or holding is None or known is None or not is_ours:
        return excursion
    return excursion.over(holding, PriceRange.at(known))


def flat_view(account: AccountSnapshot, *, is_confirmable: bool = True) -> FlatView:
    return FlatView(Verification(account.is_verified, account.verified_at, is_confirmable))


def _last_price(quote: Quote | None, contract: Contract | None) -> Decimal | None:
    if quote is None:
        return None
    price = Decimal(repr(quote.price))
    return price if contract is None or not quote.is_confirmed else contract.snap(price)


class _PriceStanding(TypedDict):
    last_price_at: datetime | None
    is_price_confirmed: bool
    is_price_old: bool


def _price_standing(quote: Quote | None, feed: FeedStatus | None) -> _PriceStanding:
    return {
        "last_price_at": None if quote is None else quote.at,
        "is_price_confirmed": quote is None or quote.is_confirmed,
        "is_price_old": feed is not None and feed.is_old,
    }


class _RiskFigures(TypedDict):
    stop: Decimal | None
    target: Decimal | None
    risk: Decimal | None
    reward_to_risk: Decimal | None
    running_r: Decimal | None


def _risk_figures(
    position: Position, protection: Protection, contract: Contract | None, running: Decimal | None
) -> _RiskFigures:
    return {
        "stop": protection.stop,
        "target": protection.target,
        "risk": money(protection.initial_risk, contract),
        "reward_to_risk": _reward_to_risk(position, protection),
        "running_r": None if running is None else _ratio(running, protection.initial_risk),
    }


def _reward_to_risk(position: Position, protection: Protection) -> Decimal | None:
    average, stop, target = position.entry_price, protection.stop, protection.target
    if average is None or stop is None or target is None:
        return None
    risk = (average - stop) * position.side.sign
    return (target - average) * position.side.sign / risk if risk > 0 else None


def _heat_view(heat: Heat | None, now: datetime) -> HeatView | None:
    if heat is None:
        return None
    now_us = micros_from_utc(now)
    spell_us = 0 if heat.spell_began_us is None else max(0, now_us - heat.spell_began_us)
    return HeatView(spell_us // _SECOND_US, heat.total_at(now_us) // _SECOND_US)


def _ratio(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return part / whole if whole else None
