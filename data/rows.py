"""Between domain values and table rows; no row is ever a domain object."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from core.contracts import Contract
from core.execution import Execution
from core.money import excursion_figures, money
from core.position import Position
from core.trade_record import TradeRecord
from core.values import Mode, PositionKey, PositionSide, PriceRange, Side, Source
from data.ledger_state import Account, Held

Row = dict[str, Any]


def execution_row(execution: Execution, recorded_at: datetime) -> Row:
    """The source columns; what the fold derives is added by `derived_row`."""
    return {
        "seq": execution.seq,
        "mode": execution.key.mode,
        "account": execution.key.account,
        "symbol": execution.key.symbol,
        "wire_symbol": execution.wire_symbol,
        "execution_id": execution.execution_id,
        "order_id": execution.order_id,
        "side": execution.side,
        "qty": execution.qty,
        "price": execution.price,
        "source": execution.source,
        "occurred_at": execution.occurred_at,
        "resolution_us": execution.resolution_us,
        "recorded_at": recorded_at,
    }


def execution_from_row(row: RowMapping) -> Execution:
    low, high = row["stretch_low"], row["stretch_high"]
    return Execution(
        key=key_from_row(row),
        wire_symbol=row["wire_symbol"],
        execution_id=row["execution_id"],
        order_id=row["order_id"],
        side=Side(row["side"]),
        qty=row["qty"],
        price=row["price"],
        occurred_at=row["occurred_at"],
        resolution_us=row["resolution_us"],
        source=Source(row["source"]),
        seq=row["seq"],
        stretch=None if low is None else PriceRange(low, high),
    )


def key_from_row(row: RowMapping) -> PositionKey:
    return PositionKey(Mode(row["mode"]), row["account"], row["symbol"])


def position_row(held: Held, recorded_at: datetime, revision: int) -> Row:
    position, contract = held.position, held.contract
    initial, *reentries = position.legs
    return {
        "mode": position.key.mode,
        "account": position.key.account,
        "symbol": position.key.symbol,
        "wire_symbol": position.wire_symbol,
        "trade_id": position.trade_id,
        "qty": position.qty,
        "side": position.side,
        "entry_price": position.entry_price,
        "entry_time": position.entry_time,
        "initial_entry_price": initial.price,
        "last_reentry_price": reentries[-1].price if reentries else None,
        "reentry_count": position.reentry_count,
        "opened_qty": position.opened_qty,
        "peak_qty": position.peak_qty,
        "realized_points": position.realized_points,
        "realized_pnl": money(position.realized_points, contract),
        "verified_at": held.verified_at,
        "created_at": recorded_at,
        "updated_at": recorded_at,
        "revision": revision,
        **_extremes(position, contract),
        **_contract_columns(contract),
    }


def contract_from_row(row: RowMapping) -> Contract | None:
    if row["point_value"] is None:
        return None
    return Contract(row["tick_size"], row["point_value"], row["currency"])


def stretch_from_row(row: RowMapping) -> PriceRange | None:
    return None if row["stretch_low"] is None else PriceRange(row["stretch_low"], row["stretch_high"])


def trade_row(trade: TradeRecord) -> Row:
    return asdict(trade)


def trade_from_row(row: RowMapping) -> TradeRecord:
    values: Row = dict(row)
    return TradeRecord(**(values | {"mode": Mode(values["mode"]), "side": PositionSide(values["side"])}))


def account_row(account: Account, recorded_at: datetime) -> Row:
    return {
        "account": account.name,
        "mode": account.mode,
        "verified_at": account.verified_at,
        "last_query_at": account.last_query_at,
        "last_answer": account.last_answer,
        "cash_balance": account.cash_balance,
        "currency": account.currency,
        "balance_at": account.balance_at,
        "updated_at": recorded_at,
    }


def account_from_row(row: RowMapping) -> Account:
    return Account(
        name=row["account"],
        mode=Mode(row["mode"]),
        cash_balance=row["cash_balance"],
        currency=row["currency"],
        balance_at=row["balance_at"],
        verified_at=row["verified_at"],
        last_query_at=row["last_query_at"],
        last_answer=row["last_answer"],
    )


def _extremes(position: Position, contract: Contract | None) -> dict[str, Decimal | None]:
    excursion, stretch = position.excursion_now, position.stretch
    figures = excursion_figures(excursion, contract)
    return {
        "trade_min_price": excursion.prices.low if excursion else None,
        "trade_max_price": excursion.prices.high if excursion else None,
        "stretch_low": stretch.low if stretch else None,
        "stretch_high": stretch.high if stretch else None,
        "mae": figures.mae,
        "mfe": figures.mfe,
    }


def _contract_columns(contract: Contract | None) -> Row:
    return {
        "point_value": contract.point_value if contract else None,
        "tick_size": contract.tick_size if contract else None,
        "currency": contract.currency if contract else None,
    }
