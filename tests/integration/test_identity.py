"""Live fills and back-filled ones are told apart or brought together by what they say, whatever their ids."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from core.facts import AccountsListed, Fill
from core.order import OrderKind, OrderReported, OrderState
from core.values import Source
from data.audit import audit
from tests.fills import at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, position_in

DATABASES = ON_BOTH

SECOND = 1_000_000


def past(qty: int, price: str | None, number: float, *, id: str, order: str | None = None) -> Fill:  # noqa: A002  # it is the fill's id
    """As a back-fill tells it: in whole seconds, under an id of its own."""
    told = fill(qty, price, number, id=id, order=order, source=Source.REPLAY)
    return replace(told, occurred_at=at(int(number)), resolution_us=SECOND)


def test_a_back_filled_fill_under_another_id_is_the_live_one_and_its_row_keeps_both(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10.7, id="live-1", order="A"))
    ledger.handle(listed(past(1, "5000.00", 10.7, id="past-1", order="A")))
    assert position_in(ledger.snapshot()).position.qty == 1
    assert books.rows("SELECT execution_id, alternate_id FROM execution")[0][:] == ("live-1", "past-1")


def test_what_comes_again_under_either_id_is_a_duplicate(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10.7, id="live-1", order="A"))
    again = listed(past(1, "5000.00", 10.7, id="past-1", order="A"))
    ledger.handle(again)
    reopened = books.reopen()
    revision = reopened.snapshot().revision
    assert reopened.handle(again) is None
    assert reopened.handle(fill(1, "5000.00", 10.7, id="past-1", order="A")) is None
    assert reopened.handle(fill(1, "5000.00", 10.7, id="live-1", order="A")) is None
    assert figures(reopened.snapshot().revision, reopened.snapshot().duplicate_count) == (revision, 3)


@pytest.mark.parametrize(
    "other",
    [
        past(1, "5000.00", 10, id="P", order="B"),
        past(-1, "5000.00", 10, id="P", order="A"),
        past(2, "5000.00", 10, id="P", order="A"),
        past(1, "5000.25", 10, id="P", order="A"),
        past(1, "5000.00", 12, id="P", order="A"),
    ],
    ids=["order", "side", "quantity", "price", "time"],
)
def test_a_back_filled_fill_that_differs_in_anything_is_booked(books: Books, other: Fill) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10.5, id="L", order="A"))
    ledger.handle(listed(other))
    assert books.value("SELECT count(*) FROM execution") == 2


def test_two_equal_fills_match_two_and_the_third_is_new(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 10.1, id="L1", order="A"), fill(1, "5000.00", 10.2, id="L2", order="A")])
    ledger.handle(listed(*[past(1, "5000.00", 10, id=f"P{n}", order="A") for n in range(3)]))
    assert position_in(ledger.snapshot()).position.qty == 3
    pairs = {row[:] for row in books.rows("SELECT execution_id, alternate_id FROM execution")}
    assert pairs == {("L1", "P0"), ("L2", "P1"), ("P2", None)}


def test_a_live_fill_that_the_back_fill_names_by_its_own_id_is_no_match_for_another(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10.5, id="E2", order="A"))
    ledger.handle(listed(past(1, "5000.00", 10, id="E1", order="A"), past(1, "5000.00", 10, id="E2", order="A")))
    assert position_in(ledger.snapshot()).position.qty == 2


def test_nor_is_one_that_the_back_fill_repeats_word_for_word(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10, id="E2", order="A"))
    twins = [fill(1, "5000.00", 10, id=name, order="A", source=Source.REPLAY) for name in ("E1", "E2")]
    ledger.handle(listed(*twins))
    assert position_in(ledger.snapshot()).position.qty == 2


def test_live_fills_that_arrive_before_their_back_fill_are_matched_and_folded_once(books: Books) -> None:
    ledger = books.open()
    handle_all(ledger, [LINK_UP, AccountsListed(("Sim1",)), fill(1, "5000.00", 10.5, id="L", order="A")])
    ledger.handle(listed(past(2, "4999.00", 5, id="P0", order="Z"), past(1, "5000.00", 10, id="P1", order="A")))
    position = position_in(ledger.snapshot()).position
    assert figures(position.qty, position.reentry_count) == (3, 1)
    assert audit(books.place) == []


def test_equal_fills_without_any_id_are_counted_not_merged(books: Books) -> None:
    """Two in the listing, one booked: one is new."""
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 10.5, id="~A:3", order="A"))
    twins = listed(past(1, "5000.00", 10, id="~A:1", order="A"), past(1, "5000.00", 10, id="~A:2", order="A"))
    ledger.handle(twins)
    assert position_in(ledger.snapshot()).position.qty == 2
    assert ledger.handle(twins) is None
    assert "id_reused" not in books.events()


def test_twins_whose_own_ids_are_the_same_are_two(books: Books) -> None:
    ledger = books.begin("Sim1")
    twin = past(1, "5000.00", 10, id="~MES:10:BUY:1:5000", order="")
    ledger.handle(listed(twin, twin))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert ledger.handle(listed(twin, twin)) is None


@pytest.mark.parametrize(
    "again",
    [
        replace(fill(1, "5000.00", 1), price=Decimal("5000.0002")),
        replace(fill(1, "5000.00", 1), occurred_at=at(0), resolution_us=SECOND),
    ],
    ids=["float noise", "whole seconds"],
)
def test_noise_makes_no_other_fill(books: Books, again: Fill) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(fill(1, "5000.00", 1))
    assert ledger.handle(again) is None


def test_a_time_rounded_over_midnight_makes_no_other_fill(books: Books) -> None:
    ledger = books.begin("Sim1")
    midnight = at(0).replace(hour=0, minute=0) + timedelta(days=1)
    late = replace(fill(1, "5000.00"), occurred_at=midnight - timedelta(milliseconds=300))
    ledger.handle(late)
    assert ledger.handle(replace(late, occurred_at=midnight, resolution_us=SECOND)) is None


def test_a_price_that_only_the_back_fill_knows_is_filled_in(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, None, 10.5, id="L", order="A"), fill(-1, "5002.00", 20)])
    ledger.handle(listed(past(1, "5000.00", 10, id="P", order="A")))
    assert books.rows("SELECT entry_price, realized_pnl FROM traderecord")[0][:] == (5000, 10)
    assert books.events()[-1] == "amended"
    assert audit(books.place) == []
    assert position_count(books) == 0


def position_count(books: Books) -> object:
    return books.value("SELECT count(*) FROM openposition")


def test_simulator_ids_that_start_over_are_booked_under_a_suffix_whole_listings_at_a_time(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(listed(*[past(1 if n % 2 else -1, "5000.00", n, id=f"S{n}") for n in range(1, 41)]))
    tomorrow = [past(1 if n % 2 else -1, "5100.00", 86_400 + n, id=f"S{n}") for n in range(1, 41)]
    ledger.handle(listed(*tomorrow))
    assert (
        books.value("SELECT count(*) FROM execution WHERE substr(execution_id, length(execution_id) - 1) = '#2'") == 40
    )
    assert books.events().count("id_reused") == 40
    assert ledger.handle(listed(*tomorrow)) is None


def of_order(told: Fill, filled: int) -> Fill:
    """With the order's report that came with it: so much of it is filled now."""
    order = OrderReported(
        account=told.account,
        order_id=told.order_id,
        symbol=told.symbol,
        wire_symbol=told.wire_symbol,
        at=told.occurred_at,
        state=OrderState.WORKING,
        side=told.side,
        kind=OrderKind.LIMIT,
        limit=told.price,
        filled_qty=Decimal(filled),
    )
    return replace(told, order=order)


def ids(books: Books) -> list[tuple[object, ...]]:
    return [row[:] for row in books.rows("SELECT execution_id, alternate_id FROM execution ORDER BY execution_id")]


def test_a_live_fill_behind_its_back_fill_is_the_back_filled_one(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(listed(past(1, "5000.00", 10.7, id="past-1", order="A")))
    live = of_order(fill(1, "5000.00", 10.7, id="live-1", order="A"), filled=1)
    ledger.handle(live)
    assert position_in(ledger.snapshot()).position.qty == 1
    assert ids(books) == [("past-1", "live-1")]
    assert books.reopen().handle(live) is None
    assert audit(books.place) == []


def test_the_next_fill_of_the_order_is_new_though_nothing_tells_it_from_the_one_before(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(listed(past(1, "5000.00", 10, id="P1", order="A")))
    ledger.handle(of_order(fill(1, "5000.00", 10.7, id="L2", order="A"), filled=2))
    assert ids(books) == [("L2", None), ("P1", None)]
    ledger.handle(of_order(fill(1, "5000.00", 10.6, id="L1", order="A"), filled=1))
    assert ids(books) == [("L2", None), ("P1", "L1")]


def test_without_the_order_s_own_word_a_live_fill_is_booked_as_it_is_told(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(listed(past(1, "5000.00", 10, id="P1", order="A")))
    ledger.handle(fill(1, "5000.00", 10.7, id="L1", order="A"))
    assert position_in(ledger.snapshot()).position.qty == 2


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("story", sorted(set(permutations(["L1", "L2", "past", "past"]))))
def test_two_equal_fills_of_one_order_are_two_rows_in_whatever_order_they_come(
    books: Books, story: tuple[str, ...], *, is_restarted: bool
) -> None:
    """Live 1 and 1, and a back-fill that tells of as many as have happened by then."""
    live = {"L1": of_order(fill(1, "5000.00", 10.2, id="L1", order="A"), filled=1)}
    live["L2"] = of_order(fill(1, "5000.00", 10.7, id="L2", order="A"), filled=2)
    twins = [past(1, "5000.00", 10, id=name, order="A") for name in ("P1", "P2")]
    ledger = books.begin("Sim1")
    for number, step in enumerate(story):
        happened = 2 if "L2" in story[:number] else 1
        ledger.handle(listed(*twins[:happened]) if step == "past" else live[step])
        if is_restarted:
            ledger = books.reopen()
    ledger.handle(listed(*twins))
    assert position_in(ledger.snapshot()).position.qty == 2
    assert audit(books.place) == []
    assert {name for pair in ids(books) for name in pair} >= {"P1", "P2"}
