"""A crash or a cut with a position open: afterwards the window is right about it, or says that it cannot know."""

from itertools import product
from typing import Any

import pytest

from app.cli import main
from data.practice.listing import LIVE_ACCOUNT, SIM_ACCOUNT
from tests.e2e.conftest import Desk
from tests.e2e.meanwhile import ACCOUNTS, Held, SideName, assert_screen_is_ledger, look_at, words_for

_MEANWHILES = ("does nothing", "closes", "adds", "reverses")
# Which question each quirk leaves without an answer.
_WITH_ALL_ANSWERS, _WITHOUT_FILLS, _WITHOUT_POSITIONS, _WITHOUT_ANY = "", "refuse-history", "no-positions", "silent"
_ANSWERS = (_WITH_ALL_ANSWERS, _WITHOUT_FILLS, _WITHOUT_POSITIONS, _WITHOUT_ANY)
_SIDES: tuple[SideName, ...] = ("BUY", "SELL")

_IN_SUITE: tuple[tuple[str, str, str, SideName], ...] = (
    ("does nothing", _WITH_ALL_ANSWERS, SIM_ACCOUNT, "BUY"),
    ("closes", _WITH_ALL_ANSWERS, LIVE_ACCOUNT, "SELL"),
    ("adds", _WITH_ALL_ANSWERS, LIVE_ACCOUNT, "BUY"),
    ("reverses", _WITH_ALL_ANSWERS, SIM_ACCOUNT, "SELL"),
    ("closes", _WITHOUT_FILLS, SIM_ACCOUNT, "BUY"),
    ("adds", _WITHOUT_FILLS, SIM_ACCOUNT, "SELL"),
    ("reverses", _WITHOUT_FILLS, LIVE_ACCOUNT, "BUY"),
    ("closes", _WITHOUT_POSITIONS, SIM_ACCOUNT, "SELL"),
    ("closes", _WITHOUT_ANY, LIVE_ACCOUNT, "BUY"),
)


@pytest.mark.parametrize(("meanwhile", "answers", "account", "side"), _IN_SUITE)
def test_after_a_kill_the_window_is_right_or_says_that_it_cannot_know(
    desk: Desk, meanwhile: str, answers: str, account: str, side: SideName
) -> None:
    _kill_and_start_again(desk, Held(account, side), meanwhile, answers)


@pytest.mark.battery
@pytest.mark.parametrize(
    ("meanwhile", "answers", "account", "side"), list(product(_MEANWHILES, _ANSWERS, ACCOUNTS, _SIDES))
)
def test_after_a_kill_every_row_of_the_table_holds(
    desk: Desk, meanwhile: str, answers: str, account: str, side: SideName
) -> None:
    _kill_and_start_again(desk, Held(account, side), meanwhile, answers)


@pytest.mark.parametrize(("answers", "doubt"), [(_WITH_ALL_ANSWERS, None), (_WITHOUT_FILLS, "flat")])
def test_what_was_closed_during_a_network_cut_is_booked_or_asked_about(
    desk: Desk, answers: str, doubt: str | None
) -> None:
    exchange = desk.start_exchange("--control")
    held = Held(SIM_ACCOUNT, "BUY")
    panel = desk.start_panel(exchange.port)
    panel.wait_for(lambda seen: seen["verified"], "the logon")
    held.open(exchange.control)
    panel.wait_for(lambda seen: seen["qty"] == "2" and seen["verified"], "the position")
    if answers:
        exchange.control.quirk(answers)

    exchange.control.cut(0.8)
    seen = panel.wait_for(lambda seen: not seen["verified"], "the end of the link")
    assert words_for(2) in seen["words"]
    held.change(exchange.control, "closes")

    if doubt is None:
        panel.wait_for(lambda seen: seen["qty"] == "0" and seen["verified"], "the close by back-fill")
    else:
        panel.wait_for(lambda seen: seen["stale"] is not None and seen["stale"]["doubt"] == doubt, "the dialog")
    assert_screen_is_ledger(desk, panel)


def _kill_and_start_again(desk: Desk, held: Held, meanwhile: str, answers: str) -> None:
    exchange = desk.start_exchange("--control")
    held.open(exchange.control)
    panel = desk.start_panel(exchange.port)
    look_at(panel, held.account)
    panel.wait_for(lambda seen: seen["qty"] == str(held.qty) and seen["verified"], "the position before the kill")
    panel.kill()
    theirs = held.change(exchange.control, meanwhile)
    if answers:
        exchange.control.quirk(answers)

    again = desk.start_panel(exchange.port)
    look_at(again, held.account)
    knows_fills = answers in (_WITH_ALL_ANSWERS, _WITHOUT_POSITIONS)
    ours = theirs if knows_fills else held.qty
    doubt = _doubt(ours, theirs, answers)
    is_verified = doubt is None and answers in (_WITH_ALL_ANSWERS, _WITHOUT_FILLS)
    expected = (str(ours), doubt, is_verified)
    again.wait_for(lambda seen: _outcome(seen) == expected, str(expected))
    assert_screen_is_ledger(desk, again)
    again.end()
    assert main(["audit", "--data-dir", str(desk.data_dir)]) == 0


def _outcome(seen: dict[str, Any]) -> tuple[str, str | None, bool]:
    stale = seen["stale"]
    return seen["qty"], stale["doubt"] if stale else None, seen["verified"]


def _doubt(ours: int, theirs: int, answers: str) -> str | None:
    """What the trader has to be asked, by the table of reconcile."""
    if ours == 0 or answers == _WITHOUT_POSITIONS:
        # The exchange then says that it is in its internal simulation mode: the account goes by its fills.
        return None
    if answers == _WITHOUT_ANY:
        return "silent"
    if ours == theirs:
        return None
    return "flat" if theirs == 0 else "different"
