"""Single trades, by the book: what each fill makes of a position."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.execution import Execution
from core.position import Closed, Flipped, Increased, Opened, Position, Reduced, Trade, entry_type_of, fold
from core.values import EntryType, PositionSide
from tests.fills import at, execution, figures, prices


def open_after(*fills: Execution) -> Position:
    position, _ = fold(fills)
    assert position is not None
    return position


def closed_by(*fills: Execution) -> Trade:
    _, changes = fold(fills)
    change = changes[-1][1]
    assert isinstance(change, Closed | Flipped)
    return change.trade


def kinds(*fills: Execution) -> list[EntryType]:
    return [entry_type_of(change, each) for each, change in fold(fills)[1]]


def test_a_long_and_a_short_of_the_same_size_differ_only_in_sign() -> None:
    long = closed_by(execution(2, "100", 1), execution(-2, "101", 2))
    short = closed_by(execution(-2, "101", 1), execution(2, "100", 2))
    assert (long.side, long.points) == (PositionSide.LONG, Decimal(2))
    assert (short.side, short.points) == (PositionSide.SHORT, Decimal(2))
    assert (short.entry_price, short.exit_price) == (Decimal(101), Decimal(100))


def test_a_market_order_filled_one_and_two_is_one_entry() -> None:
    position = open_after(execution(1, "100", 1, order="A"), execution(2, "101", 2, order="A"))
    assert position.reentry_count == 0
    assert kinds(execution(1, "100", 1, order="A"), execution(2, "101", 2, order="A")) == [EntryType.INITIAL] * 2
    assert [leg.price for leg in position.legs] == [Decimal("100.66666667")]


def test_three_adds_of_the_same_size_are_three_reentries() -> None:
    fills = [execution(1, "100", n, order=f"O{n}") for n in (1, 2, 3, 4)]
    position = open_after(*fills)
    assert figures(position.reentry_count, position.qty) == (3, 4)
    assert kinds(*fills) == [EntryType.INITIAL] + [EntryType.REENTRY] * 3


def test_an_add_of_one_to_two_closes_nothing() -> None:
    _, changes = fold([execution(2, "100", 1), execution(1, "99", 2)])
    assert [type(change) for _, change in changes] == [Opened, Increased]


def test_fills_without_an_order_id_are_each_their_own_entry() -> None:
    assert open_after(execution(1, "100", 1), execution(1, "100", 2)).reentry_count == 1


def test_a_later_fill_of_the_opening_order_is_still_initial_after_another_add() -> None:
    fills = [execution(1, "100", n, order=order) for n, order in enumerate("ABA", start=1)]
    assert kinds(*fills) == [EntryType.INITIAL, EntryType.REENTRY, EntryType.INITIAL]
    assert open_after(*fills).reentry_count == 1


def test_a_partial_exit_keeps_the_average_and_books_what_it_made() -> None:
    position = open_after(execution(2, "100", 1), execution(1, "103", 2), execution(-1, "104", 3))
    assert figures(position.qty, position.peak_qty, position.opened_qty) == (2, 3, 3)
    assert position.entry_price == Decimal(101)
    assert position.realized_points == 3


def test_an_average_that_had_to_be_rounded_is_no_profit() -> None:
    position = open_after(execution(1, "100", 1), execution(1, "100", 2), execution(1, "100.25", 3))
    assert position.entry_price == Decimal("100.08333333")
    assert position.realized_points == 0


def test_largest_and_opened_quantity_differ_once_lots_were_given_back() -> None:
    script = [(2, 1), (-1, 2), (1, 3), (-2, 4)]
    trade = closed_by(*[execution(qty, "100", n) for qty, n in script])
    assert figures(trade.qty, trade.opened_qty) == (2, 3)


def test_a_reversal_closes_one_trade_and_opens_the_next() -> None:
    _, changes = fold([execution(1, "100", 1), execution(-3, "102", 2)])
    assert [type(change) for _, change in changes] == [Opened, Flipped]
    flip = changes[-1][1]
    assert isinstance(flip, Flipped)
    assert (flip.trade.id, flip.trade.points, flip.trade.exit_time) == (1, Decimal(2), at(2))
    assert figures(flip.position.trade_id, flip.position.qty, flip.position.entry_price) == (2, -2, Decimal(102))
    assert flip.position.side is PositionSide.SHORT
    assert flip.position.reentry_count == 0


def test_what_a_reversing_order_fills_later_belongs_to_the_entry_it_made() -> None:
    fills = [execution(1, "100", 1, order="A"), execution(-2, "101", 2, order="B"), execution(-1, "101", 3, order="B")]
    assert kinds(*fills) == [EntryType.INITIAL, EntryType.FLIP, EntryType.INITIAL]


def test_mae_with_adds_is_what_the_running_result_says() -> None:
    """The low was 100, the average entry 107.5, four lots were held: but never was the trade 30 points down."""
    trade = closed_by(
        execution(1, "100", 1),
        execution(3, "110", 2, seen=prices("100", "110")),
        execution(-4, "108", 3, seen=prices("108", "110")),
    )
    excursion = trade.excursion
    assert excursion is not None
    assert trade.entry_price == Decimal("107.5")
    assert figures(excursion.worst, excursion.best) == (0, 10)
    assert trade.points == 2
    assert figures(excursion.worst_points, excursion.best_points) == (0, 10)


def test_the_low_between_two_fills_counts_for_the_lots_held_then() -> None:
    fills = [
        execution(1, "100", 1),
        execution(9, "101", 2, seen=prices("90", "101")),
        execution(-10, "101", 3, seen=prices("100", "101")),
    ]
    excursion = closed_by(*fills).excursion
    assert excursion is not None
    assert figures(excursion.worst, excursion.worst_points) == (-10, -10)
    assert figures(excursion.prices.low, excursion.prices.high) == (90, 101)


def test_the_prices_before_the_first_fill_of_a_trade_are_not_its_own() -> None:
    excursion = closed_by(execution(1, "100", 1, seen=prices("50", "150")), execution(-1, "100", 2)).excursion
    assert excursion is not None
    assert figures(excursion.worst, excursion.best) == (0, 0)


def test_a_reduction_far_from_the_extremes_moves_no_extreme() -> None:
    excursion = open_after(
        execution(2, "100", 1), execution(-1, "101", 2, seen=prices("99", "105")), execution(1, "101", 3)
    ).excursion_now
    assert excursion is not None
    assert figures(excursion.worst, excursion.best) == (-2, 10)


def test_an_unknown_exit_price_leaves_the_entry_known_and_the_result_unknown() -> None:
    trade = closed_by(execution(1, "100", 1), execution(-1, None, 2))
    assert (trade.entry_price, trade.exit_price) == (Decimal(100), None)
    assert (trade.points, trade.excursion) == (None, None)


def test_an_unknown_entry_price_leaves_the_exit_known_and_the_result_unknown() -> None:
    trade = closed_by(execution(1, None, 1), execution(-1, "101", 2))
    assert (trade.entry_price, trade.exit_price) == (None, Decimal(101))
    assert (trade.points, trade.excursion) == (None, None)


def test_an_unknown_price_counts_its_quantity_at_once() -> None:
    position = open_after(execution(1, "100", 1), execution(2, None, 2))
    assert figures(position.qty, position.entry_price, position.realized_points) == (3, None, None)
    assert position.excursion_now is None


def test_the_trade_after_one_of_unknown_price_is_known_again() -> None:
    position, changes = fold([execution(1, None, 1), execution(-2, "101", 2)])
    assert isinstance(changes[-1][1], Flipped)
    assert position is not None
    assert position.entry_price == 101
    assert position.excursion_now is not None


def test_fractions_of_a_lot_add_up_exactly() -> None:
    tenth = Decimal("0.1")
    fills = [replace(execution(1, "100", n), qty=tenth) for n in range(1, 11)]
    position = open_after(*fills)
    assert position.qty == 1
    assert isinstance(fold([*fills, execution(-1, "100", 11)])[1][-1][1], Closed)


def test_what_is_taken_off_in_parts_reduces_until_the_last_lot_leaves() -> None:
    _, changes = fold([execution(3, "100", 1), *[execution(-1, "101", n) for n in (2, 3, 4)]])
    assert [type(change) for _, change in changes[1:]] == [Reduced, Reduced, Closed]


@pytest.mark.parametrize("qty", [1, -1])
def test_seeing_what_was_seen_changes_nothing(qty: int) -> None:
    position = open_after(execution(qty, "100", 1)).having_seen(prices("99", "101"))
    assert position.having_seen(prices("99.5", "100")) is position
