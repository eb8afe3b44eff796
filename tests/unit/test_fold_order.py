"""Within a second that is too coarse to tell, the positions tell which fill came first."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, permutations

from core.execution import Execution
from core.fold_order import in_fold_order, place, unit_end
from tests.fills import at, execution


def coarse(qty: int, position: int | None, seq: int, second: float = 10) -> Execution:
    known = None if position is None else Decimal(position)
    return replace(execution(qty, "5000", seq), occurred_at=at(second), resolution_us=1_000_000, position_qty=known)


def fine(qty: int, seq: int, second: float) -> Execution:
    return replace(execution(qty, "5000", seq), occurred_at=at(second))


def names(executions: list[Execution]) -> list[int]:
    return [each.seq for each in executions]


def test_plain_times_decide_where_they_can() -> None:
    assert names(in_fold_order([fine(1, 3, 1), fine(1, 1, 2), fine(1, 2, 1.5)], Decimal(0))) == [3, 2, 1]


def test_equal_times_keep_the_order_of_arrival() -> None:
    assert names(in_fold_order([fine(1, 2, 1), fine(-1, 1, 1)], Decimal(0))) == [1, 2]


def test_the_positions_of_a_busy_second_lead_from_one_fill_to_the_next() -> None:
    fills = [coarse(1, 3, 1), coarse(-3, 0, 2), coarse(2, 2, 3), coarse(5, 5, 4)]
    for shuffled in permutations(fills):
        assert names(in_fold_order(shuffled, Decimal(0))) == [3, 1, 2, 4]


def test_a_fine_time_binds_and_the_position_finds_the_gap() -> None:
    assert names(in_fold_order([fine(1, 1, 10.2), fine(-1, 2, 10.8), coarse(1, 2, 3)], Decimal(0))) == [1, 3, 2]


def test_positions_that_do_not_begin_with_what_we_hold_still_tell_the_order() -> None:
    assert names(in_fold_order([coarse(-1, 4, 1), coarse(-1, 5, 2)], Decimal(0))) == [2, 1]


def test_positions_that_contradict_each_other_leave_the_order_of_time() -> None:
    assert names(in_fold_order([coarse(1, 9, 1), coarse(1, 9, 2)], Decimal(0))) == [1, 2]


def test_hundreds_of_fills_in_one_second_are_sorted_without_trying_all_ways() -> None:
    fills = [coarse(1 if n % 2 else -1, n % 2, n) for n in range(1, 601)]
    ordered = in_fold_order(reversed(fills), Decimal(0))
    assert all(one.position_qty != other.position_qty for one, other in pairwise(ordered))


def test_a_place_keeps_the_order_for_good() -> None:
    ordered = place(in_fold_order([coarse(-1, 0, 1), coarse(1, 1, 2)], Decimal(0)), None)
    assert names(sorted(ordered, key=lambda each: (each.fold_at or each.occurred_at, each.seq))) == [2, 1]


def test_what_is_older_than_a_final_trade_comes_behind_it_and_is_late() -> None:
    late, other = in_fold_order([fine(1, 5, 3), fine(1, 6, 30)], Decimal(0), not_before=at(20))
    assert (late.fold_at, late.is_late, other.is_late) == (at(20), True, False)


def test_a_coarse_fill_with_a_position_leaves_its_second_open() -> None:
    assert unit_end(coarse(1, 1, 1)) == at(11)
    assert unit_end(coarse(1, None, 1)) == at(10)
