"""What Panel 2 says, read from the screen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QFrame
from pytestqt.qtbot import QtBot

from core.position import Position
from core.snapshots import Publication
from tests.gui.conftest import Screen
from tests.published import LIVE, NOW, account, fill, ledger, position_of, quote, snapshot_of

Publish = Callable[[Publication], None]


@pytest.fixture
def long_3() -> Position:
    return position_of(
        fill(2, "5050.50", 7, order="a"), fill(1, "5049.75", 4, order="b"), low="5048.75", high="5055.00"
    )


def test_waiting_is_said_before_the_ledger_is_read(screen: Screen) -> None:
    assert screen.text("position_message_heading") == "Waiting"
    assert screen.text("position_message_detail") == "Reading the ledger"
    assert screen.text("verification_text") is None


def test_a_position_is_shown_as_published(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    screen.state.take_quotes({"MESZ26": quote(5053.75)})
    assert screen.text("position_side") == "LONG 3"
    assert screen.text("position_symbol") == "MESZ26"
    assert screen.text("position_entry") == "@ 5\N{NO-BREAK SPACE}050.25"
    assert screen.text("position_last") == "5\N{NO-BREAK SPACE}053.75"
    assert screen.text("position_open_pnl") == "+$52.50"
    assert screen.text("position_distance") == "+14 ticks · +3.50 pts"


def test_the_figures_of_a_position_are_shown(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    screen.state.take_quotes({"MESZ26": quote(5053.75)})
    names = ("in_trade", "captured", "mfe_to_mae", "mae", "mfe", "realised", "low", "high", "reentries")
    assert [screen.text(f"position_{name}") for name in names] == [
        "00:07:00",
        "74%",
        "3.17",
        "\N{MINUS SIGN}$22.50",
        "+$71.25",
        "$0.00",
        "5\N{NO-BREAK SPACE}048.75",
        "5\N{NO-BREAK SPACE}055.00",
        "1",
    ]


def test_a_losing_short_reads_minus_and_loss(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(-2, "5050.00")))))
    screen.state.take_quotes({"MESZ26": quote(5051.0)})
    assert screen.text("position_side") == "SHORT 2"
    assert screen.text("position_open_pnl") == "\N{MINUS SIGN}$10.00"
    assert screen.part("position_open_pnl").property("tone") == "loss"


def test_the_legs_are_listed(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    assert screen.text("legs_right_0") == "+2 @ 5\N{NO-BREAK SPACE}050.50"
    assert screen.text("legs_right_1") == "+1 @ 5\N{NO-BREAK SPACE}049.75"
    assert (screen.text("legs_left_1") or "").endswith("re-entry 1")


def test_a_verified_position_says_so_quietly(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    assert (screen.text("verification_text") or "").startswith("verified with broker")
    assert screen.part("position_panel").property("state") == "settled"


def test_an_unverified_position_cannot_be_missed(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3, is_verified=False)))
    assert (screen.text("verification_text") or "").startswith("unverified since")
    assert screen.part("verification").property("state") == "unverified"
    assert screen.part("position_panel").property("state") == "unverified"


def test_a_position_never_confirmed_says_so(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3, verified_at=None, is_verified=False)))
    assert screen.text("verification_text") == "unverified, never confirmed"


def test_flat_is_a_word(screen: Screen, publish: Publish) -> None:
    publish(ledger())
    assert screen.text("position_message_heading") == "Flat"
    assert screen.text("position_message_detail") == "The broker confirms that Sim1 holds nothing."
    assert screen.text("position_open_pnl") is None


def test_flat_can_be_unverified_too(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(account(is_verified=False),)))
    assert screen.text("position_message_heading") == "Flat"
    assert screen.text("verification_text") == "unverified, never confirmed"
    assert "not confirmed" in (screen.text("position_message_detail") or "")


def test_an_unknown_price_shows_no_figure(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(1, None)))))
    names = ("open_pnl", "last", "mae", "mfe", "captured", "mfe_to_mae", "realised", "low", "high")
    assert {screen.text(f"position_{name}") for name in names} == {"—"}
    assert screen.text("position_side") == "LONG 1"


def test_an_unknown_contract_shows_points_and_no_money(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(1, "5050.00"), low="5049.00", high="5052.00"), contract=None)))
    screen.state.take_quotes({"MESZ26": quote(5051.5)})
    assert screen.text("position_open_pnl") == "—"
    assert screen.text("position_realised") == "—"
    assert (screen.text("position_distance") or "").startswith("+1.5 pts")
    assert screen.text("position_mae") == "\N{MINUS SIGN}1 pts"
    assert not [text for text in screen.texts() if "$" in text and "51,284" not in text]


def test_other_open_symbols_are_all_visible(screen: Screen, publish: Publish, long_3: Position) -> None:
    other = position_of(fill(-1, "17921.50", 60, symbol="MNQZ26"))
    publish(ledger(snapshot_of(long_3), snapshot_of(other, None, None, is_verified=False)))
    assert screen.text("others_title") == "ALSO OPEN"
    assert screen.text("others_left_0") == "SHORT 1 MNQZ26 @ 17\N{NO-BREAK SPACE}921.5"
    assert screen.text("others_left_1") == "unverified, never confirmed"


def test_fills_being_ordered_are_said(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(replace(account(), fills_in_order=2),)))
    assert screen.text("fills_in_order") == "2 fills being ordered"
    publish(ledger(revision=2))
    assert screen.text("fills_in_order") is None


def test_fills_not_understood_are_said(screen: Screen, publish: Publish) -> None:
    publish(ledger(accounts=(replace(account(is_verified=False), fills_not_understood=1),)))
    assert screen.text("fills_not_understood") == "1 fill not understood"
    publish(ledger(revision=2))
    assert screen.text("fills_not_understood") is None


def test_an_older_revision_is_ignored(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3), revision=7))
    publish(ledger(revision=6))
    assert screen.text("position_side") == "LONG 3"


def test_the_same_snapshot_changes_nothing_twice(
    qtbot: QtBot, screen: Screen, publish: Publish, long_3: Position
) -> None:
    publish(ledger(snapshot_of(long_3)))
    with qtbot.assertNotEmitted(screen.state.position_changed), qtbot.assertNotEmitted(screen.state.account_changed):
        publish(ledger(snapshot_of(long_3)))


def test_time_in_trade_runs_on_with_the_exchange(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    screen.state.take_quotes({"MESZ26": quote(5053.75, NOW + timedelta(hours=30))})
    assert screen.text("position_in_trade") == "30:07:00"


def test_the_heat_bar_can_be_heard(screen: Screen, publish: Publish, long_3: Position) -> None:
    publish(ledger(snapshot_of(long_3)))
    screen.state.take_quotes({"MESZ26": quote(5053.75)})
    spoken = screen.part("heat_bar").accessibleName().replace("\N{NO-BREAK SPACE}", "")
    assert spoken == "Heat bar: MAE \N{MINUS SIGN}$22.50, entry 5050.25, price 5053.75, MFE +$71.25"


def test_a_name_from_outside_is_never_markup(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(1, "1", symbol="<b>X</b>")))))
    assert screen.text("position_symbol") == "<b>X</b>"


def test_a_position_of_the_other_mode_is_announced_not_shown(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(2, "5050.00"), at=LIVE))))
    assert screen.text("position_message_heading") == "Flat"
    assert screen.text("hidden_position_0") == "LIVE 120005: LONG 2 MESZ26 still open"


def test_many_legs_scroll_instead_of_being_cut(screen: Screen, publish: Publish) -> None:
    fills = [fill(1, "5050.00", 60 - number, order=f"o{number}") for number in range(40)]
    publish(ledger(snapshot_of(position_of(*fills))))
    assert screen.text("legs_right_39") is not None
    assert screen.part("position_panel").height() < screen.window.height()
    assert isinstance(screen.part("position_panel"), QFrame)
