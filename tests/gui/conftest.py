"""Builders for what the ledger publishes, and a window that shows it."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from core.clock import ExchangeClock
from core.contracts import Contract
from core.execution import Execution
from core.position import Position, fold, trade_closed_by
from core.quotes import Quote
from core.snapshots import AccountSnapshot, LedgerSnapshot, PositionSnapshot, Publication
from core.state_manager import StateManager
from core.trade_record import TradeRecord, record_trade
from core.values import Mode, PositionKey, PriceRange, Side, Source, micros_from_utc
from core.views import Selection

NOW = datetime(2026, 9, 15, 14, 38, 12, tzinfo=UTC)
MES = Contract(Decimal("0.25"), Decimal(5), "USD")
SIM = Selection(Mode.SIM, "Sim1")
LIVE = Selection(Mode.LIVE, "120005")


@pytest.fixture(autouse=True)
def chicago_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One time zone for every machine; where it cannot be set, tests do not look at hours."""
    if not hasattr(time, "tzset"):
        yield
        return
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def fill(qty: int, price: str | None, minutes_ago: float = 5, *, order: str = "", symbol: str = "MESZ26") -> Execution:
    """One fill of Sim1; a negative quantity sells."""
    return Execution(
        key=PositionKey(SIM.mode, "Sim1", symbol),
        wire_symbol=symbol,
        execution_id=f"E{qty}{price}{minutes_ago}",
        order_id=order,
        side=Side.BUY if qty > 0 else Side.SELL,
        qty=Decimal(abs(qty)),
        price=None if price is None else Decimal(price),
        occurred_at=NOW - timedelta(minutes=minutes_ago),
        resolution_us=1,
        source=Source.LIVE,
        seq=1,
    )


def position_of(*fills: Execution, low: str | None = None, high: str | None = None, at: Selection = SIM) -> Position:
    """What these fills leave open, after the price ran between `low` and `high`."""
    position, _ = fold(fills)
    assert position is not None
    if low is not None and high is not None:
        position = position.having_seen(PriceRange(Decimal(low), Decimal(high)))
    return replace(position, key=PositionKey(at.mode, at.account or "", position.key.symbol))


def snapshot_of(
    position: Position, contract: Contract | None = MES, verified_at: datetime | None = NOW, *, is_verified: bool = True
) -> PositionSnapshot:
    return PositionSnapshot(position, contract, is_verified, verified_at)


def account(
    selection: Selection = SIM, balance: str | None = "51284.50", *, is_verified: bool = True
) -> AccountSnapshot:
    return AccountSnapshot(
        account=selection.account or "",
        mode=selection.mode,
        cash_balance=None if balance is None else Decimal(balance),
        currency="USD",
        balance_at=NOW,
        is_verified=is_verified,
        verified_at=NOW if is_verified else None,
        fills_in_order=0,
    )


def ledger(
    *positions: PositionSnapshot,
    revision: int = 1,
    accounts: tuple[AccountSnapshot, ...] | None = None,
    is_practice: bool = False,
) -> LedgerSnapshot:
    return LedgerSnapshot(
        revision=revision,
        is_practice=is_practice,
        fill_count=48212,
        duplicate_count=0,
        trade_count=0,
        positions=positions,
        accounts=(account(), account(LIVE, "80000")) if accounts is None else accounts,
        as_of=NOW,
    )


def quote(price: float, at: datetime = NOW) -> Quote:
    return Quote(price, micros_from_utc(at))


def trade(*fills: Execution, contract: Contract | None = MES, number: int = 1) -> TradeRecord:
    """The record of the round trip these fills make."""
    _, changes = fold(fills)
    closed = trade_closed_by(changes[-1][1])
    assert closed is not None
    return replace(record_trade(closed, contract), id=number)


@dataclass(frozen=True, slots=True)
class Screen:
    """The window as the trader sees it: texts by name, None where a part is not shown."""

    window: MainWindow
    state: StateManager

    def text(self, name: str) -> str | None:
        label = self.window.findChild(QLabel, name)
        return label.text() if label is not None and label.isVisible() else None

    def texts(self) -> list[str]:
        """Every text that can be read on the window now."""
        labels = [each.text() for each in self.window.findChildren(QLabel) if each.isVisible()]
        return labels + [each.text() for each in self.window.findChildren(QPushButton) if each.isVisible()]

    def part(self, name: str) -> QWidget:
        part = self.window.findChild(QWidget, name)
        assert isinstance(part, QWidget)
        return part


@pytest.fixture
def state(qtbot: QtBot) -> StateManager:
    return StateManager(ExchangeClock(lambda: NOW), SIM)


@pytest.fixture
def screen(qtbot: QtBot, state: StateManager) -> Screen:
    window = MainWindow(state)
    qtbot.addWidget(window)
    window.show()
    return Screen(window, state)


@pytest.fixture
def publish(qtbot: QtBot, state: StateManager) -> Callable[[Publication], None]:
    """Publishes as the ledger does, from a thread of its own, and waits until it arrived."""

    def publish_from_a_thread(publication: Publication) -> None:
        with qtbot.waitSignal(state._received):
            thread = threading.Thread(target=state.publish, args=(publication,))
            thread.start()
        thread.join()

    return publish_from_a_thread
