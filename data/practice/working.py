"""The orders at work, folded from what happened: the same events give the same orders, now or after a restart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from msgspec.structs import replace

from core.order import OrderState
from data.practice.books import Fill
from data.practice.orders import Cancelled, Order, Placed, Replaced, Triggered

Event = Placed | Fill | Triggered | Cancelled | Replaced


class What(Enum):
    """What has become of an order."""

    ACCEPTED = auto()
    OPENED = auto()
    PARTLY_FILLED = auto()
    FILLED = auto()
    CANCELLED = auto()
    REPLACED = auto()
    CHANGED = auto()


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one order, as it stood right after it; `fill` only where the step was one."""

    order: Order
    what: What
    fill: Fill | None = None


class WorkingOrders:
    """What is at work and what has ended, by order id. Used on the practice thread only."""

    def __init__(self) -> None:
        self._working: dict[str, Order] = {}
        self._ended: dict[str, Order] = {}

    def __iter__(self) -> Iterator[Order]:
        """Those at work, pending children included, in the order they were placed."""
        return iter(tuple(self._working.values()))

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._working

    def find(self, order_id: str) -> Order | None:
        """The order as it stands, at work or ended; None where no order ever had this id."""
        return self._working.get(order_id) or self._ended.get(order_id)

    def apply(self, event: Event) -> list[Change]:
        """What the event makes of the orders, its consequences for linked ones and children included."""
        match event:
            case Placed():
                return [change for order in event.orders for change in self._place(order)]
            case Fill():
                return self._fill(event)
            case Triggered():
                return self._step(event.order_id, What.CHANGED, is_triggered=True)
            case Cancelled():
                return self._cancel(event.order_id)
            case Replaced():
                return self._replace(event)

    def _place(self, order: Order) -> Iterable[Change]:
        self._ended.pop(order.order_id, None)
        self._working[order.order_id] = order
        yield Change(order, What.ACCEPTED)
        if order.state is OrderState.WORKING:
            yield Change(order, What.OPENED)

    def _fill(self, fill: Fill) -> list[Change]:
        order = self._working.get(fill.order_id)
        if order is None:
            return []  # a state of earlier days knows fills only
        filled, cost = order.filled + fill.qty, order.filled_cost + fill.qty * fill.price
        is_whole = filled >= order.wanted
        state = OrderState.FILLED if is_whole else order.state
        after = self._keep(replace(order, filled=filled, filled_cost=cost, state=state))
        changes = [Change(after, What.FILLED if is_whole else What.PARTLY_FILLED, fill)]
        for linked in self._linked(after):
            changes += self._reduce(linked, linked.wanted if is_whole else fill.qty)
        for child in self._children(after):
            changes += self._grow(child, after, fill.qty)
        return changes

    def _reduce(self, order: Order, lots: int) -> list[Change]:
        """One of two linked orders was filled: so much less is left of the other, nothing where it was filled whole."""
        wanted = order.wanted - lots
        if wanted <= order.filled:
            return self._step(order.order_id, What.CANCELLED, state=OrderState.CANCELED)
        qty = min(wanted, max(order.filled, order.qty - lots))
        return self._step(order.order_id, What.CHANGED, qty=qty, wanted=wanted)

    def _grow(self, child: Order, parent: Order, lots: int) -> list[Change]:
        """A child is at work with what its parent was filled, and stops growing where the parent ends."""
        is_opening = child.state is OrderState.PENDING_CHILD
        qty = min(child.wanted, lots if is_opening else child.qty + lots)
        wanted = child.wanted if parent.state is OrderState.WORKING else qty
        what = What.OPENED if is_opening else What.CHANGED
        return self._step(child.order_id, what, state=OrderState.WORKING, qty=qty, wanted=wanted)

    def _cancel(self, order_id: str) -> list[Change]:
        """Linked orders fall together unless they are children; pending children fall with their parent."""
        changes = self._step(order_id, What.CANCELLED, state=OrderState.CANCELED)
        ended = self._ended[order_id]
        if not ended.parent_id:
            for linked in self._linked(ended):
                changes += self._step(linked.order_id, What.CANCELLED, state=OrderState.CANCELED)
        for child in self._children(ended):
            if child.state is OrderState.PENDING_CHILD:
                changes += self._step(child.order_id, What.CANCELLED, state=OrderState.CANCELED)
            elif child.wanted > child.qty:
                changes += self._stop_growing(child)
        return changes

    def _stop_growing(self, child: Order) -> list[Change]:
        if child.filled < child.qty:
            return self._step(child.order_id, What.CHANGED, wanted=child.qty)
        state = OrderState.FILLED if child.filled else OrderState.CANCELED
        return self._step(child.order_id, What.CHANGED, wanted=child.qty, state=state)

    def _replace(self, event: Replaced) -> list[Change]:
        prices = {"price": event.price, "limit_price": event.limit_price}
        order = self._working[event.order_id]
        wanted = max(event.qty, order.wanted) if order.wanted > order.qty else event.qty
        return self._step(event.order_id, What.REPLACED, qty=event.qty, wanted=wanted, **prices)

    def _step(self, order_id: str, what: What, **changed: object) -> list[Change]:
        return [Change(self._keep(replace(self._working[order_id], **changed)), what)]

    def _keep(self, order: Order) -> Order:
        """Puts the order where it belongs: at work, or among those that have ended."""
        if order.state in (OrderState.FILLED, OrderState.CANCELED):
            self._working.pop(order.order_id, None)
            self._ended[order.order_id] = order
        else:
            self._working[order.order_id] = order
        return order

    def _linked(self, order: Order) -> Iterable[Order]:
        return [other for other in self if order.oco_id and other.order_id == order.oco_id]

    def _children(self, parent: Order) -> Iterable[Order]:
        return [other for other in self if other.parent_id == parent.order_id]
