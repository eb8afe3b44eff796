"""`make screenshots`: the window in each of its states, as pictures to look at."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# One time zone for every machine that makes these pictures.
os.environ["TZ"] = "America/Chicago"
if hasattr(time, "tzset"):
    time.tzset()

from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from core.clock import ExchangeClock
from core.heat import Heat
from core.protection import Protection
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Publication, StorageStatus
from core.state_manager import StateManager
from core.trade_record import TradeRecord
from core.values import Mode
from core.views import Selection
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, quote, snapshot_of, trade

_FOLDER = Path("screenshots")
_UP = LinkStatus(LinkState.UP, "Connected to SC DTC Server")
_DOWN = LinkStatus(LinkState.DOWN, "Nobody answers at 127.0.0.1:11099: Connection refused")
_NOT_SAVED = StorageStatus(is_saved=False, waiting=3, text="The ledger cannot be saved: the disk is full")
_UNKNOWN = Selection(Mode.UNKNOWN, "LATEST-1")
_LONG = position_of(fill(2, "5050.50", 7, order="1"), fill(1, "5049.75", 4, order="2"), low="5048.75", high="5054.50")
_BRACKET = Protection(
    stop=Decimal("5047.50"), target=Decimal(5058), initial_stop=Decimal("5047.50"), initial_risk=Decimal(6)
)
_HEAT = Heat(peak=Decimal("12.75"), pullback=Decimal("6.50"), total_us=72_000_000)
_SHORT = position_of(fill(-2, "5052.25", 3, order="1"), low="5051.50", high="5056.25", at=LIVE)
_TRADES = [
    trade(fill(2, "5041.75", 50), fill(-2, "5048.50", 41), number=1),
    trade(fill(-2, "5056.00", 40), fill(2, "5057.25", 38), number=2),
    trade(fill(1, "5049.25", 35, order="1"), fill(1, "5047.75", 33, order="2"), fill(-2, "5051.50", 25), number=3),
    trade(fill(-1, "5047.50", 24), fill(1, None, 22), number=4),
    trade(fill(1, "5044.00", 20), fill(-1, "5046.75", 19), number=5),
]


class Scene:
    """A window of its own, shown one state."""

    def __init__(self, selection: Selection) -> None:
        self.state = StateManager(ExchangeClock(lambda: NOW), selection)
        self.window = MainWindow(self.state)
        self.window.show()

    def publish(self, *publications: Publication) -> "Scene":
        for publication in publications:
            self.state.publish(publication)
        QApplication.processEvents()
        self.state.take_quotes({"MESZ26": quote(5053.75)})
        return self

    def review(self, trades: list[TradeRecord]) -> "Scene":
        self.window.review.render_trades(trades)
        return self


def _at_work(*, is_practice: bool = False) -> LedgerSnapshot:
    long = replace(snapshot_of(_LONG), protection=_BRACKET, heat=_HEAT)
    return ledger(long, snapshot_of(_SHORT), is_practice=is_practice)


def _scenes() -> Iterator[tuple[str, Callable[[], Scene]]]:
    yield "sim-long", lambda: Scene(SIM).publish(_at_work(), _UP).review(_TRADES)
    yield "live-short", lambda: Scene(LIVE).publish(_at_work(), _UP).review([])
    yield "practice", lambda: Scene(SIM).publish(_at_work(is_practice=True), _UP).review(_TRADES)
    yield "sim-flat", lambda: Scene(SIM).publish(ledger(), _UP).review(_TRADES)
    yield "live-flat-sim-open", lambda: Scene(LIVE).publish(ledger(snapshot_of(_LONG)), _UP).review([])
    yield "waiting", lambda: Scene(SIM)
    yield "unverified", lambda: Scene(SIM).publish(_unverified(), _DOWN).review(_TRADES)
    yield "not-saved", lambda: Scene(SIM).publish(_at_work(), _UP, _NOT_SAVED).review(_TRADES)
    yield "unknown", lambda: Scene(_UNKNOWN).publish(ledger(accounts=(account(_UNKNOWN, None),)), _UP).review([])
    yield "unknown-price", lambda: Scene(SIM).publish(_without_price(), _UP).review(_TRADES)


def _unverified() -> LedgerSnapshot:
    return ledger(snapshot_of(_LONG, is_verified=False), accounts=(account(is_verified=False), account(LIVE)))


def _without_price() -> LedgerSnapshot:
    return ledger(snapshot_of(position_of(fill(1, None, 3)), None))


def main() -> None:
    application = QApplication(sys.argv[:1])
    _FOLDER.mkdir(exist_ok=True)
    for name, open_scene in _scenes():
        scene = open_scene()
        for _ in range(3):
            application.processEvents()
        path = _FOLDER / f"{name}.png"
        scene.window.grab().save(str(path))
        scene.window.close()
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
