"""Builders for what the ledger publishes, so that a window can be shown in any state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from core.contracts import Contract
from core.execution import Execution
from core.position import Position, fold, trade_closed_by
from core.quotes import Quote
from core.snapshots import AccountSnapshot, LedgerSnapshot, PositionSnapshot
from core.trade_record import TradeRecord, record_trade
from core.values import Mode, PositionKey, PriceRange, Side, Source, micros_from_utc
from core.views import Selection

NOW = datetime(2026, 9, 15, 14, 38, 12, tzinfo=UTC)
MES = Contract(Decimal("0.25"), Decimal(5), "USD")
SIM = Selection(Mode.SIM, "Sim1")
LIVE = Selection(Mode.LIVE, "120005")


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
        are_orders_listed=True,
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
