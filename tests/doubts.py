"""Builders for what may be wrong: positions the broker does not confirm, and orders that do not fit their position."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.order import Order, OrderKind, OrderState
from core.position import Position
from core.snapshots import LedgerSnapshot, LinkState, LinkStatus
from core.stale import Doubt, StalePosition
from core.values import Side
from tests.published import LIVE, NOW, account, fill, ledger, position_of, snapshot_of

LINK_UP = LinkStatus(LinkState.UP, "Connected to SC DTC Server")
LINK_DOWN = LinkStatus(LinkState.DOWN, "Nobody answers at 127.0.0.1:11099: Connection refused")
LONG_1 = position_of(fill(1, "5050.25", 127))
SHORT_2 = position_of(fill(-2, "5052.00", 30, symbol="MNQZ26"), at=LIVE)
ASKED_AT = NOW - timedelta(seconds=4)

_SAID = {Doubt.SILENT: "no answer", Doubt.FLAT: "flat, twice in a row", Doubt.DIFFERENT: "LONG 3 @ 5050.00"}


def stale_of(position: Position, doubt: Doubt = Doubt.SILENT, **fields: Any) -> StalePosition:
    """The position as the broker does not confirm it; what else is known of it by name."""
    known: dict[str, Any] = {
        "key": position.key,
        "wire_symbol": position.wire_symbol,
        "doubt": doubt,
        "qty": position.qty,
        "entry_price": position.entry_price,
        "entry_time": position.entry_time,
        "verified_at": NOW - timedelta(minutes=20),
        "asked_at": ASKED_AT,
        "broker_said": _SAID[doubt],
        "broker_qty": {Doubt.SILENT: None, Doubt.FLAT: Decimal(0), Doubt.DIFFERENT: Decimal(3)}[doubt],
        "broker_average": Decimal(5050) if doubt is Doubt.DIFFERENT else None,
        "has_expired": False,
        "revision": 7,
    }
    return StalePosition(**{**known, **fields})


def in_doubt(*stale: StalePosition, revision: int = 7, is_link_up: bool = True, **fields: Any) -> LedgerSnapshot:
    """The ledger with both positions open and unverified, and these in question."""
    confirmed = {each.key: each.verified_at for each in stale}
    held = [snapshot_of(each, verified_at=confirmed.get(each.key), is_verified=False) for each in (LONG_1, SHORT_2)]
    accounts = (account(is_verified=False), account(LIVE, is_verified=False))
    whole = ledger(*held, revision=revision, accounts=accounts)
    return replace(whole, stale=stale, is_link_up=is_link_up, **fields)


def order_of(side: Side, kind: OrderKind, qty: int | None, price: str | None = None, **fields: Any) -> Order:
    """An order of Sim1 at work for ten minutes."""
    is_stop = kind in (OrderKind.STOP, OrderKind.STOP_LIMIT)
    level = None if price is None else Decimal(price)
    seen: datetime = NOW - timedelta(minutes=10)
    known: dict[str, Any] = {
        "account": "Sim1",
        "order_id": f"{side}{kind}{price}",
        "symbol": "MESZ26",
        "side": side,
        "kind": kind,
        "state": OrderState.WORKING,
        "qty": None if qty is None else Decimal(qty),
        "filled_qty": Decimal(0),
        "trigger": level if is_stop else None,
        "limit": None if is_stop else level,
        "parent_id": "",
        "linked_id": "",
        "first_seen_at": seen,
        "updated_at": seen,
    }
    return Order(**{**known, **fields})


def with_orders(whole: LedgerSnapshot, *orders: Order, **fields: Any) -> LedgerSnapshot:
    return replace(whole, working_orders=orders, **fields)
