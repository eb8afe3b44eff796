"""Answering about a stale position, as the trader does: with clicks and keys."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from core.commands import AskAgain, ClosePosition, CorrectPosition, KeepPosition
from core.errors import CommandRefused
from core.stale import Doubt
from tests.doubts import ASKED_AT, LINK_DOWN, LINK_UP, LONG_1, SHORT_2, in_doubt, stale_of
from tests.gui.conftest import Screen
from tests.gui.stale_desk import Desk, desk_on, settle
from tests.published import NOW

Play = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def desk(screen: Screen) -> Iterator[Desk]:
    with desk_on(screen) as desk:
        yield desk


def test_without_a_link_nothing_destructive_is_offered(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.publish(LINK_DOWN, in_doubt(stale_of(LONG_1), is_link_up=False))
        assert desk.text("stale_no_link") is not None
        for name in ("stale_closed", "stale_different"):
            assert not desk.button(name).isEnabled()
            desk.click(name)
        await settle(desk)
        assert desk.submitted == []
        assert not desk.button("stale_record_closed").isVisible()
        desk.click("stale_keep")
        await settle(desk)

    play(scene())
    assert desk.submitted == [KeepPosition(LONG_1.key, 7)]


def test_a_link_lost_meanwhile_takes_the_open_form_away_from_the_hand(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5051.25")
        desk.publish(LINK_DOWN)
        desk.click("stale_record_closed")
        await settle(desk)
        assert desk.submitted == []
        desk.publish(LINK_UP)
        assert desk.field("stale_close_price").text() == "5051.25"
        desk.click("stale_record_closed")
        await settle(desk)

    play(scene())
    assert desk.submitted == [ClosePosition(LONG_1.key, 7, Decimal("5051.25"), ASKED_AT)]


def test_still_open_is_sent_with_its_revision(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, revision=41))
        desk.click("stale_keep")
        await settle(desk)

    play(scene())
    assert desk.submitted == [KeepPosition(LONG_1.key, 41)]


def test_enter_on_opening_asks_again_and_does_nothing_else(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, revision=41))
        QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Return)
        await settle(desk)
        assert desk.text("stale_message") == "Asking the broker again …"

    play(scene())
    assert desk.submitted == [AskAgain(LONG_1.key, 41)]


def test_no_button_is_pressed_by_enter_unless_it_has_the_keyboard(desk: Desk) -> None:
    desk.ask(stale_of(LONG_1))
    buttons = desk.dialog.findChildren(QPushButton)
    assert not [each.objectName() for each in buttons if each.isDefault() or each.autoDefault()]


def test_closed_takes_a_time_and_a_price(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(SHORT_2, Doubt.FLAT, revision=41))
        desk.click("stale_closed")
        desk.enter("stale_closed_at", "2026-09-15 09:20:30")
        desk.enter("stale_close_price", "5 051.75")
        desk.click("stale_record_closed")
        await settle(desk)

    play(scene())
    at = NOW.replace(minute=20, second=30)
    assert desk.submitted == [ClosePosition(SHORT_2.key, 41, Decimal("5051.75"), at)]


def test_closed_at_an_unknown_price_is_unpriced(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5051")
        desk.tick("stale_close_price_unknown")
        desk.click("stale_record_closed")
        await settle(desk)

    play(scene())
    assert desk.submitted == [ClosePosition(LONG_1.key, 7, None, ASKED_AT)]


def test_the_recorded_price_of_the_time_is_proposed(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.recorded = Decimal("5049.50")
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        await settle(desk)
        assert desk.field("stale_close_price").text() == "5049.50"
        assert desk.text("stale_close_price_message") == "Recorded then: 5049.50"
        desk.recorded = Decimal("5048.25")
        desk.enter("stale_closed_at", "2026-09-15 09:00:00")
        QTest.keyClick(desk.field("stale_closed_at"), Qt.Key.Key_Tab)
        await settle(desk)
        assert desk.field("stale_close_price").text() == "5048.25"

    play(scene())
    assert desk.looked_up == [ASKED_AT, NOW.replace(hour=14, minute=0, second=0)]
    assert desk.submitted == []


def test_a_proposal_never_overwrites_what_was_typed(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.recorded = Decimal("5049.50")
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5051.25")
        await settle(desk)
        assert desk.field("stale_close_price").text() == "5051.25"
        assert desk.text("stale_close_price_message") == "Recorded then: 5049.50"

    play(scene())


def test_where_nothing_is_recorded_the_field_stays_empty_and_says_so(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        await settle(desk)
        assert desk.field("stale_close_price").text() == ""
        assert desk.text("stale_close_price_message") == "No recorded price for that time"

    play(scene())


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("stale_close_price", "", "Enter a price"),
        ("stale_close_price", "abc", "Not a number: abc"),
        ("stale_close_price", "nan", "Not a number: nan"),
        ("stale_close_price", "5050,25", "Write it with a point and no comma: 5050.25"),
        ("stale_close_price", "5050.30", "Between two ticks of 0.25: near 5050.25"),
        ("stale_closed_at", "yesterday", "Write it as 2026-09-15 09:38:10"),
        ("stale_closed_at", "2026-02-30 10:00:00", "There is no such time"),
        ("stale_closed_at", "2026-09-15 07:00:00", "Before the entry at 2026-09-15 07:31:12"),
        ("stale_closed_at", "2026-09-15 23:00:00", "Still to come: now it is 2026-09-15 09:38:13"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    desk: Desk, play: Play, field: str, typed: str, said: str
) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5050")
        desk.enter(field, typed)
        desk.click("stale_record_closed")
        await settle(desk)
        assert desk.text(f"{field}_message") == said
        assert desk.field(field).accessibleDescription() == said

    play(scene())
    assert desk.submitted == []


def test_an_unknown_tick_size_is_said_and_takes_the_price(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        ledger = in_doubt(stale_of(LONG_1, Doubt.FLAT))
        unknown = tuple(replace(each, contract=None) for each in ledger.positions)
        desk.publish(LINK_UP, replace(ledger, positions=unknown))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5050.30")
        assert desk.text("stale_close_price_message") == "Tick size unknown: taken as it is"
        desk.click("stale_record_closed")
        await settle(desk)

    play(scene())
    assert desk.submitted == [ClosePosition(LONG_1.key, 7, Decimal("5050.30"), ASKED_AT)]


def test_different_begins_with_what_the_broker_said(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, Doubt.DIFFERENT, revision=41))
        desk.click("stale_different")
        assert (desk.field("stale_quantity").text(), desk.field("stale_average").text()) == ("3", "5050")
        desk.click("stale_record_held")
        await settle(desk)

    play(scene())
    assert desk.submitted == [CorrectPosition(LONG_1.key, 41, Decimal(3), Decimal(5050), ASKED_AT)]


def test_different_takes_the_other_side_and_an_unknown_average(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1))
        desk.click("stale_different")
        short = desk.dialog.findChild(QRadioButton, "stale_side_short")
        assert short is not None
        short.setFocus()
        QTest.keyClick(short, Qt.Key.Key_Space)
        desk.enter("stale_quantity", "2")
        desk.tick("stale_average_unknown")
        desk.click("stale_record_held")
        await settle(desk)

    play(scene())
    assert desk.submitted == [CorrectPosition(LONG_1.key, 7, Decimal(-2), None, ASKED_AT)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "A quantity above 0; the side says the rest"),
        ("-2", "A quantity above 0; the side says the rest"),
        ("1", "LONG 1 is what is booked: answer Still open"),
    ],
)
def test_a_quantity_that_makes_no_sense_is_not_taken(desk: Desk, typed: str, said: str) -> None:
    desk.ask(stale_of(LONG_1))
    desk.click("stale_different")
    desk.enter("stale_quantity", typed)
    desk.enter("stale_average", "5050.1")
    desk.click("stale_record_held")
    assert desk.text("stale_quantity_message") == said
    assert desk.submitted == []


def test_the_keyboard_alone_closes_a_position(qtbot: QtBot, desk: Desk, play: Play) -> None:
    desk.ask(stale_of(LONG_1, Doubt.FLAT))
    with qtbot.waitActive(desk.dialog):
        desk.dialog.activateWindow()

    async def scene() -> None:
        QTest.keyClick(desk.dialog, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
        await asyncio.sleep(0.3)  # Qt shows the button pressed for a moment first
        assert desk.dialog.focusWidget() == desk.field("stale_closed_at")
        QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Tab)
        assert desk.dialog.focusWidget() == desk.field("stale_close_price")
        QTest.keyClicks(desk.dialog.focusWidget(), "5049.75")
        QTest.keyClick(desk.dialog.focusWidget(), Qt.Key.Key_Return)
        await settle(desk)

    play(scene())
    assert desk.submitted == [ClosePosition(LONG_1.key, 7, Decimal("5049.75"), ASKED_AT)]


def test_a_double_click_answers_once(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1))
        for _ in range(3):
            desk.click("stale_keep")
        await settle(desk)

    play(scene())
    assert desk.submitted == [KeepPosition(LONG_1.key, 7)]


def test_a_second_click_meant_for_one_never_answers_for_the_next(qtbot: QtBot, desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1), stale_of(SHORT_2))
        desk.click("stale_keep")
        await settle(desk)
        desk.publish(in_doubt(stale_of(SHORT_2), revision=8))
        desk.click("stale_keep")
        await settle(desk)
        assert desk.submitted == [KeepPosition(LONG_1.key, 7)]
        await asyncio.sleep(0.5)
        desk.click("stale_keep")
        await settle(desk)

    play(scene())
    assert desk.submitted == [KeepPosition(LONG_1.key, 7), KeepPosition(SHORT_2.key, 7)]


def test_a_refusal_is_shown_with_the_new_facts_and_empty_fields(desk: Desk, play: Play) -> None:
    async def scene() -> None:
        desk.ask(stale_of(LONG_1, Doubt.FLAT))
        desk.click("stale_closed")
        desk.enter("stale_close_price", "5049.75")
        desk.click("stale_record_closed")
        await asyncio.sleep(0)
        desk.publish(in_doubt(stale_of(LONG_1, Doubt.DIFFERENT, revision=9), revision=9))
        desk.pending[-1].set_exception(CommandRefused("It has changed since you were asked"))
        await settle(desk)
        assert desk.text("stale_message") == "It has changed since you were asked"
        assert desk.text("stale_missing") == "BUY 2 is missing here"
        assert not desk.field("stale_close_price").isVisible()
        assert desk.field("stale_close_price").text() == ""

    play(scene())


def test_a_refusal_after_the_matter_is_settled_is_a_notice(desk: Desk, play: Play) -> None:
    notices: list[str] = []
    desk.screen.state.notice_raised.connect(notices.append)

    async def scene() -> None:
        desk.ask(stale_of(LONG_1))
        desk.click("stale_keep")
        await asyncio.sleep(0)
        desk.publish(in_doubt(revision=8))
        desk.pending[-1].set_exception(CommandRefused("A late fill has settled it"))
        await settle(desk)

    play(scene())
    assert notices == ["SIM Sim1 MESZ26: A late fill has settled it"]
    assert not desk.dialog.isVisible()
