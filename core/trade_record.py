"""A finished trade with its figures: what `traderecord` keeps and every panel, export and command reads."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

from core.contracts import Contract
from core.heat import Heat
from core.money import excursion_figures, money
from core.position import Trade
from core.values import Mode, PositionSide, round_average


class ExitReason(StrEnum):
    """What sets a trade apart from those whose every fill was told in time."""

    LATE = "late"  # holds a fill older than a trade that was final
    RECONCILED = "reconciled"  # closed by the trader's word
    ADOPTED = "adopted"  # opened by what the broker held, without a fill that says when and at what price


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecord:
    """One row of `traderecord`; field names are its column names, unknown is None.

    Money is in `currency`: `realized_pnl` gross, `net_pnl` after `commission`. `r_multiple` is net over the initial
    risk, gross where net is unknown. `realized_points` is points times
    quantity, so that times `point_value` it is `realized_pnl`; `mae_points`, `mfe_points` and `points_after_exit` are
    points per lot. With `excursion_final` the record of prices has passed the exit and lacks nothing of the trade;
    until then MAE and MFE are what was seen. `coverage`, 0 to 1, is None while nobody has looked into the record.
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
    coverage_source: str | None = None
    clock_doubtful: bool | None = None
    excursion_final: bool | None = None
    points_after_exit: Decimal | None = None
    exit_reason: str | None = None
    point_value: Decimal | None
    tick_size: Decimal | None
    currency: str | None
    is_closed: bool = True
    tags: str | None = None
    note: str | None = None


def record_trade(
    trade: Trade, contract: Contract | None, initial_risk: Decimal | None = None, heat: Heat | None = None
) -> TradeRecord:
    """The row of a trade that just closed; money stays unknown while the contract's worth is.

    `initial_risk` is in points times quantity. `heat` is None where the course of its prices is not known throughout.
    """
    figures = excursion_figures(trade.excursion, contract)
    gross, risk = money(trade.points, contract), money(initial_risk, contract)
    low, high = (trade.excursion.prices.low, trade.excursion.prices.high) if trade.excursion else (None, None)
    key = trade.key
    return TradeRecord(
        id=trade.id,
        mode=key.mode,
        account=key.account,
        symbol=key.symbol,
        side=trade.side,
        qty=trade.qty,
        opened_qty=trade.opened_qty,
        entry_time=trade.entry_time,
        entry_price=trade.entry_price,
        exit_time=trade.exit_time,
        exit_price=trade.exit_price,
        realized_points=trade.points,
        realized_pnl=gross,
        commission=trade.commission,
        net_pnl=net_pnl(gross, trade.commission),
        mae=figures.mae,
        mfe=figures.mfe,
        mae_points=figures.mae_points,
        mfe_points=figures.mfe_points,
        max_pullback=money(heat.pullback, contract) if heat else None,
        trade_min_price=low,
        trade_max_price=high,
        heat_total_us=heat.total_us if heat else None,
        initial_risk=risk,
        r_multiple=r_multiple(best_result(gross, trade.commission), risk),
        reentry_count=trade.reentry_count,
        **_worth(contract),
    )


class _Worth(TypedDict):
    point_value: Decimal | None
    tick_size: Decimal | None
    currency: str | None


def _worth(contract: Contract | None) -> _Worth:
    if contract is None:
        return {"point_value": None, "tick_size": None, "currency": None}
    return {"point_value": contract.point_value, "tick_size": contract.tick_size, "currency": contract.currency}


def net_pnl(gross: Decimal | None, commission: Decimal | None) -> Decimal | None:
    return None if gross is None or commission is None else gross - commission


def best_result(gross: Decimal | None, commission: Decimal | None) -> Decimal | None:
    """Net where the commission is known, else gross."""
    return gross if commission is None else net_pnl(gross, commission)


def r_multiple(result: Decimal | None, initial_risk: Decimal | None) -> Decimal | None:
    """A result in units of the initial risk, on the grid of averages."""
    return None if result is None or not initial_risk else round_average(result / initial_risk)
