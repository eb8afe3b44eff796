"""Takes one client's orders: a parent waits here for its children, and every refusal is told to him who asked."""

from collections.abc import Sequence

from core.errors import CommandRefused, StorageUnavailable
from data.dtc.enums import OrderUpdateReason
from data.dtc.messages import Message, OrderUpdate
from data.dtc.order_requests import (
    CancelOrder,
    CancelReplaceOrder,
    SubmitFlattenPositionOrder,
    SubmitNewOcoOrder,
    SubmitNewSingleOrder,
)
from data.practice.exchange import Outcome
from data.practice.floor import Floor
from data.practice.order_messages import report_change_refused
from data.practice.order_requests import NewOrder, read_change, read_linked, read_order, split_linked
from data.practice.orders import Order
from data.practice.reports import report_refusal

OrderMessage = SubmitNewSingleOrder | SubmitNewOcoOrder | SubmitFlattenPositionOrder | CancelOrder | CancelReplaceOrder
_Change = CancelOrder | CancelReplaceOrder


class OrderDesk:
    """One client's side of the floor. Used on the practice thread only."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._parent: SubmitNewSingleOrder | None = None

    def next_is(self, message: Message) -> Sequence[OrderUpdate]:
        """Tells what the client says next: a parent whose children do not follow at once is refused."""
        parent = self._parent
        if parent is None or isinstance(message, SubmitNewOcoOrder):
            return ()
        self._parent = None
        return [report_refusal(parent, "The children of this parent order did not follow it")]

    def take(self, message: OrderMessage) -> Sequence[OrderUpdate]:
        """Does what is asked, which every client hears of; returns the refusals that only this one hears."""
        match message:
            case SubmitNewSingleOrder() if message.IsParentOrder:
                self._parent = message
                return ()
            case SubmitNewSingleOrder() | SubmitFlattenPositionOrder():
                return self._submit(message)
            case SubmitNewOcoOrder():
                return self._submit_linked(message)
            case _:
                return self._change(message)

    def _submit(self, request: NewOrder) -> Sequence[OrderUpdate]:
        exchange = self._floor.exchange
        try:
            self._may_trade(request.TradeAccount)
            if isinstance(request, SubmitFlattenPositionOrder):
                account, symbol = request.TradeAccount or "", request.Symbol or ""
                ticket = exchange.flattening_order(account, symbol, request.ClientOrderID or "")
            else:
                ticket = read_order(request)
            self._floor.trade(ticket)
        except (CommandRefused, StorageUnavailable) as error:
            return [report_refusal(request, str(error))]
        return ()

    def _submit_linked(self, request: SubmitNewOcoOrder) -> Sequence[OrderUpdate]:
        """One refused, all refused."""
        parent, self._parent = self._parent, None
        try:
            self._may_trade(request.TradeAccount)
            self._place_linked(request, parent)
        except (CommandRefused, StorageUnavailable) as error:
            refused = [*([parent] if parent else []), *split_linked(request)]
            return [report_refusal(single, str(error)) for single in refused]
        return ()

    def _place_linked(self, request: SubmitNewOcoOrder, parent: SubmitNewSingleOrder | None) -> None:
        first, second = read_linked(request)
        named = request.ParentTriggerClientOrderID or ""
        if named != (parent.ClientOrderID or "" if parent else ""):
            raise CommandRefused(f"The parent order {named or 'that came before'} is not that of these two")
        exchange = self._floor.exchange
        if parent is None:
            self._floor.publish(exchange.link(first, second))
        else:
            self._floor.publish(exchange.bracket(read_order(parent), first, second))

    def _change(self, request: _Change) -> Sequence[OrderUpdate]:
        order = self._floor.exchange.orders.find(request.ServerOrderID or "")
        try:
            self._floor.publish(self._changed(request, order))
        except (CommandRefused, StorageUnavailable) as error:
            is_cancel = isinstance(request, CancelOrder)
            refused = OrderUpdateReason
            reason = refused.ORDER_CANCEL_REJECTED if is_cancel else refused.ORDER_CANCEL_REPLACE_REJECTED
            return [report_change_refused(order, request.ClientOrderID or "", reason, str(error))]
        return ()

    def _changed(self, request: _Change, order: Order | None) -> Outcome:
        exchange = self._floor.exchange
        if order is not None:
            self._may_trade(order.account)
            if request.ClientOrderID not in ("", None, order.client_order_id):
                raise CommandRefused(f"ClientOrderID {request.ClientOrderID} is not that of order {order.order_id}")
        if isinstance(request, CancelOrder) or order is None:
            return exchange.cancel(request.ServerOrderID or "")
        return exchange.replace(order.order_id, *read_change(request, order))

    def _may_trade(self, account: str | None) -> None:
        if objection := self._floor.manners.objection(account or ""):
            raise CommandRefused(objection)
