"""What the trader answers about a stale position, with the keyboard alone: in the ledger, and on screen afterwards."""

import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from app.cli import main
from data.practice.listing import DEFAULT_SYMBOL, LIVE_ACCOUNT, SIM_ACCOUNT
from tests.control import Control
from tests.e2e.conftest import Desk, wait_until
from tests.e2e.meanwhile import ACCOUNTS, Held, assert_screen_is_ledger, look_at, words_for
from tests.e2e.panel import Panel

_CLOSE_PRICE = "5049.75"
_SETTLING_S = 0.5  # an answer that comes sooner after another one is taken for a slip
_POINT_VALUE = 5
_LONG, _SHORT = Held(SIM_ACCOUNT, "BUY"), Held(LIVE_ACCOUNT, "SELL")
Look = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    desk: Desk
    control: Control
    panel: Panel

    def cut_while(self, *changes: tuple[Held, str], quirk: str) -> None:
        """The link is lost, this happens at the broker, and when the link is back he has the quirk."""
        self.control.quirk(quirk)
        self.control.cut(0.3)
        self.panel.wait_for(lambda seen: not seen["verified"], "the end of the link")
        for held, meanwhile in changes:
            held.change(self.control, meanwhile)

    def wait_for_question(self, account: str, doubt: str) -> Look:
        def is_asked(seen: Look) -> bool:
            stale = seen["stale"]
            return stale is not None and (stale["account"], stale["doubt"]) == (account, doubt)

        return self.panel.wait_for(is_asked, f"a question about {account}: {doubt}")

    def press(self, keys: str, then: str) -> None:
        """A key, and the keyboard is where it leads."""
        self.panel.press(keys)
        self.panel.wait_for(lambda seen: seen["focus"] == then, then)

    def wait_for_settlement(self, account: str, qty: int) -> None:
        """Until the broker confirms it."""
        look_at(self.panel, account)
        self.panel.wait_for(lambda seen: seen["verified"] and seen["qty"] == str(qty), f"{account} at {qty}")
        assert words_for(qty) in assert_screen_is_ledger(self.desk, self.panel)["words"]

    def trades(self) -> dict[str, Look]:
        """What `heatline trades` lists, by account, which has one each."""
        trades = json.loads(self.desk.run("trades", "--json", "--data-dir", str(self.desk.data_dir)))
        return {trade["account"]: trade for trade in trades}

    def asked_at(self) -> dict[str, int]:
        """When the last answer or silence of the broker was noted, by account."""
        return {row["account"]: row["last_query_at"] for row in self.desk.read("SELECT * FROM accountstate")[0]}

    def answers(self) -> list[str]:
        """What was noted of the trader's answers, oldest first."""
        [rows] = self.desk.read("SELECT detail FROM positionevent WHERE kind = 'stale_answered' ORDER BY id")
        return [row["detail"] for row in rows]


@pytest.fixture
def scene(desk: Desk) -> Scene:
    """A window that knows both positions, and that the broker holds them."""
    exchange = desk.start_exchange("--control")
    for held in (_LONG, _SHORT):
        held.open(exchange.control)
    scene = Scene(desk, exchange.control, desk.start_panel(exchange.port))
    for held in (_SHORT, _LONG):
        scene.wait_for_settlement(held.account, held.qty)
    return scene


def test_closed_and_different_are_booked_as_answered_until_the_real_fills_are_told(scene: Scene) -> None:
    scene.cut_while((_LONG, "closes"), (_SHORT, "reverses"), quirk="refuse-history")
    scene.wait_for_question(SIM_ACCOUNT, "flat")
    # Each account is asked about on its own: the second question follows the first.
    scene.panel.wait_for(lambda seen: "1 of 2" in seen["words"], "both questions")
    scene.press("Alt+C", "stale_closed_at")
    scene.press("Tab", "stale_close_price")
    scene.panel.write(_CLOSE_PRICE)
    scene.panel.press("Return")
    scene.wait_for_question(LIVE_ACCOUNT, "different")
    _take_what_the_broker_says(scene)

    scene.wait_for_settlement(LIVE_ACCOUNT, 1)
    scene.wait_for_settlement(SIM_ACCOUNT, 0)
    [held] = scene.desk.read("SELECT account, entry_price FROM openposition")[0]
    assert held["account"] == LIVE_ACCOUNT
    assert Decimal(held["entry_price"]) == scene.control.average_price(LIVE_ACCOUNT, DEFAULT_SYMBOL)
    closed = scene.trades()[SIM_ACCOUNT]
    assert (Decimal(str(closed["exit_price"])), closed["exit_reason"]) == (Decimal(_CLOSE_PRICE), "reconciled")
    assert closed["realized_pnl"] == (closed["exit_price"] - closed["entry_price"]) * _LONG.qty * _POINT_VALUE
    said = [answer.rpartition("the trader: ")[2] for answer in scene.answers()]
    assert [each.split(" at 20")[0] for each in said][:1] == [f"closed at {_CLOSE_PRICE}"]
    assert said[1].startswith("LONG 1, average at ")

    scene.control.quirk("refuse-history", on=False)
    scene.panel.press("F5")
    made = {fill["execution_id"] for fill in scene.desk.made()}
    wait_until(lambda: made <= scene.desk.booked(), "the real fills")
    scene.wait_for_settlement(LIVE_ACCOUNT, 1)
    scene.wait_for_settlement(SIM_ACCOUNT, 0)
    real = scene.trades()[SIM_ACCOUNT]
    assert (real["exit_price"], real["exit_reason"]) == (_real_exit(scene.control, _LONG), None)
    _end_proven(scene)


def test_still_open_stays_unverified_until_the_broker_says_more_and_a_close_may_be_unpriced(scene: Scene) -> None:
    scene.cut_while(quirk="silent")
    for held in (_LONG, _SHORT):
        scene.wait_for_question(held.account, "silent")
        _keep(scene, held)
    asked_at = scene.asked_at()
    scene.panel.press("F5")
    wait_until(lambda: all(at > asked_at[account] for account, at in scene.asked_at().items()), "silence once more")
    answered = scene.answers()
    assert len(answered) == len(ACCOUNTS)
    seen = look_at(scene.panel, SIM_ACCOUNT)
    assert (seen["verified"], seen["stale"]) == (False, None)
    assert "POSITION TO VERIFY" not in seen["words"]
    assert_screen_is_ledger(scene.desk, scene.panel)

    scene.cut_while((_LONG, "closes"), quirk="refuse-history")
    scene.control.quirk("silent", on=False)
    scene.wait_for_question(SIM_ACCOUNT, "flat")
    scene.wait_for_settlement(LIVE_ACCOUNT, _SHORT.qty)
    assert scene.answers() == answered
    _close_unpriced(scene)
    scene.wait_for_settlement(SIM_ACCOUNT, 0)
    closed = scene.trades()[SIM_ACCOUNT]
    assert (closed["exit_price"], closed["realized_pnl"], closed["exit_reason"]) == (None, None, "reconciled")
    _end_proven(scene)


def _close_unpriced(scene: Scene) -> None:
    time.sleep(_SETTLING_S)
    scene.press("Alt+C", "stale_closed_at")
    scene.press("Tab", "stale_close_price")
    scene.press("Tab", "stale_close_price_unknown")
    scene.panel.press("Space")
    scene.press("Tab", "stale_record_closed")
    scene.panel.press("Return")


def _take_what_the_broker_says(scene: Scene) -> None:
    time.sleep(_SETTLING_S)
    scene.press("Alt+D", "stale_quantity")
    scene.press("Tab", "stale_average")
    scene.panel.press("Return")


def _keep(scene: Scene, held: Held) -> None:
    """From "ask again", where the keyboard begins, the next button round is "still open"."""
    time.sleep(_SETTLING_S)
    scene.press("Tab", "stale_keep")
    scene.panel.press("Return")
    scene.panel.wait_for(lambda seen: (seen["stale"] or {}).get("account") != held.account, "the next question")


def _real_exit(control: Control, held: Held) -> float:
    """The average of the fills that closed it at the broker."""
    fills = [fill for fill in control.fills(held.account) if fill["side"] != held.side]
    total = sum(Decimal(fill["price"]) * fill["qty"] for fill in fills)
    return float(total / sum(fill["qty"] for fill in fills))


def _end_proven(scene: Scene) -> None:
    scene.panel.end()
    assert main(["audit", "--data-dir", str(scene.desk.data_dir)]) == 0
