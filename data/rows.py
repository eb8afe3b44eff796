"""Between domain values and table rows; no row is ever a domain object."""

import json
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping

from core.contracts import Contract
from core.execution import Execution
from core.heat import Heat
from core.money import excursion_figures, money
from core.order import Order, OrderKind, OrderState
from core.position import Position
from core.protection import Protection
from core.session_profile import EntryContext
from core.trade_record import TradeRecord
from core.values import (
    EntryType,
    Mode,
    PositionKey,
    PositionSide,
    PriceRange,
    Side,
    Source,
    micros_from_utc,
    round_average,
    utc_from_micros,
)
from data.ledger_state import Account, Held

Row = dict[str, Any]

_RISKED_AT = "initial_stop_price"
_TRADE_COLUMNS = tuple(each.name for each in fields(TradeRecord))
_trade_values = attrgetter(*_TRADE_COLUMNS)


def execution_row(execution: Execution, recorded_at: datetime) -> Row:
    """The source columns; the unit of work adds what the fold derives and the chain."""
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
        "commission": execution.commission,
        "position_qty": execution.position_qty,
        "alternate_id": execution.alternate_id,
        "superseded_by": None,
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
        commission=row["commission"],
        alternate_id=row["alternate_id"],
        position_qty=row["position_qty"],
        fold_at=row["fold_at"],
    )


def key_from_row(row: RowMapping) -> PositionKey:
    return PositionKey(Mode(row["mode"]), row["account"], row["symbol"])


def position_row(held: Held, recorded_at: datetime, revision: int) -> Row:
    position, contract = held.position, held.contract
    initial, *reentries = position.legs
    realized = position.realized_points
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
        "reentry_count": len(reentries),
        "opened_qty": position.opened_qty,
        "peak_qty": position.peak_qty,
        "realized_points": realized,
        "realized_pnl": money(realized, contract),
        "verified_at": held.verified_at,
        "created_at": recorded_at,
        "updated_at": recorded_at,
        "revision": revision,
        "commission": position.commission,
        **_extremes(position, contract),
        **_protection_columns(held.protection, contract),
        **_heat_columns(held.heat, contract),
        **context_columns(held.context),
        **_contract_columns(contract),
    }


def contract_from_row(row: RowMapping) -> Contract | None:
    if row["point_value"] is None:
        return None
    return Contract(row["tick_size"], row["point_value"], row["currency"])


def stretch_from_row(row: RowMapping) -> PriceRange | None:
    return None if row["stretch_low"] is None else PriceRange(row["stretch_low"], row["stretch_high"])


def protection_from_row(row: RowMapping, position: Position, contract: Contract | None) -> Protection:
    return Protection(
        stop=row["stop_price"],
        target=row["target_price"],
        initial_stop=row["initial_stop_price"],
        initial_risk=_points(row["initial_risk"], contract),
        opening_qty=position.legs[0].qty,
    )


def heat_from_row(row: RowMapping, contract: Contract | None) -> Heat | None:
    """The heat as last saved; the ticks since then are missing, so a spell that was running counts no further."""
    if row["heat_total_us"] is None:
        return None
    began = row["heat_spell_started_at"]
    return Heat(
        peak=_points(row["peak_pnl"], contract),
        pullback=_points(row["max_pullback"], contract),
        total_us=row["heat_total_us"],
        spell_began_us=None if began is None else micros_from_utc(began),
    )


def context_from_row(row: RowMapping) -> EntryContext | None:
    if row["entry_vwap"] is None:
        return None
    delta = row["entry_cum_delta"]
    return EntryContext(row["entry_vwap"], row["entry_poc"], None if delta is None else int(delta))


def order_row(order: Order, mode: Mode, revision: int) -> Row:
    details = dict(order.details)
    if order.risked_at is not None:
        details[_RISKED_AT] = f"{order.risked_at:f}"
    return {
        "account": order.account,
        "order_id": order.order_id,
        "mode": mode,
        "symbol": order.symbol,
        "wire_symbol": order.wire_symbol,
        "client_order_id": order.client_id or None,
        "previous_order_id": order.previous_id or None,
        "parent_order_id": order.parent_id or None,
        "linked_order_id": order.linked_id or None,
        "side": order.side,
        "order_type": order.kind,
        "status": order.state,
        "entry_type": order.entry_type,
        "trade_id": order.trade_id,
        "qty": order.qty,
        "filled_qty": order.filled_qty,
        "limit_price": order.limit,
        "stop_price": order.trigger,
        "average_fill_price": order.average_price,
        "metadata": json.dumps(details, ensure_ascii=False, sort_keys=True) if details else None,
        "first_seen_at": order.first_seen_at,
        "updated_at": order.updated_at,
        "revision": revision,
    }


def order_from_row(row: RowMapping) -> Order:
    details: dict[str, str] = json.loads(row["metadata"] or "{}")
    risked_at = details.pop(_RISKED_AT, None)
    return Order(
        account=row["account"],
        order_id=row["order_id"],
        symbol=row["symbol"],
        wire_symbol=row["wire_symbol"],
        client_id=row["client_order_id"] or "",
        previous_id=row["previous_order_id"] or "",
        parent_id=row["parent_order_id"] or "",
        linked_id=row["linked_order_id"] or "",
        side=Side(row["side"]),
        kind=OrderKind(row["order_type"]),
        state=OrderState(row["status"]),
        entry_type=EntryType(row["entry_type"]) if row["entry_type"] else None,
        trade_id=row["trade_id"],
        qty=row["qty"],
        filled_qty=row["filled_qty"],
        limit=row["limit_price"],
        trigger=row["stop_price"],
        average_price=row["average_fill_price"],
        first_seen_at=row["first_seen_at"],
        updated_at=row["updated_at"],
        risked_at=None if risked_at is None else Decimal(risked_at),
        details=tuple(sorted(details.items())),
    )


def trade_row(trade: TradeRecord) -> Row:
    # Not asdict: it copies deep, and all of this is frozen.
    return dict(zip(_TRADE_COLUMNS, _trade_values(trade), strict=True))


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


def _protection_columns(protection: Protection, contract: Contract | None) -> Row:
    return {
        "target_price": protection.target,
        "stop_price": protection.stop,
        "initial_stop_price": protection.initial_stop,
        "initial_risk": money(protection.initial_risk, contract),
    }


def _heat_columns(heat: Heat | None, contract: Contract | None) -> Row:
    began = heat.spell_began_us if heat else None
    return {
        "peak_pnl": money(heat.peak, contract) if heat else None,
        "max_pullback": money(heat.pullback, contract) if heat else None,
        "heat_total_us": heat.total_us if heat else None,
        "heat_spell_started_at": None if began is None else utc_from_micros(began),
    }


def context_columns(context: EntryContext | None) -> Row:
    """What the session had come to when the trade began."""
    return {
        "entry_vwap": context.vwap if context else None,
        "entry_poc": context.poc if context else None,
        "entry_cum_delta": Decimal(context.delta) if context and context.delta is not None else None,
    }


def _points(money_value: Decimal | None, contract: Contract | None) -> Decimal | None:
    """Points times quantity behind an amount of money."""
    if money_value is None or contract is None:
        return None
    return round_average(money_value / contract.point_value)


def _contract_columns(contract: Contract | None) -> Row:
    return {
        "point_value": contract.point_value if contract else None,
        "tick_size": contract.tick_size if contract else None,
        "currency": contract.currency if contract else None,
    }
