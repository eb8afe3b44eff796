"""`make screenshots`: the window in each of its states, as pictures to look at."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# One time zone for every machine that makes these pictures.
os.environ["TZ"] = "America/Chicago"
if hasattr(time, "tzset"):
    time.tzset()

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMenu, QPushButton, QWidget

from app.main_window import MainWindow
from core.account_modes import account_cards
from core.clock import ExchangeClock
from core.feed import FeedStatus
from core.heat import Heat
from core.order import OrderKind
from core.protection import Protection
from core.quotes import Quote
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus, Notice, Publication, StorageStatus
from core.state_manager import StateManager
from core.trade_record import TradeRecord
from core.values import Mode, Side
from core.views import Selection
from tests import account_scenes
from tests.doubtful_scenes import DoubtfulScene, doubtful_scenes
from tests.doubts import order_of, with_orders
from tests.feed_scenes import feed_scenes
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, quote, snapshot_of, trade

_FOLDER = Path("screenshots")
_UP = LinkStatus(LinkState.UP, "Connected to SC DTC Server")
_DOWN = LinkStatus(LinkState.DOWN, "Nobody answers at 127.0.0.1:11099: Connection refused")
_NOT_SAVED = StorageStatus(is_saved=False, waiting=3, text="The ledger cannot be saved: the disk is full")
_READ_ONLY = StorageStatus(
    is_saved=True,
    waiting=0,
    text="Another panel writes this ledger: here nothing is confirmed by the broker, "
    "and nothing can be changed or answered",
    is_read_only=True,
)
_WATCHING = LinkStatus(LinkState.DOWN, "Read only: the panel that writes has the link")
_UNKNOWN = Selection(Mode.UNKNOWN, "LATEST-1")
_LONG = position_of(fill(2, "5050.50", 7, order="1"), fill(1, "5049.75", 4, order="2"), low="5048.75", high="5054.50")
_BRACKET = Protection(
    stop=Decimal("5047.50"), target=Decimal(5058), initial_stop=Decimal("5047.50"), initial_risk=Decimal(6)
)
_CAP = Protection(stop=Decimal("5058.00"))
_ORDERS = (
    order_of(Side.SELL, OrderKind.STOP, 3, "5047.50"),
    order_of(Side.SELL, OrderKind.LIMIT, 3, "5058.00"),
    order_of(Side.BUY, OrderKind.STOP, 2, "5058.00", account=LIVE.account),
)
_HEAT = Heat(peak=Decimal("12.75"), pullback=Decimal("6.50"), total_us=72_000_000)
_SHORT = position_of(fill(-2, "5052.25", 3, order="1"), low="5051.50", high="5056.25", at=LIVE)
_NOTICES = (
    "LIVE 120005: SHORT 2 MESZ26 @ 5 052.25",
    "Sim1: the broker still lists LONG 1 MESU25, which has expired; it is left out",
    "The server did not give the balance of 120005: no answer",
)
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

    def publish(self, *publications: Publication, price: float | None = 5053.75) -> "Scene":
        for publication in publications:
            self.state.publish(publication)
        QApplication.processEvents()
        if price is not None:
            self.state.take_quotes({"MESZ26": quote(price)})
        return self

    def doubt(self, scene: DoubtfulScene) -> "Scene":
        self.publish(scene.link, scene.ledger)
        dialog = self.window.stale_dialog
        for name in scene.pressed:
            button = dialog.findChild(QAbstractButton, name)
            assert isinstance(button, QAbstractButton)
            button.click()
        if scene.refusal:
            dialog.render_refusal(scene.refusal)
        return self

    def review(self, trades: list[TradeRecord]) -> "Scene":
        self.window.review.render_trades(trades)
        return self

    def ask(self, name: str, waiting: int = 0, refusal: str | None = None) -> "Scene":
        dialog = self.window.account_question
        dialog.ask(account_scenes.card_of(self.state.ledger, name), waiting)
        if refusal is not None:
            dialog.render_refusal(refusal)
        return self

    def list_accounts(self) -> "Scene":
        self.window.account_list.render_cards(account_cards(self.state.ledger))
        self.window.account_list.show()
        self.window.account_list.move(self.window.rect().center() - self.window.account_list.rect().center())
        return self

    def say(self, *notices: str) -> "Scene":
        """One after the other, and then the earlier ones are looked at."""
        self.publish(*map(Notice, notices))
        self._click("earlier_notices")
        return self

    def open_menu(self) -> "Scene":
        self._click("menu_button")
        return self

    def picture(self) -> QPixmap:
        """The window with the dialogs that stand before it and its open menu, as a desktop shows them."""
        picture = self.window.grab()
        painter = QPainter(picture)
        for dialog in self._before(QDialog):
            painter.drawPixmap(dialog.pos() - self.window.pos(), dialog.grab())
        for menu in self._before(QMenu):
            # The offscreen desktop is narrower than the window: the place is the menu's on a real one.
            is_low = menu.objectName() == "notice_menu"
            below = self.window.height() - menu.height() - 36 if is_low else 46
            painter.drawPixmap(QPoint(self.window.width() - menu.width() - 18, below), menu.grab())
        painter.end()
        return picture

    def _click(self, name: str) -> None:
        button = self.window.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        button.click()

    def _before(self, kind: type[QWidget]) -> list[QWidget]:
        return [each for each in self.window.findChildren(kind) if each.isWindow() and each.isVisible()]


def _at_work(*, is_practice: bool = False) -> LedgerSnapshot:
    long = replace(snapshot_of(_LONG), protection=_BRACKET, heat=_HEAT)
    return with_orders(ledger(long, replace(snapshot_of(_SHORT), protection=_CAP), is_practice=is_practice), *_ORDERS)


def _scenes() -> Iterator[tuple[str, Callable[[], Scene]]]:
    yield "sim-long", lambda: Scene(SIM).publish(_at_work(), _UP).review(_TRADES)
    yield "live-short", lambda: Scene(LIVE).publish(_at_work(), _UP).review([])
    yield "practice", lambda: Scene(SIM).publish(_at_work(is_practice=True), _UP).review(_TRADES)
    yield "sim-flat", lambda: Scene(SIM).publish(ledger(), _UP).review(_TRADES)
    yield "live-flat-sim-open", lambda: Scene(LIVE).publish(ledger(snapshot_of(_LONG)), _UP).review([])
    yield "waiting", lambda: Scene(SIM)
    yield "unverified", lambda: Scene(SIM).publish(_unverified(), _DOWN).review(_TRADES)
    yield "not-saved", lambda: Scene(SIM).publish(_at_work(), _UP, _NOT_SAVED).review(_TRADES)
    yield "read-only", lambda: Scene(SIM).publish(_watched(), _READ_ONLY, _WATCHING, price=None).review(_TRADES)
    yield "unknown", lambda: Scene(_UNKNOWN).publish(ledger(accounts=(account(_UNKNOWN, None),)), _UP).review([])
    yield "unknown-price", lambda: Scene(SIM).publish(_without_price(), _UP).review(_TRADES)
    for doubtful in doubtful_scenes():
        yield doubtful.name, partial(_show_doubt, doubtful)


def _show_doubt(scene: DoubtfulScene) -> Scene:
    return Scene(scene.selection).doubt(scene).review(_TRADES)


def _account_scenes() -> Iterator[tuple[str, Callable[[], Scene]]]:
    new, other = account_scenes.NEW, account_scenes.SIERRAS
    asked = account_scenes.of_new_account()
    refusal = "Sim1 has an open position: its mode stays SIM until it is flat"
    yield "account-new", lambda: Scene(new).publish(asked, _UP).review([]).ask("PA-123", 1)
    yield "account-new-suggested", lambda: Scene(other).publish(asked, _UP).review([]).ask("Sim2")
    yield "account-refused", lambda: Scene(SIM).publish(_at_work(), _UP).review(_TRADES).ask("Sim1", 0, refusal)
    yield "account-list", lambda: Scene(SIM).publish(asked, _UP).review(_TRADES).list_accounts()
    hidden = account_scenes.open_elsewhere(snapshot_of(_LONG))
    yield "open-elsewhere", lambda: Scene(LIVE).publish(hidden, _UP).review([])
    by_fills = account_scenes.not_confirmable(snapshot_of(_LONG))
    yield "not-confirmable", lambda: Scene(SIM).publish(by_fills, _UP).review(_TRADES)
    yield "not-confirmable-flat", lambda: Scene(SIM).publish(account_scenes.not_confirmable(), _UP).review(_TRADES)
    yield "flat-unverified", lambda: Scene(SIM).publish(account_scenes.flat_unverified(), _DOWN).review(_TRADES)
    yield "unreadable", lambda: Scene(SIM).publish(replace(_NOT_SAVED, waiting=0, text="The database is locked"), _DOWN)
    yield "menu", lambda: Scene(LIVE).publish(_at_work(), _UP).review(_TRADES).open_menu()
    yield "earlier-notices", lambda: Scene(SIM).publish(_at_work(), _UP).review(_TRADES).say(*_NOTICES)


def _feed_scenes() -> Iterator[tuple[str, Callable[[], Scene]]]:
    for name, status, last in feed_scenes():
        yield name, partial(_show_feed, status, last)


def _show_feed(status: FeedStatus, last: Quote | None) -> Scene:
    said = [Notice(status.sentence)] if status.sentence else []
    scene = Scene(SIM).publish(_at_work(), _UP, status, *said, price=None).review(_TRADES)
    scene.state.take_quotes({} if last is None else {status.symbol: last})
    return scene


def _unverified() -> LedgerSnapshot:
    return ledger(snapshot_of(_LONG, is_verified=False), accounts=(account(is_verified=False), account(LIVE)))


def _watched() -> LedgerSnapshot:
    long = replace(snapshot_of(_LONG, is_verified=False), protection=_BRACKET, heat=_HEAT)
    return with_orders(ledger(long, accounts=(account(is_verified=False),)), *_ORDERS[:2], is_read_only=True)


def _without_price() -> LedgerSnapshot:
    return ledger(snapshot_of(position_of(fill(1, None, 3)), None))


def main() -> None:
    application = QApplication(sys.argv[:1])
    _FOLDER.mkdir(exist_ok=True)
    for name, open_scene in (*_scenes(), *_account_scenes(), *_feed_scenes()):
        scene = open_scene()
        for _ in range(3):
            application.processEvents()
        path = _FOLDER / f"{name}.png"
        scene.picture().save(str(path))
        scene.window.close()
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
