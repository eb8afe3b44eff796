"""One order, as the broker describes it bit by bit, and what becomes of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.values import EntryType, PositionSide, Side


class OrderKind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    OTHER = "other"


class OrderState(StrEnum):
    """Where an order stands.

    A pending child rests until its parent fills; an order is gone when the broker no longer lists it and nobody told
    how it ended.
    """

    PENDING = "pending"
    PENDING_CHILD = "pending_child"
    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    GONE = "gone"


_AT_WORK = (OrderState.PENDING, OrderState.PENDING_CHILD, OrderState.WORKING)
_FINAL = (OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED)
_STOPS = (OrderKind.STOP, OrderKind.STOP_LIMIT)

Details = tuple[tuple[str, str], ...]

_FILLED_AS = "filled_as"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported:
    """What one report says of an order; None and "" stand for what it leaves open.

    `trigger` is the stop price, `limit` the limit price. `previous_id` is the name the order had before. `details` are
    the facts that no other field holds.
    """

    account: str
    order_id: str
    symbol: str
    wire_symbol: str
    at: datetime
    state: OrderState | None = None
    side: Side | None = None
    kind: OrderKind | None = None
    qty: Decimal | None = None
    filled_qty: Decimal | None = None
    trigger: Decimal | None = None
    limit: Decimal | None = None
    average_price: Decimal | None = None
    parent_id: str = ""
    linked_id: str = ""
    client_id: str = ""
    previous_id: str = ""
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One order as the broker last described it; `trigger` is the stop price, `limit` the limit price.

    `entry_type` is what its first fill did to the position, None before. `trade_id` is the trade that fill belongs to;
    before, the trade the order stands beside. `risked_at` is the stop price that counts for the initial risk.
    """

    account: str
    order_id: str
    symbol: str
    side: Side
    kind: OrderKind
    state: OrderState
    qty: Decimal | None
    filled_qty: Decimal | None
    trigger: Decimal | None
    limit: Decimal | None
    parent_id: str
    linked_id: str
    first_seen_at: datetime
    updated_at: datetime
    wire_symbol: str = ""
    client_id: str = ""
    previous_id: str = ""
    average_price: Decimal | None = None
    entry_type: EntryType | None = None
    trade_id: int | None = None
    risked_at: Decimal | None = None
    details: Details = ()

    @property
    def is_at_work(self) -> bool:
        return self.state in _AT_WORK

    @property
    def is_final(self) -> bool:
        return self.state in _FINAL

    @property
    def is_stop(self) -> bool:
        return self.kind in _STOPS

    @property
    def filled_as(self) -> str:
        """The name that its executions go by: the one it had at its first fill, whatever it is called now."""
        return dict(self.details).get(_FILLED_AS, self.order_id)

    def about_to_be_renamed(self) -> "Order":
        """The order with its name kept for the fills to come, if it has filled already: they are fills of one order."""
        if self.entry_type is None and not self.filled_qty:
            return self
        return replace(self, details=tuple(sorted({**dict(self.details), _FILLED_AS: self.filled_as}.items())))

    def closes(self, side: PositionSide) -> bool:
        """True on the side that takes a position of `side` down."""
        return self.side.sign == -side.sign

    def after(self, report: OrderReported) -> "Order":
        """The order as it stands after `report`; itself when that only says again what is known.

        How an order ended is final. What a report leaves open stays as it was.
        """
        state = self.state if self.is_final else report.state or self.state
        trigger = report.trigger or self.trigger
        after = replace(
            self,
            order_id=report.order_id or self.order_id,
            kind=report.kind or self.kind,
            state=state,
            qty=self.qty if report.qty is None else report.qty,
            filled_qty=self._most_filled(report),
            trigger=trigger,
            limit=report.limit or self.limit,
            average_price=report.average_price or self.average_price,
            parent_id=report.parent_id or self.parent_id,
            linked_id=report.linked_id or self.linked_id,
            client_id=report.client_id or self.client_id,
            previous_id=report.previous_id or self.previous_id,
            # A bracket's stop follows its parent's fill until it works; from then on only the trader moves it.
            risked_at=trigger if self.risked_at is None or self.state is not OrderState.WORKING else self.risked_at,
            details=tuple(sorted({**dict(self.details), **dict(report.details)}.items())),
        )
        return self if after == self else replace(after, updated_at=report.at)

    def _most_filled(self, report: OrderReported) -> Decimal | None:
        """What is filled stays filled, whichever report comes late."""
        if report.filled_qty is None or self.filled_qty is None:
            return self.filled_qty if report.filled_qty is None else report.filled_qty
        return max(self.filled_qty, report.filled_qty)


def order_from(report: OrderReported) -> Order | None:
    """An order seen for the first time; None where the report does not say what it is."""
    if report.side is None or report.kind is None or not report.order_id:
        return None
    return Order(
        account=report.account,
        order_id=report.order_id,
        symbol=report.symbol,
        wire_symbol=report.wire_symbol,
        side=report.side,
        kind=report.kind,
        state=report.state or OrderState.PENDING,
        qty=report.qty,
        filled_qty=report.filled_qty,
        trigger=report.trigger,
        limit=report.limit,
        average_price=report.average_price,
        parent_id=report.parent_id,
        linked_id=report.linked_id,
        client_id=report.client_id,
        previous_id=report.previous_id,
        first_seen_at=report.at,
        updated_at=report.at,
        risked_at=report.trigger,
        details=report.details,
    )
