"""Whose prices are wanted: those of what is open, and of what orders are at work for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.position import Position
from core.snapshots import LedgerSnapshot
from core.values import micros_from_utc


@dataclass(frozen=True, slots=True)
class Wanted:
    """One symbol under the name by which the broker knows it.

    `known` is a moment and the price then, from a fill. `since_us` is when the oldest position was entered that is
    still open, in microseconds UTC; None where none is.
    """

    symbol: str
    wire_symbol: str
    known: tuple[datetime, Decimal] | None = None
    since_us: int | None = None


def wanted_in(ledger: LedgerSnapshot) -> dict[str, Wanted]:
    """By symbol, whichever account or mode it is for."""
    orders = (Wanted(each.symbol, each.wire_symbol or each.symbol) for each in ledger.working_orders)
    found = {each.symbol: each for each in orders}
    for each in sorted(ledger.positions, key=lambda held: held.position.entry_time, reverse=True):
        position = each.position
        symbol = position.key.symbol
        newer = found.get(symbol)
        known = (newer.known if newer else None) or _known_price(position)
        found[symbol] = Wanted(symbol, position.wire_symbol, known, micros_from_utc(position.entry_time))
    return found


def _known_price(position: Position) -> tuple[datetime, Decimal] | None:
    """The newest moment at which it is known what the contract cost."""
    return next(_prices(position), None)


def _prices(position: Position) -> Iterator[tuple[datetime, Decimal]]:
    for leg in reversed(position.legs):
        if leg.price is not None:
            yield leg.first_at, leg.price
