"""The course of a trade worked out the slow way, price by price, from the definitions: no word of it is Heatline's.

Prices are whole hundred-millionths, the grid on which averages are kept, so every sum is an exact whole number. The
tests compare with this, so it must not share a line with what it checks: it imports nothing of the program.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

GRID = 10**8

_RECORD = np.dtype([("time", "<i8"), ("quote", "<f4", 3), ("close", "<f4"), ("counts", "<u4", 4)])
_HEADER_BYTES = 56
_EPOCH_US = 25_569 * 86_400_000_000


@dataclass(frozen=True)
class Tape:
    """Trades in the order of the file."""

    times: Sequence[int]
    prices: Sequence[int]


@dataclass(frozen=True)
class Fill:
    """At `at_us`, or up to `unit_us` later; `qty` is signed."""

    at_us: int
    unit_us: int
    qty: int
    price: int


@dataclass(frozen=True)
class Extremes:
    """Of running P&L, and of points per lot, both on the grid."""

    worst: int
    best: int
    worst_points: int
    best_points: int


@dataclass(frozen=True)
class Figures:
    """What a trade went through; `pullback` on the grid, `coverage` a share of 1."""

    sure: Extremes
    possible: Extremes
    pullback: int
    heat_us: int
    coverage: float


@dataclass(frozen=True)
class _Place:
    """Between `earliest` and `latest` trades of the tape came before the fill; it is drawn behind `drawn` of them."""

    earliest: int
    latest: int
    drawn: int
    at_us: int


@dataclass(frozen=True)
class _Holding:
    qty: int
    cash: int
    average: int

    def value(self, price: int) -> tuple[int, int]:
        """Running P&L and points per lot at a price."""
        return self.cash + self.qty * price, (price - self.average) * (1 if self.qty > 0 else -1)


def read_tape(path: Path, tick: int, recorded_per_price: int = 1) -> Tape:
    """A .scid file of single trades, prices put back on the grid of ticks that 32 bits lost."""
    records = np.frombuffer(path.read_bytes()[_HEADER_BYTES:], _RECORD)
    steps = (Fraction(close) * GRID / recorded_per_price / tick for close in records["close"].tolist())
    return Tape([stored - _EPOCH_US for stored in records["time"].tolist()], [round(step) * tick for step in steps])


def round_trips(fills: Iterable[Fill]) -> list[list[Fill]]:
    """Flat to flat; a reversing fill is cut in two."""
    trips: list[list[Fill]] = []
    held = 0
    for fill in fills:
        if held == 0:
            trips.append([])
        closing = -held if held * fill.qty < 0 and abs(fill.qty) > abs(held) else fill.qty
        trips[-1].append(Fill(fill.at_us, fill.unit_us, closing, fill.price))
        if closing != fill.qty:
            trips.append([Fill(fill.at_us, fill.unit_us, fill.qty - closing, fill.price)])
        held += fill.qty
    return trips


def figures_of(trip: Sequence[Fill], tape: Tape, covered: Sequence[tuple[int, int]]) -> Figures:
    """Every price is valued on its own, once as surely inside the trade, once as possibly inside."""
    places = _places(trip, tape)
    holdings = _holdings(trip)
    sure: list[tuple[int, int]] = []
    possible: list[tuple[int, int]] = []
    line = [(places[0].at_us, 0)]
    reached = places[0].drawn
    for number, (before, after) in enumerate(pairwise(places)):
        held = holdings[number]
        for row in range(before.earliest, after.latest):
            possible.append(held.value(tape.prices[row]))
            if before.latest <= row < after.earliest:
                sure.append(held.value(tape.prices[row]))
        at_fill = held.value(trip[number + 1].price)
        sure.append(at_fill)
        possible.append(at_fill)
        line += [(tape.times[row], held.value(tape.prices[row])[0]) for row in range(reached, after.drawn)]
        reached = max(reached, after.drawn)
        line.append((after.at_us, at_fill[0]))
    return _figures(sure, possible, line, covered)


def _figures(
    sure: Sequence[tuple[int, int]],
    possible: Sequence[tuple[int, int]],
    line: Sequence[tuple[int, int]],
    covered: Sequence[tuple[int, int]],
) -> Figures:
    clock, drawn = line[0][0], []
    for at_us, value in line:
        clock = max(clock, at_us)
        drawn.append((clock, value))
    begins, ends = drawn[0][0], drawn[-1][0]
    return Figures(
        _extremes(sure), _extremes(possible), _pullback(drawn), _heat(drawn, covered), _share(begins, ends, covered)
    )


def _extremes(values: Sequence[tuple[int, int]]) -> Extremes:
    money, points = [0, *(each[0] for each in values)], [0, *(each[1] for each in values)]
    return Extremes(min(money), max(money), min(points), max(points))


def _pullback(line: Sequence[tuple[int, int]]) -> int:
    peak = deepest = 0
    for _, value in line:
        peak = max(peak, value)
        deepest = max(deepest, peak - value)
    return deepest


def _heat(line: Sequence[tuple[int, int]], covered: Sequence[tuple[int, int]]) -> int:
    """A point in the red counts until the next one, but not beyond the moment at which the prices are missing."""
    total = 0
    for (at_us, value), (until, _) in pairwise(line):
        if value < 0:
            total += sum(min(end, until) - at_us for start, end in covered if start <= at_us < end)
    return total


def _share(begins: int, ends: int, covered: Sequence[tuple[int, int]]) -> float:
    if begins == ends:
        return float(any(start <= begins <= end for start, end in covered))
    inside = sum(max(0, min(end, ends) - max(start, begins)) for start, end in covered)
    return float(Fraction(inside, ends - begins))


def _holdings(trip: Sequence[Fill]) -> list[_Holding]:
    """What is held behind each fill: adding moves the average, taking off does not."""
    holdings: list[_Holding] = []
    qty = cash = average = 0
    for fill in trip:
        if qty * fill.qty >= 0:
            average = round(Fraction(average * abs(qty) + fill.price * abs(fill.qty), abs(qty) + abs(fill.qty)))
        qty, cash = qty + fill.qty, cash - fill.qty * fill.price
        holdings.append(_Holding(qty, cash, average))
    return holdings


def _places(trip: Sequence[Fill], tape: Tape) -> list[_Place]:
    """Fills keep their order: none before the earliest place of the one before, nor behind the latest of the next."""
    found: list[_Place] = []
    for fill in trip:
        found.append(_place(fill, tape, found[-1].earliest if found else 0, closes=fill is trip[-1]))
    latest = found[-1].latest
    for number in range(len(found) - 1, -1, -1):
        place = found[number]
        latest = min(latest, place.latest)
        found[number] = _Place(place.earliest, latest, min(place.drawn, latest), place.at_us)
    return found


def _place(fill: Fill, tape: Tape, not_before: int, *, closes: bool) -> _Place:
    start = max(not_before, bisect_left(tape.times, fill.at_us))
    end = max(not_before, bisect_left(tape.times, fill.at_us + fill.unit_us))
    same = [row for row in range(start, end) if tape.prices[row] == fill.price]
    if same:
        return _Place(same[0], same[-1] + 1, same[0], tape.times[same[0]])
    return _Place(start, end, start if closes else end, fill.at_us)
