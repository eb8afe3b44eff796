"""Working orders against the position, as Panel 2 shows them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.order import OrderKind
from core.order_warnings import Severity
from core.snapshots import LedgerSnapshot, Publication
from core.values import Side
from panels.severity_mark import SeverityMark
from tests.doubts import order_of, with_orders
from tests.gui.conftest import Screen
from tests.published import LIVE, NOW, account, fill, ledger, position_of, quote, snapshot_of

Publish = Callable[[Publication], None]
SetClock = Callable[..., None]


def warnings(screen: Screen) -> list[str]:
    """The warnings in sight, the first one on top."""
    return [text for number in range(5) if (text := screen.text(f"order_warning_{number}")) is not None]


def open_long(qty: int = 3, minutes_ago: float = 5) -> LedgerSnapshot:
    return ledger(snapshot_of(position_of(fill(qty, "5050.00", minutes_ago))))


def test_no_stop_is_said_in_shape_colour_and_words(screen: Screen, publish: Publish) -> None:
    publish(open_long())
    assert warnings(screen) == ["No stop: LONG 3 is not covered"]
    row = screen.part("order_warning_row_0")
    assert row.property("severity") == Severity.WARNING
    assert screen.part("order_warning_0").accessibleName() == "warning: No stop: LONG 3 is not covered"


def test_a_stop_for_a_part_of_a_short_is_said(screen: Screen, publish: Publish) -> None:
    whole = ledger(snapshot_of(position_of(fill(-3, "5050.00"))))
    publish(with_orders(whole, order_of(Side.BUY, OrderKind.STOP, 1, "5060")))
    assert warnings(screen) == ["Stop covers 1 of 3"]


def test_a_covered_position_says_nothing(screen: Screen, publish: Publish) -> None:
    publish(with_orders(open_long(), order_of(Side.SELL, OrderKind.STOP, 3, "5045")))
    assert warnings(screen) == []
    assert not screen.part("order_warnings").isVisible()


def test_too_large_a_stop_is_the_worst(screen: Screen, publish: Publish) -> None:
    publish(with_orders(open_long(1), order_of(Side.SELL, OrderKind.STOP, 3, "5045")))
    assert warnings(screen) == ["Stop for 3, position is 1: it would reverse"]
    assert screen.part("order_warning_row_0").property("severity") == Severity.DANGER


def test_an_entry_order_while_flat_is_said_below_flat(screen: Screen, publish: Publish) -> None:
    publish(with_orders(ledger(), order_of(Side.BUY, OrderKind.LIMIT, 1, "5040.00")))
    assert screen.text("position_message_heading") == "Flat"
    assert warnings(screen) == ["MESZ26: Entry order working while flat: BUY limit 1 @ 5040.00"]


def test_another_symbol_is_named(screen: Screen, publish: Publish) -> None:
    other = snapshot_of(position_of(fill(-1, "17921.50", 60, symbol="MNQZ26")))
    whole = open_long()
    publish(
        with_orders(replace(whole, positions=(*whole.positions, other)), order_of(Side.SELL, OrderKind.STOP, 3, "5045"))
    )
    assert warnings(screen) == ["MNQZ26: No stop: SHORT 1 is not covered"]


def test_unknown_orders_are_said_instead_of_no_stop(screen: Screen, publish: Publish) -> None:
    unlisted = replace(account(), are_orders_listed=False)
    publish(ledger(snapshot_of(position_of(fill(3, "5050"))), accounts=(unlisted,)))
    assert warnings(screen) == ["Orders unknown: the broker has not listed them on this link"]


def test_no_stop_does_not_flash_between_a_fill_and_its_bracket(
    screen: Screen, publish: Publish, clock: SetClock
) -> None:
    publish(open_long(minutes_ago=0))
    assert warnings(screen) == []
    clock(seconds=1.9)
    screen.state.take_quotes({"MESZ26": quote(5050.0)})
    assert warnings(screen) == []
    clock(seconds=2.1)
    screen.state.take_quotes({})
    assert warnings(screen) == ["No stop: LONG 3 is not covered"]


def test_the_other_modes_orders_are_not_shown(screen: Screen, publish: Publish) -> None:
    whole = ledger(snapshot_of(position_of(fill(2, "5050"), at=LIVE)))
    publish(with_orders(whole, order_of(Side.SELL, OrderKind.STOP, 5, "5045", account="120005")))
    assert warnings(screen) == []
    screen.state.select(LIVE)
    assert warnings(screen) == ["Stop for 5, position is 2: it would reverse"]


def test_more_than_fit_are_counted(screen: Screen, publish: Publish) -> None:
    entries = [order_of(Side.BUY, OrderKind.LIMIT, 1, f"504{number}") for number in range(7)]
    publish(with_orders(ledger(), *entries))
    assert len(warnings(screen)) == 5
    assert screen.text("order_warnings_more") == "and 2 more"


@pytest.mark.parametrize("severity", list(Severity))
def test_each_severity_has_a_shape_of_its_own(screen: Screen, severity: Severity) -> None:
    marks = {each: SeverityMark(screen.window._theme) for each in Severity}
    for each, mark in marks.items():
        mark.render_severity(each)
    pictures = {each: mark.grab().toImage() for each, mark in marks.items()}
    silhouettes = {
        each: [image.pixelColor(x, 2) == image.pixelColor(0, 0) for x in range(16)] for each, image in pictures.items()
    }
    assert [each for each in Severity if silhouettes[each] == silhouettes[severity]] == [severity]


def test_a_leftover_has_time_to_be_taken_back(screen: Screen, publish: Publish, clock: SetClock) -> None:
    key = position_of(fill(1, "5050")).key
    left = order_of(Side.SELL, OrderKind.STOP, 1, "5045.00", trade_id=1)
    publish(with_orders(ledger(), left, flat_since=((key, NOW - timedelta(seconds=1)),)))
    assert warnings(screen) == []
    clock(seconds=5)
    screen.state.take_quotes({})
    assert warnings(screen) == [
        "MESZ26: Entry order working while flat: SELL stop 1 @ 5045.00, left from the last trade"
    ]
