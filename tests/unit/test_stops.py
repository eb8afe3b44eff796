"""From executions to the stops of each trade: the fold alone says what is held."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.execution import Execution
from core.position import apply_execution, position_after, trade_closed_by
from core.stops import stops_of
from core.trade_course import Stop
from core.values import Source, micros_from_utc
from tests.fills import execution


def _signed(stops: list[Stop] | None) -> list[Decimal | None]:
    assert stops is not None
    return [stop.after.qty if stop.after else None for stop in stops]


def test_adds_and_parts_are_stops_of_one_trade() -> None:
    fills = [execution(2, "100", 1), execution(1, "98", 2), execution(-2, "103", 3), execution(-1, "104", 4)]
    stops = stops_of(fills)
    assert list(stops) == [1]
    assert _signed(stops[1]) == [2, 3, 1, None]
    assert [stop.price for stop in stops[1] or ()] == [100, 98, 103, 104]


def test_a_reversing_fill_ends_one_trade_and_opens_the_next() -> None:
    stops = stops_of([execution(1, "100", 1), execution(-3, "102", 2), execution(2, "101", 3)])
    assert _signed(stops[1]) == [1, None]
    assert _signed(stops[2]) == [-2, None]
    first, second = stops[1], stops[2]
    assert first is not None
    assert second is not None
    assert (first[-1].at_us, first[-1].price) == (second[0].at_us, second[0].price)


def test_an_open_trade_ends_with_what_is_held() -> None:
    assert _signed(stops_of([execution(-2, "100", 1)])[1]) == [-2]


def test_fills_of_one_moment_keep_the_order_of_the_fold() -> None:
    first, second = execution(1, "100", 1), execution(-1, "101", 2)
    stops = stops_of([first, replace(second, occurred_at=first.occurred_at)])[1]
    assert stops is not None
    assert [stop.price for stop in stops] == [100, 101]
    assert stops[0].at_us == stops[1].at_us


def test_a_late_fill_stands_at_the_time_at_which_it_happened() -> None:
    late = execution(1, "100", 5)
    late = replace(late, occurred_at=late.occurred_at - timedelta(hours=1), fold_at=late.occurred_at)
    stops = stops_of([late, execution(-1, "101", 6)])[5]
    assert stops is not None
    assert stops[0].at_us == micros_from_utc(late.occurred_at)


def test_a_price_that_is_unknown_or_assumed_leaves_nothing_to_be_told_of_its_trade_alone() -> None:
    assumed = replace(execution(-1, "99", 4), source=Source.MANUAL)
    fills = [execution(1, None, 1), execution(-1, "100", 2), execution(1, "98", 3), assumed, execution(1, "97", 5)]
    stops = stops_of(fills)
    assert (stops[1], stops[3]) == (None, None)
    assert _signed(stops[5]) == [1]


def test_a_flip_at_an_unknown_price_leaves_nothing_to_be_told_of_both_trades() -> None:
    stops = stops_of([execution(1, "100", 1), execution(-2, None, 2), execution(1, "99", 3)])
    assert stops == {1: None, 2: None}


@given(st.lists(st.tuples(st.integers(-4, 4).filter(bool), st.integers(380, 420)), min_size=1, max_size=25))
def test_every_stop_holds_what_the_fold_holds_behind_it(cases: list[tuple[int, int]]) -> None:
    fills = [execution(qty, str(price * Decimal("0.25")), seq) for seq, (qty, price) in enumerate(cases, start=1)]
    told = stops_of(fills)
    assert told == _by_hand(fills)


def _by_hand(fills: list[Execution]) -> dict[int, list[Stop]]:
    position, stops = None, dict[int, list[Stop]]()
    for fill in fills:
        assert fill.price is not None
        change = apply_execution(position, fill)
        position, trade = position_after(change), trade_closed_by(change)
        at_us = micros_from_utc(fill.occurred_at)
        if trade:
            stops.setdefault(trade.id, []).append(Stop(at_us, 1, fill.price, None))
        if position:
            stops.setdefault(position.trade_id, []).append(Stop(at_us, 1, fill.price, position.holding))
    return stops
