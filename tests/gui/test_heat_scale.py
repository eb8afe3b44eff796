"""The heat bar keeps one true price scale."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.position import Position
from core.views import OpenView, open_view
from panels.heat_scale import HeatMarks, heat_marks
from tests.published import NOW, fill, position_of, quote, snapshot_of


def see(position: Position, price: float | None) -> OpenView:
    return open_view(snapshot_of(position), None if price is None else quote(price), NOW)


def marks_of(view: OpenView) -> HeatMarks:
    marks = heat_marks(view)
    assert marks is not None
    return marks


def test_distances_on_the_bar_are_distances_in_price() -> None:
    marks = marks_of(see(position_of(fill(1, "5000.00"), low="4998.00", high="5006.00"), 5004.0))
    assert marks.last is not None
    one_point = (marks.best - marks.worst) / 8
    assert marks.entry - marks.worst == pytest.approx(2 * one_point)
    assert marks.last - marks.entry == pytest.approx(4 * one_point)


def test_in_favour_is_to_the_right_for_a_short_too() -> None:
    marks = marks_of(see(position_of(fill(-1, "5000.00"), low="4994.00", high="5002.00"), 4996.0))
    assert marks.last is not None
    assert marks.worst < marks.entry < marks.last < marks.best


def test_everything_stays_on_the_bar() -> None:
    marks = marks_of(see(position_of(fill(1, "5000.00"), low="4000.00", high="5000.00"), 5000.0))
    assert marks.worst > 0
    assert marks.best < 1
    assert marks.best == pytest.approx(marks.entry)


def test_a_trade_just_opened_does_not_fill_the_bar() -> None:
    marks = marks_of(see(position_of(fill(1, "5000.00")), 5000.25))
    assert marks.best - marks.entry < 0.2


def test_without_a_price_there_is_no_price_mark() -> None:
    assert marks_of(see(position_of(fill(1, "5000.00")), None)).last is None


def test_unknown_prices_leave_the_bar_empty() -> None:
    assert heat_marks(see(position_of(fill(1, None)), 5000.0)) is None


def test_a_price_of_zero_needs_no_contract() -> None:
    view = open_view(snapshot_of(position_of(fill(1, "0")), contract=None), None, NOW)
    assert heat_marks(view) is not None
    assert view.entry_price == Decimal(0)


def test_stop_and_target_lie_on_the_same_scale() -> None:
    view = replace(see(position_of(fill(1, "5000.00"), low="4998.00", high="5002.00"), 5001.0), stop=Decimal(4996))
    marks = marks_of(replace(view, target=Decimal(5008)))
    assert marks.stop is not None
    assert marks.target is not None
    assert 0 < marks.stop < marks.worst < marks.entry < marks.best < marks.target < 1
    one_point = (marks.target - marks.stop) / 12
    assert marks.entry - marks.stop == pytest.approx(4 * one_point)
    assert marks.worst - marks.stop == pytest.approx(2 * one_point)


def test_a_stop_beyond_the_entry_is_on_the_favourable_side() -> None:
    view = replace(see(position_of(fill(-1, "5000.00"), low="4990.00", high="5001.00"), 4992.0), stop=Decimal(4996))
    marks = marks_of(view)
    assert marks.stop is not None
    assert marks.entry < marks.stop < marks.best
    assert marks.target is None
