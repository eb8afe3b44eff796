"""VWAP, point of control and cumulative delta against sums in fractions."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.session_profile import EntryContext, SessionProfile, context_of

_TRADES = st.lists(
    st.tuples(st.integers(1, 40_000), st.integers(1, 500), st.sampled_from([1, -1, 0])), min_size=1, max_size=60
)
_Trades = list[tuple[int, int, int]]


def _columns(trades: _Trades) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    prices = np.array([ticks * 0.25 for ticks, _, _ in trades], np.float64)
    volumes = np.array([volume for _, volume, _ in trades], np.int64)
    sides = np.array([side for _, _, side in trades], np.int64)
    return prices, volumes, np.where(sides < 0, volumes, 0), np.where(sides > 0, volumes, 0)


@given(_TRADES)
def test_all_three_are_what_the_sums_say(trades: _Trades) -> None:
    context = context_of(*_columns(trades))
    assert context is not None
    volume = sum(each for _, each, _ in trades)
    average = Fraction(sum(Fraction(ticks, 4) * each for ticks, each, _ in trades)) / volume
    assert abs(Fraction(context.vwap) - average) <= Fraction(1, 2 * 10**8)
    at: Counter[int] = Counter()
    for ticks, each, _ in trades:
        at[ticks] += each
    assert context.poc == min(ticks for ticks, each in at.items() if each == max(at.values())) * Decimal("0.25")
    is_sided = any(side for _, _, side in trades)
    assert context.delta == (sum(side * each for _, each, side in trades) if is_sided else None)


@given(_TRADES, st.integers(0, 60))
def test_it_does_not_matter_in_how_many_parts_the_trades_come(trades: _Trades, place: int) -> None:
    profile = SessionProfile()
    for part in (trades[:place], trades[place:]):
        profile.add(*_columns(part))
    assert profile.context() == context_of(*_columns(trades))


def test_before_the_first_trade_there_is_no_context() -> None:
    assert SessionProfile().context() is None


def test_prices_on_no_grid_are_added_up_all_the_same() -> None:
    prices, lots = np.array([1.00000001, 70000.5, 1.00000001, 3.00000002]), np.array([1, 1, 1, 1], np.int64)
    context = context_of(prices, lots, lots * 0, lots)
    assert context == EntryContext(Decimal("17501.37500001"), Decimal("1.00000001"), 4)


def test_a_delta_of_nothing_is_told_apart_from_one_that_nobody_knows() -> None:
    even, unknown = context_of(*_columns([(400, 3, 1), (400, 3, -1)])), context_of(*_columns([(400, 3, 0)]))
    assert even is not None
    assert unknown is not None
    assert (even.delta, unknown.delta) == (0, None)


def test_no_trades_add_nothing() -> None:
    profile = SessionProfile()
    profile.add(*_columns([]))
    assert profile.context() is None
    profile.add(*_columns([(400, 3, 1)]))
    profile.add(*_columns([]))
    assert profile.context() == context_of(*_columns([(400, 3, 1)]))
