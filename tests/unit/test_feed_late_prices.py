"""Prices that come late belong where their times say: a stretch they were not part of never changes for them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.facts import PricesSeen, prices_seen
from core.heat import TickRun
from core.position import Position
from core.values import PriceRange, micros_from_utc, utc_from_micros
from tests.published import fill, position_of

_PRICES = st.integers(4900, 5100).map(float)
_TICKS = st.lists(st.tuples(st.integers(-3_000_000, 3_000_000), _PRICES), min_size=1, max_size=30)
_UNITS = st.sampled_from([1, 1_000, 1_000_000])


def bought(resolution_us: int) -> Position:
    return replace(position_of(fill(1, "5000")), last_resolution_us=resolution_us)


def seen_late(position: Position, ticks: list[tuple[int, float]]) -> PricesSeen:
    began = micros_from_utc(position.last_execution_at)
    return prices_seen("MESZ26", [price for _, price in ticks], [began + after for after, _ in ticks])


def after(position: Position, seen: PricesSeen) -> Position:
    own = seen.since(position.stretch_begins_us)
    return position if own is None else position.having_seen(own.prices)


@given(ticks=_TICKS, resolution_us=_UNITS)
def test_only_what_happened_behind_the_units_end_widens_the_stretch(
    ticks: list[tuple[int, float]], resolution_us: int
) -> None:
    position = bought(resolution_us)
    mine = [Decimal(price) for after_us, price in ticks if after_us >= resolution_us]
    low, high = min([*mine, Decimal(5000)]), max([*mine, Decimal(5000)])
    assert after(position, seen_late(position, ticks)).stretch == PriceRange(low, high)


@given(ticks=_TICKS, resolution_us=_UNITS, cuts=st.sets(st.integers(1, 29)))
def test_how_the_ticks_are_cut_into_pieces_changes_nothing(
    ticks: list[tuple[int, float]], resolution_us: int, cuts: set[int]
) -> None:
    position = whole = bought(resolution_us)
    edges = [0, *sorted(cut for cut in cuts if cut < len(ticks)), len(ticks)]
    for first, end in pairwise(edges):
        position = after(position, seen_late(position, ticks[first:end]))
    assert position == after(whole, seen_late(whole, ticks))


@given(early=_TICKS, late=_TICKS)
def test_what_waited_together_is_still_told_apart_by_time(
    early: list[tuple[int, float]], late: list[tuple[int, float]]
) -> None:
    position = bought(1)
    together = seen_late(position, early).followed_by(seen_late(position, late))
    assert after(position, together) == after(after(position, seen_late(position, early)), seen_late(position, late))


def test_what_comes_in_stream_order_belongs_behind_the_execution_whatever_its_time() -> None:
    position = bought(1_000_000)
    before = micros_from_utc(position.last_execution_at - timedelta(seconds=5))
    seen = PricesSeen("MESZ26", PriceRange.at(Decimal(4990)), TickRun((4990.0,), (before,)))
    assert after(position, seen).stretch == PriceRange(Decimal(4990), Decimal(5000))


def test_the_unit_is_that_of_the_last_execution() -> None:
    position = position_of(fill(2, "5000", 5), replace(fill(-1, "5001", 4), resolution_us=1_000_000))
    begins = utc_from_micros(position.stretch_begins_us)
    assert begins == position.last_execution_at + timedelta(seconds=1)
