"""Fills, cuts, crashes, switches and answers in any order: in each quiet moment all agree, or doubt is said."""

import time
from random import Random
from typing import Any

import pytest

from app.cli import main
from tests.e2e.conftest import Desk, wait_until
from tests.e2e.meanwhile import ACCOUNTS, assert_screen_is_ledger, look_at

_QUIRKS = ("refuse-history", "no-positions", "silent", "position-lag", "duplicate-fills", "flat-old-contracts")
# Each is a row of buttons of the dialog.
_ANSWERS = (
    ("stale_keep",),
    ("stale_ask_again",),
    ("stale_closed", "stale_close_price_unknown", "stale_record_closed"),
    ("stale_different", "stale_average_unknown", "stale_record_held"),
)
_STEPS_BETWEEN_QUIET = 6
_QUIET_POINTS = 2
_LONGEST_CUT = 0.6


@pytest.mark.parametrize("seed", range(10))
def test_whenever_all_is_quiet_everybody_agrees_or_doubt_is_said(desk: Desk, seed: int) -> None:
    _Script(desk, seed).play()


@pytest.mark.battery
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_over_many_scripts_everybody_agrees_or_doubt_is_said(desk: Desk, seed: int) -> None:
    _Script(desk, seed).play()


class _Script:
    """One random course of events; the same for the same seed, but for the moments at which things meet."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self._desk = desk
        self._random = Random(seed)
        self._exchange = desk.start_exchange("--control")
        self._control = self._exchange.control
        self._panel = desk.start_panel(self._exchange.port)
        self._quirk: str | None = None
        self._steps = {
            self._trade: 6,
            self._cut: 1,
            self._kill: 1,
            self._switch: 3,
            self._answer: 2,
            self._change_quirk: 1,
        }

    def play(self) -> None:
        for _ in range(_QUIET_POINTS):
            steps = self._random.choices(list(self._steps), list(self._steps.values()), k=_STEPS_BETWEEN_QUIET)
            for step in steps:
                step()
                time.sleep(self._random.uniform(0, 0.1))
            self._be_quiet()
            for account in ACCOUNTS:
                self._check(account)
        if self._quirk is not None:
            self._control.quirk(self._quirk, on=False)
            self._quirk = None
            self._panel.press("F5")
        for account in ACCOUNTS:
            self._check_settled(account)
        self._panel.end()
        assert main(["audit", "--data-dir", str(self._desk.data_dir)]) == 0

    def _trade(self) -> None:
        side = self._random.choice(("BUY", "SELL"))
        self._control.trade(self._random.choice(ACCOUNTS), side, self._random.randint(1, 3))

    def _cut(self) -> None:
        self._control.cut(self._random.uniform(0.1, _LONGEST_CUT))

    def _kill(self) -> None:
        self._panel.kill()
        if self._random.random() < 0.5:
            self._trade()
        self._panel = self._desk.start_panel(self._exchange.port)

    def _switch(self) -> None:
        self._panel.press("Ctrl+M")

    def _answer(self) -> None:
        """Whatever the trader answers must not make the window sure of what nobody confirmed.

        The question may change or go at any click, as it does under the trader's hand.
        """
        if self._panel.look()["stale"] is not None:
            for button in self._random.choice(_ANSWERS):
                self._panel.try_click(button)

    def _change_quirk(self) -> None:
        if self._quirk is not None:
            self._control.quirk(self._quirk, on=False)
        self._quirk = self._random.choice((None, *_QUIRKS))
        if self._quirk is not None:
            self._control.quirk(self._quirk)

    def _be_quiet(self) -> None:
        """Until the window is connected and nothing on it has changed for a while."""
        wait_until(lambda: self._control.status()["clients"] >= 1, "the link")
        last: Any = None
        since = time.monotonic()
        while time.monotonic() - since < 0.7:
            seen = self._panel.look()
            now = (seen["open"], seen["verified"], seen["stale"], seen["mode"])
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.1)

    def _check(self, account: str) -> None:
        look_at(self._panel, account)
        seen = assert_screen_is_ledger(self._desk, self._panel)
        if seen["verified"]:
            assert int(seen["qty"]) == self._theirs(account)

    def _check_settled(self, account: str) -> None:
        """With a broker who answers, all doubt ends by itself or with a question to the trader."""
        look_at(self._panel, account)
        self._panel.wait_for(
            lambda seen: (seen["verified"] and int(seen["qty"]) == self._theirs(account)) or seen["stale"] is not None,
            f"certainty about {account}",
        )
        assert_screen_is_ledger(self._desk, self._panel)

    def _theirs(self, account: str) -> int:
        return sum(self._control.positions(account).values())
