"""Both modes open, the view thrown to and fro: no number of one is ever read under the badge of the other."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.review_controller import ReviewController
from app.selection_controller import SelectionController
from core.clock import ExchangeClock
from core.quotes import Quote
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus
from core.state_manager import StateManager
from core.trade_filter import TradeFilter
from core.trade_record import TradeRecord
from core.values import Mode
from core.views import Selection
from tests.gui.conftest import Play, Screen, until
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, quote, snapshot_of, trade

_NUMBER = re.compile("[0-9][0-9.,:\N{NO-BREAK SPACE}]*")
_SWITCHES = 50
_TRADES = {
    Mode.SIM: [trade(fill(3, "5041.75", 51), fill(-3, "5046.50", 42))],
    Mode.LIVE: [trade(fill(-7, "18121.25", 33, symbol="MNQZ26"), fill(7, "18117.75", 29, symbol="MNQZ26"))],
}


@dataclass
class Archive:
    """A journal that takes its time, or waits until it is let go."""

    random: Random = field(default_factory=lambda: Random(7))
    held_back: threading.Event | None = None

    def trades(self, wanted: TradeFilter) -> list[TradeRecord]:
        if self.held_back is not None and wanted.mode is Mode.SIM:
            self.held_back.wait(10)
        time.sleep(self.random.uniform(0, 0.004))
        return _TRADES[wanted.mode or Mode.UNKNOWN]


@dataclass
class Stage:
    """One window with the controllers that the program gives it."""

    screen: Screen
    review: ReviewController
    selection: SelectionController
    archive: Archive


def _stage(worker: ThreadPoolExecutor, archive: Archive, at: Selection) -> Stage:
    state = StateManager(ExchangeClock(lambda: NOW), at)
    window = MainWindow(state)
    review = ReviewController(state, window.review, worker, lambda: archive)  # type: ignore[arg-type,return-value]  # stands in for the journal
    stage = Stage(Screen(window, state), review, SelectionController(state, window), archive)
    window.show()
    return stage


@pytest.fixture
def stages(qtbot: QtBot) -> Iterator[Callable[[Selection], Stage]]:
    worker = ThreadPoolExecutor(1)

    def open_stage(at: Selection) -> Stage:
        stage = _stage(worker, Archive(), at)
        qtbot.addWidget(stage.screen.window)
        return stage

    yield open_stage
    worker.shutdown()


def _both_open(revision: int = 1) -> LedgerSnapshot:
    sim = position_of(fill(3, "5050.25", 8), low="5048.75", high="5055.00")
    live = position_of(fill(-7, "18111.50", 13, symbol="MNQZ26"), low="18104.25", high="18119.00", at=LIVE)
    accounts = (account(), replace(account(LIVE, "80963.70"), verified_at=NOW - timedelta(minutes=4)))
    return ledger(snapshot_of(sim), snapshot_of(live), revision=revision, accounts=accounts)


def _numbers(screen: Screen) -> set[str]:
    """Every number under the badge. What is said to be open elsewhere names its own mode."""
    return {number for text in screen.everything(but="hidden_positions") for number in _NUMBER.findall(text)}


def _quotes(random: Random) -> dict[str, Quote]:
    return {"MESZ26": quote(5050 + random.randint(0, 20) / 4), "MNQZ26": quote(18100 + random.randint(0, 80) / 4)}


class Match:
    """A window that is switched, and one for each mode that never is: what those show is what belongs to the mode."""

    def __init__(self, stages: Callable[[Selection], Stage]) -> None:
        self.switched, *self.still = stages(SIM), stages(SIM), stages(LIVE)
        self._everybody = (self.switched, *self.still)

    async def begin(self) -> None:
        for stage in self._everybody:
            stage.review.start()
            stage.screen.state.publish(_both_open())
            stage.screen.state.publish(LinkStatus(LinkState.UP, "Connected to SC DTC Server"))
        self.quote(_quotes(Random(1)))
        await until(lambda: all(stage.screen.text("tile_trades") is not None for stage in self.still))

    async def end(self) -> None:
        for stage in self._everybody:
            await stage.review.stop()

    def quote(self, quotes: dict[str, Quote]) -> None:
        for stage in self._everybody:
            stage.screen.state.take_quotes(quotes)

    def check(self) -> None:
        mode = self.switched.screen.state.selection.mode
        own, other = sorted(self.still, key=lambda stage: stage.screen.state.selection.mode is not mode)
        assert (self.switched.screen.text("account_name") or "").startswith(mode)
        shown, right, wrong = (_numbers(stage.screen) for stage in (self.switched, own, other))
        assert not shown & (wrong - right)
        assert shown <= right


async def _switch_fast(match: Match) -> None:
    random = Random(20)
    await match.begin()
    shown = set()
    for number in range(_SWITCHES):
        QTest.keyClick(match.switched.screen.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
        match.check()
        for _ in range(random.randint(0, 4)):
            if random.random() < 0.5:
                match.quote(_quotes(random))
                match.check()
            await asyncio.sleep(random.choice((0, 0, 0.001, 0.004)))
            match.check()
        if number % 10 == 9:
            for stage in (match.switched, *match.still):
                stage.screen.state.publish(_both_open(revision=number))
            await asyncio.sleep(0.02)
            match.check()
        shown.add((match.switched.screen.state.selection.mode, match.switched.screen.text("tile_trades") is not None))
    assert shown == {(mode, is_read) for mode in (Mode.SIM, Mode.LIVE) for is_read in (True, False)}
    await match.end()


def test_fifty_fast_switches_never_show_a_number_of_the_other_mode(
    stages: Callable[[Selection], Stage], play: Play
) -> None:
    match = Match(stages)
    match.switched.screen.window.activateWindow()
    play(_switch_fast(match))


def test_the_numbers_of_the_two_modes_tell_them_apart(stages: Callable[[Selection], Stage], play: Play) -> None:
    """What the test above rests on."""

    async def compare() -> None:
        match = Match(stages)
        await match.begin()
        sim, live = (_numbers(stage.screen) for stage in match.still)
        assert {"51,284.50", "5\N{NO-BREAK SPACE}050.25", "5\N{NO-BREAK SPACE}041.75", "00:08:00"} <= sim - live
        assert {"80,963.70", "18\N{NO-BREAK SPACE}111.50", "18\N{NO-BREAK SPACE}121.25", "00:13:00"} <= live - sim
        await match.end()

    play(compare())


def test_trades_that_arrive_late_for_the_side_left_behind_are_dropped(
    stages: Callable[[Selection], Stage], play: Play
) -> None:
    stage = stages(SIM)
    stage.archive.held_back = threading.Event()

    async def leave_while_reading() -> None:
        rendered: list[Sequence[TradeRecord]] = []
        render = stage.screen.window.review.render_trades
        stage.screen.window.review.render_trades = lambda trades: (rendered.append(trades), render(trades))  # type: ignore[method-assign,assignment,func-returns-value]  # a witness
        stage.review.start()
        stage.screen.state.publish(_both_open())
        await asyncio.sleep(0.02)
        assert stage.screen.text("review_message_detail") == "Reading the trades of SIM Sim1"
        stage.screen.state.select(LIVE)
        assert stage.screen.text("review_message_detail") == "Reading the trades of LIVE 120005"
        assert stage.archive.held_back is not None
        stage.archive.held_back.set()
        await until(lambda: stage.screen.text("tile_trades") is not None)
        assert rendered == [_TRADES[Mode.LIVE]]
        await stage.review.stop()

    play(leave_while_reading())
