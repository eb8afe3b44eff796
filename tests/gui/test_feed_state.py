"""How prices flow, as the trader reads it: source, lag, age, and what to do about it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QLabel

from core.feed import FeedSource, FeedState, FeedStatus
from core.snapshots import Publication
from panels import formats
from tests.gui.conftest import Screen
from tests.published import NOW, fill, ledger, position_of, quote, snapshot_of

Publish = Callable[[Publication], None]
_LONG = snapshot_of(position_of(fill(2, "5050.50"), low="5048.75", high="5054.50"))
_OTHER = snapshot_of(position_of(fill(1, "21000.00", 9, symbol="MNQZ26")))


def status(state: FeedState, source: FeedSource | None = FeedSource.SCID, symbol: str = "MESZ26") -> FeedStatus:
    return FeedStatus(symbol, source, state, f"{state} is so.", newest_at=NOW - timedelta(minutes=1))


@pytest.fixture
def held(screen: Screen, publish: Publish) -> Screen:
    """A position with a price."""
    publish(ledger(_LONG, _OTHER))
    screen.state.take_quotes({"MESZ26": quote(5053.75, NOW - timedelta(minutes=1)), "MNQZ26": quote(21004.0)})
    return screen


def test_without_a_feed_there_is_nothing_to_say(held: Screen) -> None:
    assert held.text("feed_word") is None
    assert held.text("position_price_note") == ""


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (FeedState.LIVE, "Prices .scid · 0.4 s behind"),
        (FeedState.RESTING, "Prices .scid · market closed"),
        (FeedState.LAGGING, "Prices .scid · 0.4 s behind"),
        (FeedState.WAITING, "Prices .scid · none yet"),
        (FeedState.UNCONFIRMED, "Prices .scid · scale unconfirmed"),
        (FeedState.STALE, "Prices .scid · stale since {at}"),
        (FeedState.NO_FILE, "No prices · .scid file missing"),
        (FeedState.NO_FOLDER, "No prices · Data folder unknown"),
    ],
)
def test_every_state_has_its_words(held: Screen, publish: Publish, feed: FeedState, words: str) -> None:
    publish(replace(status(feed), lag_us=400_000))
    assert held.text("feed_word") == words.format(at=formats.moment(NOW - timedelta(minutes=1)))
    label = held.part("feed_word")
    assert isinstance(label, QLabel)
    assert label.toolTip() == f"MESZ26: {feed} is so."


def test_over_dtc_a_tenth_of_a_second_is_not_worth_a_word(held: Screen, publish: Publish) -> None:
    publish(replace(status(FeedState.LIVE, FeedSource.DTC), lag_us=100_000))
    assert held.text("feed_word") == "Prices DTC"
    publish(replace(status(FeedState.LIVE, FeedSource.DTC), lag_us=12_300_000))
    assert held.text("feed_word") == "Prices DTC · 12 s behind"


@pytest.mark.parametrize("feed", [FeedState.WAITING, FeedState.STALE, FeedState.NO_FILE, FeedState.NO_FOLDER])
def test_an_old_price_is_dimmed_and_has_its_time(held: Screen, publish: Publish, feed: FeedState) -> None:
    publish(status(feed))
    assert held.text("position_last") == formats.price(Decimal("5053.75"), Decimal("0.25"))
    assert held.text("position_price_note") == f"last price {formats.moment(NOW - timedelta(minutes=1))}"
    assert held.part("position_last").property("state") == "old"
    publish(status(FeedState.LIVE))
    assert held.text("position_price_note") == ""
    assert held.part("position_last").property("state") == "new"


def test_an_unconfirmed_price_is_marked_and_nothing_is_reckoned_with_it(held: Screen, publish: Publish) -> None:
    publish(status(FeedState.UNCONFIRMED))
    held.state.take_quotes({"MESZ26": quote(505375.0)._replace(is_confirmed=False)})
    assert held.text("position_last") == "505\N{NO-BREAK SPACE}375.00 ?"
    assert held.text("position_price_note") == "scale unconfirmed"
    assert held.text("position_open_pnl") == formats.UNKNOWN
    assert held.text("position_mfe") == "+$40.00"
    assert "no known price has confirmed its scale" in held.part("position_last").toolTip()


def test_each_open_symbol_says_for_itself_that_its_price_is_old(held: Screen, publish: Publish) -> None:
    publish(status(FeedState.LIVE))
    publish(status(FeedState.STALE, symbol="MNQZ26"))
    assert held.text("position_price_note") == ""
    assert any(f"last price {formats.moment(NOW)}" in text for text in held.texts())
    label = held.part("feed_word")
    assert isinstance(label, QLabel)
    assert label.text().startswith("Prices .scid")
    assert "MNQZ26: stale is so." in label.toolTip()


def test_flat_the_worst_of_all_feeds_is_told(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    publish(status(FeedState.LIVE))
    publish(status(FeedState.STALE, symbol="MNQZ26"))
    assert "stale since" in (screen.text("feed_word") or "")


def test_the_feed_in_view_follows_the_position_in_view(held: Screen, publish: Publish) -> None:
    publish(status(FeedState.LIVE))
    publish(status(FeedState.NO_FILE, symbol="MNQZ26"))
    publish(ledger(_OTHER, revision=2))
    assert held.text("feed_word") == "No prices · .scid file missing"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.0, "59 s"), (119.0, "119 s"), (180.0, "3 min"), (9000.0, "2 h")],
)
def test_a_lag_is_the_finer_the_smaller(seconds: float, text: str) -> None:
    assert formats.lag(seconds) == text


def test_a_recorded_price_of_an_hour_ago_does_not_set_the_clock(screen: Screen, publish: Publish) -> None:
    publish(ledger(_LONG))
    screen.state.take_quotes({"MESZ26": quote(5053.75, NOW - timedelta(hours=1))._replace(is_recorded=True)})
    assert screen.text("position_in_trade") == "00:05:00"


def test_the_heat_bar_says_nothing_of_an_unconfirmed_price(held: Screen) -> None:
    before = held.part("heat_bar").accessibleName()
    held.state.take_quotes({"MESZ26": quote(505375.0)._replace(is_confirmed=False)})
    said = held.part("heat_bar").accessibleName()
    assert said != before
    assert "505" not in said
