"""Stop, target, risk and heat in Panel 2, read from the screen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.heat import Heat
from core.protection import Protection
from core.snapshots import PositionSnapshot, Publication
from core.values import micros_from_utc
from tests.gui.conftest import Screen
from tests.published import NOW, fill, ledger, position_of, quote, snapshot_of

Publish = Callable[[Publication], None]
_DASH = "—"
_NAMES = ("stop", "target", "risk", "reward_to_risk", "heat", "heat_total")


@pytest.fixture
def guarded() -> PositionSnapshot:
    """Two long at 5050 with stop 5047.50 and target 5057.50, in the red for the last 12 seconds."""
    position = position_of(fill(2, "5050.00"), low="5049.00", high="5052.00")
    protection = Protection(Decimal("5047.50"), Decimal("5057.50"), Decimal("5047.50"), Decimal(5), Decimal(2))
    began = micros_from_utc(NOW - timedelta(seconds=12))
    heat = Heat(total_us=70_000_000, spell_began_us=began, counted_until_us=began + 2_000_000)
    return replace(snapshot_of(position), protection=protection, heat=heat)


def texts(screen: Screen) -> list[str | None]:
    return [screen.text(f"position_{name}") for name in _NAMES]


def test_stop_target_risk_and_heat_are_shown(screen: Screen, publish: Publish, guarded: PositionSnapshot) -> None:
    publish(ledger(guarded))
    assert texts(screen) == [
        "5\N{NO-BREAK SPACE}047.50",
        "5\N{NO-BREAK SPACE}057.50",
        "$25.00",
        "3.00",
        "00:00:12",
        "00:01:20",
    ]


def test_running_r_stands_beside_ticks_and_points(screen: Screen, publish: Publish, guarded: PositionSnapshot) -> None:
    publish(ledger(guarded))
    screen.state.take_quotes({"MESZ26": quote(5048.75)})
    shown = screen.text("position_distance")
    assert shown == "\N{MINUS SIGN}5 ticks · \N{MINUS SIGN}1.25 pts · \N{MINUS SIGN}0.50 R"


def test_without_orders_and_ticks_risk_and_heat_are_unknown_not_none(screen: Screen, publish: Publish) -> None:
    publish(ledger(snapshot_of(position_of(fill(1, "5050.00")))))
    assert texts(screen) == [_DASH] * 6


def test_a_stop_in_profit_has_no_reward_to_risk(screen: Screen, publish: Publish, guarded: PositionSnapshot) -> None:
    publish(ledger(replace(guarded, protection=replace(guarded.protection, stop=Decimal(5051)))))
    assert texts(screen)[:4] == ["5\N{NO-BREAK SPACE}051.00", "5\N{NO-BREAK SPACE}057.50", "$25.00", _DASH]


def test_the_heat_bar_tells_stop_and_target_to_a_screen_reader(
    screen: Screen, publish: Publish, guarded: PositionSnapshot
) -> None:
    publish(ledger(guarded))
    spoken = screen.part("heat_bar").accessibleName()
    assert "stop 5\N{NO-BREAK SPACE}047.50" in spoken
    assert "target 5\N{NO-BREAK SPACE}057.50" in spoken
