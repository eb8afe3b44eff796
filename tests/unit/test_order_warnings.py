"""Working orders held against a position, or against flat."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.order import Order, OrderKind, OrderState
from core.order_warnings import Concern, OrderWarning, Severity, Standing, account_warnings, order_warnings
from core.snapshots import LedgerSnapshot
from core.values import PositionSide, Side
from tests.doubts import order_of, with_orders
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, snapshot_of

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
ABSENCE = {Concern.NO_STOP, Concern.STOP_TOO_SMALL, Concern.STOP_ON_WRONG_SIDE}


def stop(qty: int | None, price: str = "5045.00", side: Side = Side.SELL, **fields: Any) -> Order:
    return order_of(side, OrderKind.STOP, qty, price, **fields)


def target(qty: int, price: str = "5060.00", side: Side = Side.SELL, **fields: Any) -> Order:
    return order_of(side, OrderKind.LIMIT, qty, price, **fields)


def texts(qty: int, *orders: Order, are_listed: bool = True, seconds_ago: float | None = None) -> list[str]:
    return [each.text for each in _warnings(qty, *orders, are_listed=are_listed, seconds_ago=seconds_ago)]


def concerns(qty: int, *orders: Order, are_listed: bool = True) -> set[Concern]:
    return {each.concern for each in _warnings(qty, *orders, are_listed=are_listed)}


def test_a_position_without_a_stop_says_so() -> None:
    assert texts(3) == ["No stop: LONG 3 is not covered"]
    assert texts(-2, target(2, "5040", Side.BUY)) == ["No stop: SHORT 2 is not covered"]


def test_a_stop_for_a_part_says_for_how_much() -> None:
    assert texts(3, stop(1)) == ["Stop covers 1 of 3"]
    assert texts(-3, stop(2, side=Side.BUY)) == ["Stop covers 2 of 3"]


def test_a_covered_position_says_nothing() -> None:
    assert texts(3, stop(1), stop(2, "5044"), target(3)) == []


def test_a_stop_for_more_than_is_held_would_reverse() -> None:
    assert texts(1, stop(3)) == ["Stop for 3, position is 1: it would reverse"]
    assert _warnings(1, stop(3))[0].severity is Severity.DANGER


def test_a_target_for_more_than_is_held_is_said() -> None:
    assert texts(1, stop(1), target(2), target(1, "5070")) == ["Target for 3, position is 1"]


def test_what_is_filled_of_an_order_covers_no_more() -> None:
    assert texts(3, stop(3, filled_qty=Decimal(2))) == ["Stop covers 1 of 3"]


@pytest.mark.parametrize("state", [OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.GONE])
def test_an_order_that_is_done_covers_nothing(state: OrderState) -> None:
    assert concerns(1, stop(1, state=state)) == {Concern.NO_STOP}


def test_two_stops_that_cancel_each_other_count_once() -> None:
    pair = (stop(2, "5045", order_id="A", linked_id="B"), stop(2, "5040", order_id="B"))
    for orders in permutations(pair):
        assert texts(2, *orders) == []
    assert texts(4, *pair) == ["Stop covers 2 of 4"]


def test_a_stop_linked_to_its_target_counts_as_itself() -> None:
    linked = (stop(2, order_id="S", linked_id="T"), target(2, order_id="T", linked_id="S"))
    assert texts(2, *linked) == []


def test_pending_children_of_an_unfilled_parent_cover_nothing() -> None:
    parent = target(2, "5040", Side.BUY, order_id="P")
    child = stop(2, state=OrderState.PENDING_CHILD, parent_id="P")
    assert concerns(1, parent, child) == {Concern.NO_STOP}
    partly = replace(parent, filled_qty=Decimal(1))
    assert texts(1, partly, child) == []
    assert texts(2, child) == []


def test_a_stop_of_unknown_size_is_said() -> None:
    assert texts(2, stop(None)) == ["A stop of unknown size for 2"]


def test_a_stop_on_the_wrong_side_of_an_uncovered_position_is_said() -> None:
    wrong = stop(1, "5040.00", Side.SELL)
    assert texts(-1, wrong) == [
        "Stop on the wrong side: SELL stop 1 @ 5040.00 would add to SHORT 1",
        "No stop: SHORT 1 is not covered",
    ]
    assert texts(-1, wrong, stop(1, "5060", Side.BUY)) == []


def test_an_entry_with_a_bracket_of_its_own_is_meant() -> None:
    entry = stop(1, "5060", Side.BUY, order_id="E")
    child = stop(1, "5050", state=OrderState.PENDING_CHILD, parent_id="E")
    assert concerns(1, entry, child) == {Concern.NO_STOP}


def test_an_entry_order_while_flat_is_noted() -> None:
    (warning,) = _warnings(0, target(1, "5040.00", Side.BUY))
    assert warning.text == "Entry order working while flat: BUY limit 1 @ 5040.00"
    assert warning.severity is Severity.NOTE


def test_an_order_left_from_the_last_trade_is_worse() -> None:
    (warning,) = _warnings(0, stop(2, "5047.50", trade_id=4))
    assert warning.text == "Entry order working while flat: SELL stop 2 @ 5047.50, left from the last trade"
    assert warning.severity is Severity.WARNING


def test_a_bracket_of_a_working_parent_is_part_of_it() -> None:
    parent = target(1, "5040", Side.BUY, order_id="P")
    children = (
        stop(1, "5035", state=OrderState.PENDING_CHILD, parent_id="P"),
        target(1, state=OrderState.PENDING_CHILD, parent_id="P"),
    )
    assert len(texts(0, parent, *children)) == 1
    assert len(texts(0, *children)) == 2


def test_an_order_just_sent_while_flat_may_fill_first() -> None:
    just_now = NOW - timedelta(seconds=1)
    assert texts(0, order_of(Side.BUY, OrderKind.MARKET, 1, first_seen_at=just_now)) == []


def test_nothing_is_said_while_orders_follow_a_fill() -> None:
    assert texts(1, seconds_ago=1.9) == []
    assert texts(1, seconds_ago=-1) == []
    assert texts(1, seconds_ago=2.1) == ["No stop: LONG 1 is not covered"]
    assert texts(0, stop(1, trade_id=1), seconds_ago=1) == []


def test_what_is_missing_proves_nothing_while_orders_are_unknown() -> None:
    assert texts(3, are_listed=False) == []
    assert texts(3, stop(1), are_listed=False) == []
    assert concerns(1, stop(3), are_listed=False) == {Concern.STOP_TOO_LARGE}


def test_an_account_whose_orders_are_unknown_says_so_once() -> None:
    unknown = replace(account(), are_orders_listed=False)
    whole = ledger(snapshot_of(position_of(fill(1, "5050"))), accounts=(unknown,))
    assert [each.text for each in account_warnings(whole, unknown, NOW)] == [
        "Orders unknown: the broker has not listed them on this link"
    ]


def test_orders_of_another_account_or_symbol_cover_nothing() -> None:
    whole = ledger(snapshot_of(position_of(fill(1, "5050"))))
    whole = with_orders(whole, stop(1, account="120005"), stop(1, "17900", symbol="MNQZ26"))
    assert [(each.symbol, each.concern) for each in _of_sim(whole)] == [
        ("MESZ26", Concern.NO_STOP),
        ("MNQZ26", Concern.ENTRY_WHILE_FLAT),
    ]
    assert account_warnings(whole, account(LIVE), NOW)[0].symbol == "MESZ26"


def test_orders_have_time_to_be_taken_back_after_a_close() -> None:
    whole = with_orders(ledger(), stop(1, trade_id=1))
    key = position_of(fill(1, "5050")).key
    assert _of_sim(replace(whole, flat_since=((key, NOW - timedelta(seconds=1)),))) == ()
    assert [each.concern for each in _of_sim(replace(whole, flat_since=((key, NOW - timedelta(seconds=3)),)))] == [
        Concern.LEFT_WHILE_FLAT
    ]


_LOTS = st.integers(1, 6)
_STATES = st.sampled_from(list(OrderState))


def _other_than(name: str, names: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *(other for other in names if other != name)])


@st.composite
def _orders(draw: st.DrawFn) -> tuple[Order, ...]:
    kinds = st.sampled_from([OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.LIMIT, OrderKind.MARKET])
    count = draw(st.integers(0, 5))
    names = [f"O{number}" for number in range(count)]
    return tuple(
        order_of(
            draw(st.sampled_from(list(Side))),
            draw(kinds),
            draw(_LOTS),
            "5050",
            order_id=name,
            state=draw(_STATES),
            linked_id=draw(_other_than(name, names)),
            parent_id=draw(_other_than(name, names)),
            trade_id=draw(st.sampled_from([None, 1])),
        )
        for name in names
    )


@given(_orders(), st.integers(-4, 4))
def test_the_order_in_which_orders_are_told_cannot_matter(orders: tuple[Order, ...], qty: int) -> None:
    assert set(texts(qty, *orders)) == set(texts(qty, *reversed(orders)))


@given(_orders(), st.integers(1, 4))
def test_long_and_short_are_mirrors(orders: tuple[Order, ...], qty: int) -> None:
    other = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}
    mirrored = [replace(order, side=other[order.side]) for order in orders]
    assert concerns(qty, *orders) == concerns(-qty, *mirrored)


@given(_orders(), st.integers(-4, 4))
def test_what_is_done_changes_nothing(orders: tuple[Order, ...], qty: int) -> None:
    at_work = [order for order in orders if order.is_at_work]
    assert texts(qty, *orders) == texts(qty, *at_work)


@given(_orders(), st.integers(-4, 4).filter(bool))
def test_absence_is_never_claimed_of_orders_that_were_not_listed(orders: tuple[Order, ...], qty: int) -> None:
    assert not concerns(qty, *orders, are_listed=False) & ABSENCE


@given(st.lists(_LOTS, max_size=4), _LOTS)
def test_stops_that_stand_alone_cover_their_sum(sizes: list[int], held: int) -> None:
    orders = [stop(size, order_id=f"S{number}") for number, size in enumerate(sizes)]
    covered = sum(sizes)
    expected = {
        Concern.NO_STOP: covered == 0,
        Concern.STOP_TOO_SMALL: 0 < covered < held,
        Concern.STOP_TOO_LARGE: covered > held,
    }
    assert concerns(held, *orders) == {concern for concern, is_so in expected.items() if is_so}


@given(_orders(), st.integers(-4, 4))
def test_the_worst_comes_first(orders: tuple[Order, ...], qty: int) -> None:
    ranks = [list(Severity).index(each.severity) for each in _warnings(qty, *orders)]
    assert ranks == sorted(ranks, reverse=True)


def _warnings(
    qty: int, *orders: Order, are_listed: bool = True, seconds_ago: float | None = None
) -> tuple[OrderWarning, ...]:
    changed_at = None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago)
    return order_warnings(Standing("MESZ26", Decimal(qty), orders, changed_at, are_listed), NOW)


def _of_sim(whole: LedgerSnapshot) -> tuple[OrderWarning, ...]:
    return account_warnings(whole, next(each for each in whole.accounts if each.account == SIM.account), NOW)
