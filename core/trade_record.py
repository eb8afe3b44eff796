"""A finished trade with its figures: what `traderecord` keeps and every panel, export and command reads."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.contracts import Contract
from core.money import excursion_figures, money
from core.position import Trade
from core.values import Mode, PositionSide


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecord:
    """One row of `traderecord`; field names are its column names, unknown is None.

    Money is in `currency`: `realized_pnl` gross, `net_pnl` after `commission`. `realized_points` is points times
    quantity, so that times `point_value` it is `realized_pnl`; `mae_points` and `mfe_points` are points per lot.
    """

    id: int
    mode: Mode
    account: str
    symbol: str
    side: PositionSide
    qty: Decimal
    opened_qty: Decimal
    entry_time: datetime
    entry_price: Decimal | None
    exit_time: datetime
    exit_price: Decimal | None
    realized_points: Decimal | None
    realized_pnl: Decimal | None
    commission: Decimal | None = None
    net_pnl: Decimal | None = None
    mae: Decimal | None
    mfe: Decimal | None
    mae_possible: Decimal | None = None
    mfe_possible: Decimal | None = None
    mae_points: Decimal | None
    mfe_points: Decimal | None
    max_pullback: Decimal | None = None
    trade_min_price: Decimal | None
    trade_max_price: Decimal | None
    heat_total_us: int | None = None
    initial_risk: Decimal | None = None
    r_multiple: Decimal | None = None
    reentry_count: int
    entry_vwap: Decimal | None = None
    entry_cum_delta: Decimal | None = None
    entry_poc: Decimal | None = None
    coverage: Decimal | None = None
    excursion_final: bool | None = None
    exit_reason: str | None = None
    point_value: Decimal | None
    tick_size: Decimal | None
    currency: str | None
    is_closed: bool = True
    tags: str | None = None
    note: str | None = None


def record_trade(trade: Trade, contract: Contract | None) -> TradeRecord:
    """The row of a trade that just closed; money stays unknown while the contract's worth is."""
    figures = excursion_figures(trade.excursion, contract)
    prices = trade.excursion.prices if trade.excursion else None
    return TradeRecord(
        id=trade.id,
        mode=trade.key.mode,
        account=trade.key.account,
        symbol=trade.key.symbol,
        side=trade.side,
        qty=trade.qty,
        opened_qty=trade.opened_qty,
        entry_time=trade.entry_time,
        entry_price=trade.entry_price,
        exit_time=trade.exit_time,
        exit_price=trade.exit_price,
        realized_points=trade.points,
        realized_pnl=money(trade.points, contract),
        mae=figures.mae,
        mfe=figures.mfe,
        mae_points=figures.mae_points,
        mfe_points=figures.mfe_points,
        trade_min_price=prices.low if prices else None,
        trade_max_price=prices.high if prices else None,
        reentry_count=trade.reentry_count,
        point_value=contract.point_value if contract else None,
        tick_size=contract.tick_size if contract else None,
        currency=contract.currency if contract else None,
    )
