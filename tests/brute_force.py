"""What trades come to, worked out the slow way from a file's rows and the fills: no word of it is Heatline's.

Every price that went by while a trade was open is valued one by one, in exact fractions. The tests compare with this,
so it must not share a line with what it checks: it imports nothing of the program.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

_RECORD = np.dtype(
    [
        ("time", "<i8"), ("open", "<f4"), ("high", "<f4"), ("low", "<f4"), ("close", "<f4"),
        ("trades", "<u4"), ("volume", "<u4"), ("bid_volume", "<u4"), ("ask_volume", "<u4"),
    ]
)  # fmt: skip
_HEADER_BYTES = 56
_DAYS_FROM_1899_TO_1970 = 25_569
_DAY_US = 86_400_000_000
_AVERAGES_PER_POINT = 10**8


@dataclass(frozen=True)
class Row:
    """One trade of the file with the quote it met."""

    at_us: int
    price: Fraction
    bid: Fraction
    ask: Fraction


@dataclass(frozen=True)
class BruteFill:
    """A fill that came right after row `row` of the file; `qty` is signed."""

    row: int
    account: str
    order_id: str
    qty: int
    price: Fraction
    at_us: int


@dataclass
class BruteTrade:
    """A round trip, or what is open of one, in points times lots but for `mae_points` and `mfe_points`, per lot."""

    account: str
    side: str
    entry_time: int
    exit_time: int | None = None
    bought: Fraction = Fraction(0)
    sold: Fraction = Fraction(0)
    most_held: int = 0
    opened: list[tuple[int, Fraction]] = field(default_factory=list)
    closed: list[tuple[int, Fraction]] = field(default_factory=list)
    opening_orders: list[str] = field(default_factory=list)
    running: list[Fraction] = field(default_factory=list)
    open_points: list[Fraction] = field(default_factory=list)
    prices: list[Fraction] = field(default_factory=list)

    @property
    def worst(self) -> Fraction:
        return min(Fraction(0), *self.running)

    @property
    def best(self) -> Fraction:
        return max(Fraction(0), *self.running)

    @property
    def mae_points(self) -> Fraction:
        return min(Fraction(0), *self.open_points)

    @property
    def mfe_points(self) -> Fraction:
        return max(Fraction(0), *self.open_points)

    @property
    def realized_points(self) -> Fraction:
        return self.sold - self.bought

    @property
    def opened_qty(self) -> int:
        return sum(lots for lots, _ in self.opened)

    @property
    def reentry_count(self) -> int:
        return len(self.opening_orders) - 1

    @property
    def entry_price(self) -> Fraction:
        return _average(self.opened)

    @property
    def exit_price(self) -> Fraction:
        return _average(self.closed)


@dataclass
class BruteHolding:
    """One account's way through the rows: `trades` are closed, `current` is open."""

    account: str
    qty: int = 0
    average: Fraction = Fraction(0)
    current: BruteTrade | None = None
    trades: list[BruteTrade] = field(default_factory=list)

    def see(self, price: Fraction) -> None:
        """A price went by: what would the trade come to, here and now?"""
        trade = self.current
        if trade is not None:
            trade.prices.append(price)
            trade.running.append(trade.sold - trade.bought + self.qty * price)
            trade.open_points.append(price - self.average if self.qty > 0 else self.average - price)

    def take(self, fill: BruteFill) -> None:
        self.see(fill.price)
        direction = 1 if fill.qty > 0 else -1
        for _ in range(abs(fill.qty)):
            self._take_lot(direction, fill)
        self.average = on_average_grid(self.average)
        self.see(fill.price)

    def _take_lot(self, direction: int, fill: BruteFill) -> None:
        """One lot after the other: a reversing fill needs no rule of its own."""
        if self.current is None:
            self.current = BruteTrade(self.account, "LONG" if direction > 0 else "SHORT", fill.at_us)
        trade = self.current
        if direction > 0:
            trade.bought += fill.price
        else:
            trade.sold += fill.price
        if self.qty * direction >= 0:
            self._add_lot(trade, fill)
        else:
            trade.closed.append((1, fill.price))
        self.qty += direction
        trade.most_held = max(trade.most_held, abs(self.qty))
        if self.qty == 0:
            trade.exit_time = fill.at_us
            self.trades.append(trade)
            self.current = None

    def _add_lot(self, trade: BruteTrade, fill: BruteFill) -> None:
        held = abs(self.qty)
        self.average = (self.average * held + fill.price) / (held + 1)
        trade.opened.append((1, fill.price))
        if fill.order_id not in trade.opening_orders:
            trade.opening_orders.append(fill.order_id)


def read_rows(path: Path, tick: Fraction) -> list[Row]:
    """Every row of a .scid file of single trades, prices put back on the grid that 32 bits lost."""
    records = np.frombuffer(path.read_bytes()[_HEADER_BYTES:], dtype=_RECORD)
    rows = []
    for record in records:
        at_us = int(record["time"]) - _DAYS_FROM_1899_TO_1970 * _DAY_US
        bid, ask = (record["low"], record["high"]) if record["open"] == 0 else (record["close"], record["close"])
        rows.append(Row(at_us, _snap(record["close"], tick), _snap(bid, tick), _snap(ask, tick)))
    return rows


def walk(rows: Sequence[Row], fills: Iterable[BruteFill], accounts: Iterable[str]) -> dict[str, BruteHolding]:
    """Every account's trades: each row is seen by whoever holds something, then come the fills made after it."""
    holdings = {account: BruteHolding(account) for account in accounts}
    by_row: dict[int, list[BruteFill]] = {}
    for fill in fills:
        by_row.setdefault(fill.row, []).append(fill)
    for number, row in enumerate(rows):
        for holding in holdings.values():
            holding.see(row.price)
        for fill in by_row.get(number, ()):
            holdings[fill.account].take(fill)
    return holdings


def on_average_grid(value: Fraction) -> Fraction:
    """Averages are kept to eight decimals, half to even."""
    return Fraction(round(value * _AVERAGES_PER_POINT), _AVERAGES_PER_POINT)


def _average(lots: Sequence[tuple[int, Fraction]]) -> Fraction:
    total = sum(count for count, _ in lots)
    return on_average_grid(sum((count * price for count, price in lots), Fraction(0)) / total)


def _snap(price: float, tick: Fraction) -> Fraction:
    return round(Fraction(float(price)) / tick) * tick
