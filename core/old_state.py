"""What an older panel left in a file about one open position, and which of it may be believed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.errors import OldStateIgnored
from core.heat import Heat
from core.position import Position
from core.values import Mode, PriceRange, micros_from_utc

_SAME_ENTRY = timedelta(seconds=60)
# No contract runs so far from its entry in one position; a price beyond that is of something else.
_FARTHEST = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class OldState:
    """The file `name`, of an account in a mode; `digest` tells it from every other, whatever it is called.

    `heat_since` is when the spell of heat began that ran when it was written; `low` and `high` are the extremes of the
    trade. What it does not say is None.
    """

    name: str
    digest: str
    mode: Mode
    account: str
    entry_time: datetime
    heat_since: datetime | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What of an old state fits a position: prices it did not live through here, and a spell of heat."""

    prices: PriceRange | None
    heat_since: datetime | None

    def __str__(self) -> str:
        prices = f"prices {self.prices.low:f} to {self.prices.high:f}" if self.prices else ""
        heat = f"heat since {self.heat_since:%Y-%m-%d %H:%M:%S} UTC" if self.heat_since else ""
        return " and ".join(part for part in (prices, heat) if part)


def position_meant(old: OldState, positions: Collection[Position]) -> Position:
    """The one open position that `old` can be about.

    Raises:
        OldStateIgnored: there is none of its mode and account that was entered then, or more than one.
    """
    mine = [each for each in positions if (each.key.mode, each.key.account) == (old.mode, old.account)]
    if not mine and any((each.key.mode, each.key.account) == (Mode.UNKNOWN, old.account) for each in positions):
        raise OldStateIgnored(f"nobody has said yet that {old.account} is {old.mode}")
    if not mine:
        raise OldStateIgnored(f"{old.account} has no open {old.mode} position")
    found = [each for each in mine if abs(each.entry_time - old.entry_time) <= _SAME_ENTRY]
    if not found:
        raise OldStateIgnored(
            f"no open position of {old.mode} {old.account} was entered at {old.entry_time:%Y-%m-%d %H:%M:%S} UTC"
        )
    if len(found) > 1:
        symbols = ", ".join(sorted(each.key.symbol for each in found))
        raise OldStateIgnored(f"it does not say which position it means: {symbols} were entered at the same time")
    return found[0]


def fitting(old: OldState, position: Position, heat: Heat | None, saved_at: datetime, now: datetime) -> TakenOver:
    """What `position`, last saved at `saved_at` with `heat`, can take over from `old`.

    Raises:
        OldStateIgnored: nothing at all.
    """
    taken = TakenOver(_fitting_prices(old, position), _fitting_heat(old, position, heat, saved_at, now))
    if taken == TakenOver(None, None):
        raise OldStateIgnored(f"nothing in it fits {position.side} {abs(position.qty):f} {position.key.symbol}")
    return taken


def _fitting_prices(old: OldState, position: Position) -> PriceRange | None:
    """Only while what was entered is what is held: else nobody knows with which quantity a price was lived through."""
    entry = position.entry_price
    is_untouched = not position.reentry_count and position.opened_qty == abs(position.qty)
    if entry is None or not is_untouched:
        return None
    seen = [
        price for price in (old.low, old.high) if price is not None and abs(price - entry) <= abs(entry) * _FARTHEST
    ]
    return PriceRange(min(seen), max(seen)) if seen else None


def _fitting_heat(
    old: OldState, position: Position, heat: Heat | None, saved_at: datetime, now: datetime
) -> datetime | None:
    """A spell that runs, or one that began when nobody looked; where the heat is unknown its total would be too."""
    began = old.heat_since
    if began is None or heat is None or not position.entry_time < began <= now:
        return None
    return began if heat.spell_began_us is not None or began > saved_at else None


def with_old_heat(heat: Heat | None, taken: TakenOver, *, is_wider: bool) -> Heat | None:
    """The heat with the spell that was taken over; where prices went by unseen, the fall from the best is unknown."""
    if heat is None:
        return None
    began = heat.spell_began_us if taken.heat_since is None else micros_from_utc(taken.heat_since)
    if is_wider:
        return Heat(None, None, heat.total_us, began)
    return Heat(heat.peak, heat.pullback, heat.total_us, began)
