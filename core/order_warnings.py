"""Working orders held against what they stand beside: what is not covered, too much, or left behind."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.order import Order, OrderKind, OrderState
from core.snapshots import AccountSnapshot, LedgerSnapshot
from core.values import PositionKey, PositionSide

# Between a fill and the orders that follow it two seconds are normal: a bracket goes to work, its other half is taken
# back.
GRACE = timedelta(seconds=2)


class Severity(StrEnum):
    NOTE = "note"  # good to know
    WARNING = "warning"  # not as it should be
    DANGER = "danger"  # the next fill may do the opposite of what was meant


class Concern(StrEnum):
    """What may be wrong between a position, or flat, and the orders beside it."""

    ORDERS_UNKNOWN = "orders unknown"
    NO_STOP = "no stop"
    STOP_TOO_SMALL = "stop too small"
    STOP_TOO_LARGE = "stop too large"
    STOP_SIZE_UNKNOWN = "stop size unknown"
    STOP_ON_WRONG_SIDE = "stop on the wrong side"
    TARGET_TOO_LARGE = "target too large"
    ENTRY_WHILE_FLAT = "entry order while flat"
    LEFT_WHILE_FLAT = "order left while flat"


_SEVERITIES = {
    Concern.ORDERS_UNKNOWN: Severity.NOTE,
    Concern.NO_STOP: Severity.WARNING,
    Concern.STOP_TOO_SMALL: Severity.WARNING,
    Concern.STOP_TOO_LARGE: Severity.DANGER,
    Concern.STOP_SIZE_UNKNOWN: Severity.WARNING,
    Concern.STOP_ON_WRONG_SIDE: Severity.DANGER,
    Concern.TARGET_TOO_LARGE: Severity.DANGER,
    Concern.ENTRY_WHILE_FLAT: Severity.NOTE,
    Concern.LEFT_WHILE_FLAT: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class OrderWarning:
    """One concern in one sentence; `symbol` is empty where it is about the whole account."""

    symbol: str
    concern: Concern
    text: str

    @property
    def severity(self) -> Severity:
        return _SEVERITIES[self.concern]


_ORDERS_UNKNOWN = OrderWarning(
    "", Concern.ORDERS_UNKNOWN, "Orders unknown: the broker has not listed them on this link"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held in one symbol of one account, and the orders at work there.

    `qty` is signed, 0 is flat. `changed_at` is the last fill, by the exchange's clock; None where it is long ago.
    Without `are_listed` the broker has not said on this link which orders there are: what is missing proves nothing.
    """

    symbol: str
    qty: Decimal
    orders: tuple[Order, ...]
    changed_at: datetime | None
    are_listed: bool


def order_warnings(standing: Standing, now: datetime) -> tuple[OrderWarning, ...]:
    """What is wrong, the worst first; nothing while the orders still follow a fill."""
    if _is_recent(standing.changed_at, now):
        return ()
    found = _beside_position(standing) if standing.qty else _beside_flat(standing, now)
    order_of_severity = list(Severity)
    return tuple(sorted(found, key=lambda each: order_of_severity.index(each.severity), reverse=True))


def account_warnings(ledger: LedgerSnapshot, account: AccountSnapshot, now: datetime) -> tuple[OrderWarning, ...]:
    """What is wrong in all symbols of `account`, after what cannot be known of it."""
    unknown = () if account.are_orders_listed else (_ORDERS_UNKNOWN,)
    found = [warning for standing in _standings(ledger, account) for warning in order_warnings(standing, now)]
    return (*unknown, *found)


def _standings(ledger: LedgerSnapshot, account: AccountSnapshot) -> Iterator[Standing]:
    """Each symbol in which the account holds something, then each in which orders alone are at work."""
    orders: dict[str, list[Order]] = defaultdict(list)
    for order in ledger.working_orders:
        if order.account == account.account:
            orders[order.symbol].append(order)
    for snapshot in ledger.positions:
        position = snapshot.position
        if (position.key.mode, position.key.account) == (account.mode, account.account):
            beside = tuple(orders.pop(position.key.symbol, ()))
            at = position.last_execution_at
            yield Standing(position.key.symbol, position.qty, beside, at, account.are_orders_listed)
    flat_since = dict(ledger.flat_since)
    for symbol, left in sorted(orders.items()):
        since = flat_since.get(PositionKey(account.mode, account.account, symbol))
        yield Standing(symbol, Decimal(0), tuple(left), since, account.are_orders_listed)


def _beside_position(standing: Standing) -> Iterator[OrderWarning]:
    side, held = PositionSide.of(standing.qty), abs(standing.qty)
    active = [(order, left) for order in standing.orders if (left := _at_risk(order, standing.orders)) != 0]
    closing = [(order, left) for order, left in active if order.closes(side)]
    stops = [(order, left) for order, left in closing if order.is_stop]
    covered = _together(stops)
    yield from _judge_stops(standing, covered, held)
    targets = _together([(order, left) for order, left in closing if order.kind is OrderKind.LIMIT])
    if targets is not None and targets > held:
        yield _warn(standing, Concern.TARGET_TOO_LARGE, f"Target for {_lots(targets)}, position is {_lots(held)}")
    # A stop that adds is meant where the position is covered; where it is not, it was meant to protect.
    if standing.are_listed and covered is not None and covered < held:
        for order, _ in active:
            if order.is_stop and not order.closes(side) and not _has_children(order, standing.orders):
                text = f"Stop on the wrong side: {_describe(order)} would add to {side} {_lots(held)}"
                yield _warn(standing, Concern.STOP_ON_WRONG_SIDE, text)


def _judge_stops(standing: Standing, covered: Decimal | None, held: Decimal) -> Iterator[OrderWarning]:
    if covered is None:
        yield _warn(standing, Concern.STOP_SIZE_UNKNOWN, f"A stop of unknown size for {_lots(held)}")
    elif covered > held:
        text = f"Stop for {_lots(covered)}, position is {_lots(held)}: it would reverse"
        yield _warn(standing, Concern.STOP_TOO_LARGE, text)
    elif not standing.are_listed:
        return
    elif covered == 0:
        side = PositionSide.of(standing.qty)
        yield _warn(standing, Concern.NO_STOP, f"No stop: {side} {_lots(held)} is not covered")
    elif covered < held:
        yield _warn(standing, Concern.STOP_TOO_SMALL, f"Stop covers {_lots(covered)} of {_lots(held)}")


def _beside_flat(standing: Standing, now: datetime) -> Iterator[OrderWarning]:
    names = {order.order_id for order in standing.orders if order.is_at_work}
    for order in standing.orders:
        is_bracket_part = order.state is OrderState.PENDING_CHILD and order.parent_id in names
        if not order.is_at_work or is_bracket_part or _is_recent(order.first_seen_at, now):
            continue
        text = f"Entry order working while flat: {_describe(order)}"
        if order.trade_id is None:
            yield _warn(standing, Concern.ENTRY_WHILE_FLAT, text)
        else:
            yield _warn(standing, Concern.LEFT_WHILE_FLAT, f"{text}, left from the last trade")


def _at_risk(order: Order, orders: Sequence[Order]) -> Decimal | None:
    """The lots that can still be filled before anything else happens; None where the order's size is unknown."""
    if not order.is_at_work:
        return Decimal(0)
    filled = order.filled_qty or Decimal(0)
    left = None if order.qty is None else max(Decimal(0), order.qty - filled)
    parent = next((each for each in orders if each.order_id == order.parent_id and each.is_at_work), None)
    if order.state is not OrderState.PENDING_CHILD or parent is None:
        return left
    # A pending child guards what its parent has filled so far.
    guarded = parent.filled_qty or Decimal(0)
    return guarded if left is None else min(left, guarded)


def _together(orders: Sequence[tuple[Order, Decimal | None]]) -> Decimal | None:
    """Lots of all of them; of two that cancel each other only the larger counts. None where one's size is unknown."""
    total = Decimal(0)
    pairs: dict[frozenset[str], Decimal] = {}
    names = {order.order_id for order, _ in orders}
    for order, left in orders:
        if left is None:
            return None
        named_by = next((other.order_id for other, _ in orders if other.linked_id == order.order_id), "")
        partner = order.linked_id if order.linked_id in names else named_by
        if partner:
            pair = frozenset({order.order_id, partner})
            pairs[pair] = max(left, pairs.get(pair, Decimal(0)))
        else:
            total += left
    return total + sum(pairs.values())


def _has_children(order: Order, orders: Sequence[Order]) -> bool:
    return any(each.parent_id == order.order_id and each.is_at_work for each in orders)


def _warn(standing: Standing, concern: Concern, text: str) -> OrderWarning:
    return OrderWarning(standing.symbol, concern, text)


def _describe(order: Order) -> str:
    """`SELL stop 2 @ 5047.50`."""
    price = order.trigger if order.is_stop else order.limit
    kind = "" if order.kind is OrderKind.OTHER else f" {order.kind.replace('_', ' ')}"
    size = "" if order.qty is None else f" {_lots(order.qty - (order.filled_qty or 0))}"
    return f"{order.side}{kind}{size}" + (f" @ {price:f}" if price is not None else "")


def _lots(qty: Decimal) -> str:
    return f"{qty.normalize():f}"


def _is_recent(at: datetime | None, now: datetime) -> bool:
    """Within the grace on either side: the two clocks may differ a little."""
    return at is not None and abs(now - at) <= GRACE
