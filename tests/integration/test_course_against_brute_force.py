"""Trades over recorded sessions: every figure of their course against a computation that shares no line with it."""

import ast
import os
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from core.contracts import Contract
from core.excursion import Excursion
from core.execution import Execution
from core.money import excursion_figures
from core.stops import stops_of
from core.tape import Coverage, Ticks
from core.trade_course import Course, Stop, course_of
from core.values import Mode, PositionKey, Side, Source, utc_from_micros
from data.feeds.price_scale import decide_scale
from data.feeds.scid_file import ScidFile
from data.feeds.scid_tail import ScidTail
from data.feeds.tick import TickBlock
from tests import brute_course
from tests.brute_course import GRID, Extremes, Figures, Fill, Tape, figures_of, read_tape, round_trips

_ES = Contract(Decimal("0.25"), Decimal(50), "USD")
_TICK = GRID // 4
_KEY = PositionKey(Mode.SIM, "Sim1", "ESM18")
_UNITS = (1, 1, 1_000, 1_000_000)
_MOST_HELD = 4
_BAR_US = 1_000_000

LONG, SHORT, HUNDREDFOLD = "ESM18_session.scid", "ESH2_20220124.scid", "ESM18_session_x100.scid"
TRADES = {LONG: 400, SHORT: 100}
# A price of the day, known from elsewhere: by it recorded numbers become prices.
_KNOWN = {LONG: Decimal(2672), SHORT: Decimal(4345), HUNDREDFOLD: Decimal(2672)}


@dataclass(frozen=True)
class Session:
    """A recorded session, and the fills of so many round trips made in it."""

    path: Path
    tape: Tape
    fills: Sequence[Fill]

    def slowly(self, coverage: Coverage) -> list[Figures]:
        return [figures_of(trip, self.tape, coverage.stretches) for trip in round_trips(self.fills)]

    @property
    def whole(self) -> Coverage:
        return Coverage.of([(self.tape.times[0] - 10_000_000, self.tape.times[-1] + 10_000_000)])


@pytest.fixture(scope="module", params=[LONG, SHORT])
def session(request: pytest.FixtureRequest) -> Session:
    path = recorded(request.param)
    tape = read_tape(path, _TICK)
    return Session(path, tape, write_fills(Random(request.param), tape, TRADES[request.param]))


@cache
def recorded(name: str) -> Path:
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/ticks" / name
    if not path.exists():
        pytest.skip(f"no recorded session at {path}")
    return path


def write_fills(random: Random, tape: Tape, trades: int) -> list[Fill]:
    """Runs of trading, each from flat to flat: opens, adds, takes off parts, reverses and closes."""
    fills: list[Fill] = []
    while len(round_trips(fills)) < trades:
        fills += _write_run(random, tape, most_between=len(tape.times) // 30)
    return fills


def _write_run(random: Random, tape: Tape, most_between: int) -> list[Fill]:
    count = random.randint(2, 12)
    row = random.randrange(len(tape.times) - count * most_between)
    fills: list[Fill] = []
    held = 0
    for number in range(count):
        row += random.choice((0, 1, 2, random.randrange(most_between), random.randrange(most_between)))
        same_side = range(1, _MOST_HELD + 1) if held > 0 else range(-_MOST_HELD, 0)
        wanted = random.choice([*same_side, random.randint(-_MOST_HELD, _MOST_HELD), 0])
        wanted = 0 if number + 1 == count else wanted
        if wanted != held:
            fills.append(_fill(random, tape, row, wanted - held))
        held = wanted
    return fills


def _fill(random: Random, tape: Tape, row: int, qty: int) -> Fill:
    """At the tape's price and time, or with slippage, or told a little later, in the unit of time of its report."""
    unit = random.choice(_UNITS)
    price = tape.prices[row] + random.choice((0, 0, 0, 1, -1, 3)) * _TICK
    at_us = tape.times[row] + random.choice((0, 0, 0, random.randrange(5_000)))
    return Fill(at_us // unit * unit, unit, qty, price)


def test_the_brute_force_imports_nothing_of_the_program() -> None:
    tree = ast.parse(Path(brute_course.__file__).read_text("utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert plain | named == {"bisect", "collections.abc", "dataclasses", "fractions", "itertools", "pathlib", "numpy"}


def test_the_trades_have_all_that_trading_has(session: Session) -> None:
    trips = round_trips(session.fills)
    held = list(accumulate(fill.qty for fill in session.fills))
    assert len(trips) >= TRADES[session.path.name]
    assert {trip[0].qty > 0 for trip in trips} == {True, False}
    assert {fill.unit_us for fill in session.fills} == set(_UNITS)
    assert sum(before * after < 0 for before, after in pairwise(held)) >= 8
    assert sum(len(trip) > 2 for trip in trips) >= 40
    assert sum(figures.sure != figures.possible for figures in session.slowly(session.whole)) >= 20


@pytest.mark.parametrize("way", ["back-filled", "followed"])
def test_every_trade_goes_through_what_one_finds_price_by_price(session: Session, way: str) -> None:
    ticks = back_filled(session.path) if way == "back-filled" else followed(session.path)
    assert courses(session.fills, ticks, session.whole) == session.slowly(session.whole)


def test_with_times_for_which_nobody_vouches_they_are_equal_all_the_same(session: Session) -> None:
    gaps = write_gaps(Random(7), session.tape)
    coverage, kept = session.whole, np.ones(len(session.tape.times), bool)
    for start, end in gaps:
        coverage = coverage.without(start, end)
        kept &= ~((np.array(session.tape.times) >= start) & (np.array(session.tape.times) < end))
    ticks = back_filled(session.path)
    told = courses(session.fills, Ticks(ticks.at_us[kept], ticks.prices[kept]), coverage)
    places = np.flatnonzero(kept).tolist()
    tape = Tape([session.tape.times[place] for place in places], [session.tape.prices[place] for place in places])
    assert told == Session(session.path, tape, session.fills).slowly(coverage)
    assert len({figures.coverage for figures in told}) > 20


def test_prices_recorded_a_hundredfold_give_the_same() -> None:
    plain, hundredfold = back_filled(recorded(LONG)), back_filled(recorded(HUNDREDFOLD))
    tape = read_tape(recorded(HUNDREDFOLD), _TICK, recorded_per_price=100)
    assert tape == read_tape(recorded(LONG), _TICK)
    assert (plain.at_us == hundredfold.at_us).all()
    assert (plain.prices == hundredfold.prices).all()
    session = Session(recorded(LONG), tape, write_fills(Random(LONG), tape, TRADES[LONG]))
    assert courses(session.fills, hundredfold, session.whole) == session.slowly(session.whole)


def test_bars_of_the_same_session_hold_every_figure_of_its_ticks(session: Session) -> None:
    ticks, bars = back_filled(session.path), in_bars(back_filled(session.path))
    for stops in stops_of_all(session.fills):
        exact, interval = course_of(stops, ticks, session.whole), course_of(stops, bars, session.whole)
        assert interval.possible.worst <= exact.possible.worst <= exact.sure.worst <= interval.sure.worst
        assert interval.possible.best >= exact.possible.best >= exact.sure.best >= interval.sure.best


def courses(fills: Sequence[Fill], ticks: Ticks, coverage: Coverage) -> list[Figures]:
    """What the program makes of the fills, in the words of the brute force."""
    return [_plain(course_of(stops, ticks, coverage)) for stops in stops_of_all(fills)]


def stops_of_all(fills: Sequence[Fill]) -> list[list[Stop]]:
    executions = [_execution(number, fill) for number, fill in enumerate(fills, start=1)]
    found = stops_of(executions)
    stops = [each for _, each in sorted(found.items()) if each is not None]
    assert len(stops) == len(found)
    return stops


def _execution(number: int, fill: Fill) -> Execution:
    return Execution(
        key=_KEY,
        wire_symbol="ESM18-CME",
        execution_id=f"E{number}",
        order_id=f"O{number}",
        side=Side.BUY if fill.qty > 0 else Side.SELL,
        qty=Decimal(abs(fill.qty)),
        price=Decimal(fill.price) / GRID,
        occurred_at=utc_from_micros(fill.at_us),
        resolution_us=fill.unit_us,
        source=Source.LIVE,
        seq=number,
    )


def _plain(course: Course) -> Figures:
    assert course.pullback is not None
    assert course.heat_us is not None
    return Figures(
        _extremes(course.sure), _extremes(course.possible), _whole(course.pullback), course.heat_us, course.coverage
    )


def _extremes(excursion: Excursion) -> Extremes:
    """Money and points as they are shown and kept, back on the grid."""
    figures = excursion_figures(excursion, _ES)
    assert figures.mae is not None
    assert figures.mfe is not None
    assert figures.mae_points is not None
    assert figures.mfe_points is not None
    money = (figures.mae / _ES.point_value, figures.mfe / _ES.point_value)
    return Extremes(*map(_whole, (*money, figures.mae_points, figures.mfe_points)))


def _whole(number: Decimal) -> int:
    assert number * GRID == int(number * GRID)
    return int(number * GRID)


def write_gaps(random: Random, tape: Tape) -> list[tuple[int, int]]:
    span = tape.times[-1] - tape.times[0]
    starts = [tape.times[0] + random.randrange(span) for _ in range(60)]
    return [(start, start + random.randrange(span // 200)) for start in starts]


@cache
def back_filled(path: Path) -> Ticks:
    file = ScidFile(path)
    newest = file.newest_us()
    assert newest is not None
    return _ticks(path, list(file.ticks_between(0, newest + 1)))


@cache
def followed(path: Path) -> Ticks:
    tail, blocks = ScidTail(ScidFile(path), 0), []
    while True:
        polled = tail.poll()
        blocks.append(polled.ticks)
        if not polled.has_more:
            return _ticks(path, blocks)


def _ticks(path: Path, blocks: Sequence[TickBlock]) -> Ticks:
    numbers = np.concatenate([block.price for block in blocks])
    scale = decide_scale([Decimal("0.01")], _ES.tick_size, float(numbers[0]), _KNOWN[path.name])
    assert scale.is_confirmed
    return Ticks(np.concatenate([block.at_us for block in blocks]), scale.prices(numbers))


def in_bars(ticks: Ticks) -> Ticks:
    """The same trades as bars of a second."""
    stamps, starts = np.unique(ticks.at_us // _BAR_US * _BAR_US, return_index=True)
    lows, highs = np.minimum.reduceat(ticks.prices, starts), np.maximum.reduceat(ticks.prices, starts)
    lasts = ticks.prices[np.append(starts[1:], len(ticks.at_us)) - 1]
    return Ticks(stamps, lasts, _BAR_US, lows, highs)
