"""Orders as the broker reports them: kept whole, linked to their trades, heeded by the positions beside."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, and_, bindparam, delete, or_, select

from core.facts import OrdersListed
from core.order import Order, OrderReported, OrderState, order_from
from core.position import Position
from core.values import PositionKey
from data.prepared import Prepared
from data.rows import order_from_row
from data.schema import TABLES
from data.unit_of_work import Derived, UnitOfWork

_ORDER = TABLES["orderrecord"]
_AT_WORK = (OrderState.PENDING, OrderState.PENDING_CHILD, OrderState.WORKING)
_NAMED = and_(_ORDER.c.account == bindparam("of_account"), _ORDER.c.order_id == bindparam("named"))
_FIND = select(_ORDER).where(_NAMED)
# Most orders that are not remembered are new.
_IS_WRITTEN = Prepared(lambda _dialect: select(_ORDER.c.order_id).where(_NAMED))
_FORGET = delete(_ORDER).where(_NAMED)
_FILLED = select(_ORDER).where(
    _ORDER.c.account == bindparam("of_account"), _ORDER.c.symbol == bindparam("of_symbol"), _ORDER.c.filled_qty > 0
)
_REMEMBERED = select(_ORDER).where(
    or_(_ORDER.c.status.in_(_AT_WORK), and_(_ORDER.c.filled_qty > 0, _ORDER.c.entry_type.is_(None)))
)

_RENAMED = select(_ORDER).where(_ORDER.c.previous_order_id.is_not(None))


def load_orders(connection: Connection) -> dict[tuple[str, str], Order]:
    """The orders that are at work, or whose first fill is still to be folded."""
    orders = (order_from_row(row) for row in connection.execute(_REMEMBERED).mappings())
    return {(order.account, order.order_id): order for order in orders}


def load_filled_as(connection: Connection) -> dict[tuple[str, str], str]:
    """By account and id, the name that the executions of a renamed order go by."""
    orders = (order_from_row(row) for row in connection.execute(_RENAMED).mappings())
    return {(order.account, order.order_id): order.filled_as for order in orders if order.filled_as != order.order_id}


def report_order(work: UnitOfWork, report: OrderReported) -> None:
    """Takes in what the broker says of one order, and lets the position beside it follow."""
    order = note_order(work, report)
    if order is not None:
        protect_beside(work, order)


def note_order(work: UnitOfWork, report: OrderReported) -> Order | None:
    """The order as it stands after `report`; None where that says nothing new."""
    known = _find(work, report.account, report.order_id)
    if known is None and report.previous_id:
        known = _rename(work, report)
    order = _first_seen(work, report) if known is None else known.after(report)
    if order is None or order is known:
        return None
    work.save_order(order)
    return order


def list_orders(work: UnitOfWork, listed: OrdersListed) -> None:
    """What the broker no longer lists is at work no more; how it ended he does not say."""
    for (account, order_id), order in list(work.state.orders.items()):
        if account == listed.account and order.is_at_work and order_id not in listed.order_ids:
            ended = replace(order, state=OrderState.GONE, updated_at=listed.at)
            work.save_order(ended)
            protect_beside(work, ended)
    known = work.state.accounts.get(listed.account)
    if known is not None:
        work.state.accounts[known.name] = replace(known, are_orders_listed=True)


def orders_beside(work: UnitOfWork, account: str, symbol: str) -> list[Order]:
    """The remembered orders of one account and symbol, in the order in which they were first seen."""
    orders = [each for each in work.state.orders.values() if each.account == account and each.symbol == symbol]
    return sorted(orders, key=lambda order: (order.first_seen_at, order.order_id))


def protect_beside(work: UnitOfWork, order: Order) -> None:
    """Stop, target and initial risk of the position that `order` stands beside follow it."""
    for held in list(work.state.positions.values()):
        position = held.position
        if (position.key.account, position.key.symbol) != (order.account, order.symbol):
            continue
        beside = orders_beside(work, order.account, order.symbol)
        protection = held.protection.after(position, beside, order.updated_at)
        if protection != held.protection:
            work.save_position(replace(held, protection=protection))
            detail = (
                f"stop {protection.stop or 'none'}, target {protection.target or 'none'}, by order {order.order_id}"
            )
            work.append_event("protection_changed", key=position.key, trade_id=position.trade_id, detail=detail)


def mark_filled(work: UnitOfWork, derived: Derived) -> None:
    """The order learns from its first fill what it was to its position, and to which trade it belongs."""
    execution = derived.execution
    name = (execution.key.account, execution.order_id)
    order = work.state.orders.get(name) or next(
        (each for each in work.state.orders.values() if (each.account, each.filled_as) == name), None
    )
    if order is not None and order.entry_type is None:
        work.save_order(replace(order, entry_type=derived.entry_type, trade_id=derived.trade_id))


def mark_filled_anew(work: UnitOfWork, key: PositionKey, folded: Iterable[Derived]) -> None:
    """A fold that started over may see an order's first fill in another light."""
    first: dict[str, Derived] = {}
    for derived in folded:
        first.setdefault(derived.execution.order_id, derived)
    for row in work.read(_FILLED, {"of_account": key.account, "of_symbol": key.symbol}):
        order = order_from_row(row)
        seen = first.get(order.filled_as)
        if seen is not None and (order.entry_type, order.trade_id) != (seen.entry_type, seen.trade_id):
            work.save_order(replace(order, entry_type=seen.entry_type, trade_id=seen.trade_id))


def adopt_orders(work: UnitOfWork, position: Position) -> None:
    """Orders that wait on the closing side of a position just opened, and the opening order's children, are its own."""
    opening_order = position.legs[0].order_id
    for order in orders_beside(work, position.key.account, position.key.symbol):
        is_child = bool(opening_order) and order.parent_id == opening_order
        if order.is_at_work and order.entry_type is None and (is_child or order.closes(position.side)):
            work.save_order(replace(order, trade_id=position.trade_id, risked_at=order.trigger))


def _first_seen(work: UnitOfWork, report: OrderReported) -> Order | None:
    """A new order belongs to the trade that is open beside it, or to its parent's."""
    order = order_from(report)
    if order is None:
        return None
    parent = _find(work, order.account, order.parent_id) if order.parent_id else None
    if parent is not None and parent.trade_id is not None:
        return replace(order, trade_id=parent.trade_id)
    for held in work.state.positions.values():
        if (held.position.key.account, held.position.key.symbol) == (order.account, order.symbol):
            return replace(order, trade_id=held.position.trade_id)
    return order


def _find(work: UnitOfWork, account: str, order_id: str) -> Order | None:
    remembered = work.state.orders.get((account, order_id))
    if remembered is not None:
        return remembered
    named = {"of_account": account, "named": order_id}
    return order_from_row(work.read(_FIND, named)[0]) if work.finds(_IS_WRITTEN, named) else None


def _rename(work: UnitOfWork, report: OrderReported) -> Order | None:
    """The order under its old name, whose row goes: one order is one row. Orders that name it follow."""
    old = _find(work, report.account, report.previous_id)
    if old is None:
        return None
    work.state.orders.pop((old.account, old.order_id), None)
    work.write(_FORGET, {"of_account": old.account, "named": old.order_id})
    for order in orders_beside(work, old.account, old.symbol):
        if old.order_id in (order.parent_id, order.linked_id):
            parent = report.order_id if order.parent_id == old.order_id else order.parent_id
            linked = report.order_id if order.linked_id == old.order_id else order.linked_id
            work.save_order(replace(order, parent_id=parent, linked_id=linked))
    kept = old.about_to_be_renamed()
    if kept.entry_type is not None or kept.filled_qty:
        work.state.filled_as = {**work.state.filled_as, (old.account, report.order_id): kept.filled_as}
    return kept
