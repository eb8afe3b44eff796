"""The exchange itself: it takes orders, fills them when the market reaches them, and keeps the books."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from types import MappingProxyType

from msgspec.structs import replace

from core.errors import CommandRefused, ConfigError, StorageUnavailable
from core.order import OrderKind, OrderState
from core.values import Side
from data.feeds.tick import Tick
from data.practice.books import Books, Fill, trade
from data.practice.ids import Ids
from data.practice.listing import PRACTICE_MODES, Listing
from data.practice.market import Market
from data.practice.matching import fill_price, is_triggered
from data.practice.orders import Cancelled, Order, Placed, Replaced, Ticket, Triggered
from data.practice.state_file import State
from data.practice.ticket_checks import check_prices, check_ticket
from data.practice.working import Change, Event, What, WorkingOrders

OPENING_BALANCES: Mapping[str, Decimal] = MappingProxyType(dict.fromkeys(PRACTICE_MODES, Decimal(50_000)))
PARTIAL_FILL_CHANCE = 0.4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has made of the orders, step by step; the first step is that of the order meant."""

    changes: tuple[Change, ...]

    @property
    def order_id(self) -> str:
        return self.changes[0].order.order_id

    @property
    def fills(self) -> tuple[Fill, ...]:
        return tuple(change.fill for change in self.changes if change.fill is not None)


class Exchange:
    """Executes and books; it tells nobody. Used on the practice thread only.

    It lists one symbol, whose quotes and time come from `market`. A market order of two lots or more is filled in parts
    with the given chance, seeded. What a command returns is in the state and in the books; a command that raises has
    changed nothing.
    """

    def __init__(
        self,
        listing: Listing,
        market: Market,
        state: State,
        seed: int = 0,
        partial_fill_chance: float = PARTIAL_FILL_CHANCE,
    ) -> None:
        self.listing = listing
        self.market = market
        self.last_tick: Tick = market.opening
        self.books = Books(OPENING_BALANCES)
        self.orders = WorkingOrders()
        self.ids = Ids(state.run, self.orders)
        self._state = state
        self._random = Random(seed)
        self._partial_fill_chance = partial_fill_chance
        if state.fills and state.fills[-1].at_us > market.opening.at_us:
            raise ConfigError("The exchange has traded past the start of this market: give it another state file")
        for event in state.events:
            self._apply(event)

    def observe(self, tick: Tick) -> Outcome | None:
        """The market has moved: fills whatever it reaches; None where it reaches nothing."""
        self.last_tick = tick
        changes = self._match_all()
        return Outcome(tuple(changes)) if changes else None

    def execute(self, ticket: Ticket, parts: Sequence[int] = ()) -> Outcome:
        """Takes one order; what the market reaches of it is filled at once, a market order in the `parts` given.

        Raises:
            CommandRefused: account, symbol, quantity or price will not do.
            StorageUnavailable: nothing could be saved.
        """
        self._check(ticket)
        if parts and (sum(parts) != ticket.qty or min(parts) <= 0 or ticket.kind is not OrderKind.MARKET):
            raise CommandRefused(f"{ticket.qty} lots cannot be filled at once in parts of {', '.join(map(str, parts))}")
        return self._take([self._order(ticket)], parts)

    def link(self, first: Ticket, second: Ticket) -> Outcome:
        """Takes two orders of which one cancels the other.

        Raises:
            CommandRefused, StorageUnavailable: neither was taken.
        """
        return self._take(self._linked(first, second, ""))

    def bracket(self, parent: Ticket, first: Ticket, second: Ticket) -> Outcome:
        """Takes a parent and two linked children, who rest until it fills.

        Raises:
            CommandRefused, StorageUnavailable: none of the three was taken.
        """
        self._check(parent)
        order = self._order(parent)
        return self._take([order, *self._linked(first, second, order.order_id)])

    def cancel(self, order_id: str) -> Outcome:
        """Takes an order back, and those that fall with it.

        Raises:
            CommandRefused: it is not at work.
            StorageUnavailable: it is still at work.
        """
        self.order_at_work(order_id)
        return self._happen([Cancelled(order_id)])

    def replace(self, order_id: str, qty: int, price: Decimal | None, limit_price: Decimal | None) -> Outcome:
        """Gives an order another total or other prices; None leaves a price as it is.

        Raises:
            CommandRefused: it is not at work, or will not do so.
            StorageUnavailable: it is as it was.
        """
        order = self.order_at_work(order_id)
        if qty <= order.filled:
            raise CommandRefused(f"{qty} lots will not do: {order.filled} are filled already")
        event = Replaced(order_id, qty, price or order.price, limit_price or order.limit_price)
        check_prices(order.kind, event.price, event.limit_price, self.listing.contract)
        changed = self._happen([event])
        return Outcome((*changed.changes, *self._match_all(new={order_id})))

    def fill(self, order_id: str, qty: int) -> Outcome:
        """Fills so much of an order at its price, or at the quote where it has none, as if the market had come there.

        Raises:
            CommandRefused: it is not at work, or has not so much left.
            StorageUnavailable: it is as it was.
        """
        order = self.order_at_work(order_id)
        if order.state is OrderState.PENDING_CHILD or not 0 < qty <= order.remaining:
            raise CommandRefused(f"{qty} lots of {order_id} cannot be filled: {order.remaining} are left")
        price = order.limit_price or order.price or self._quote(order.side)
        filled = self._happen(self._fills(order, (qty,), price))
        return Outcome((*filled.changes, *self._match_all()))

    def order_at_work(self, order_id: str) -> Order:
        """The order as it stands.

        Raises:
            CommandRefused: there is none, or it has ended.
        """
        order = self.orders.find(order_id)
        if order is None:
            raise CommandRefused(f"There is no order {order_id}" if order_id else "ServerOrderID is not set")
        if order_id not in self.orders:
            raise CommandRefused(f"Order {order_id} is {order.state} already")
        return order

    def flattening_order(self, account: str, symbol: str, client_order_id: str = "") -> Ticket:
        """The market order that takes away what the account holds.

        Raises:
            CommandRefused: the account is unknown here, or holds nothing.
        """
        self._check_account(account)
        qty = self.books.position(account, symbol).qty
        if not qty:
            raise CommandRefused(f"{account} has no position in {symbol}")
        return Ticket(account, symbol, Side.SELL if qty > 0 else Side.BUY, abs(qty), client_order_id)

    def close(self) -> None:
        self._state.close()

    def _take(self, orders: Sequence[Order], parts: Sequence[int] = ()) -> Outcome:
        first = orders[0]
        events: list[Event] = [Placed(tuple(orders))]
        if first.kind is OrderKind.MARKET:
            events += self._fills(first, parts or self._split(first.qty), self._quote(first.side))
        outcome = self._happen(events)
        return Outcome((*outcome.changes, *self._match_all(new={order.order_id for order in orders})))

    def _happen(self, events: Sequence[Event]) -> Outcome:
        """Saves what happens, then applies it: all of it or nothing."""
        self._state.append(events)
        return Outcome(tuple(change for event in events for change in self._apply(event)))

    def _apply(self, event: Event) -> list[Change]:
        if isinstance(event, Fill):
            self.books.book(event)
        return self.orders.apply(event)

    def _match_all(self, new: Iterable[str] = ()) -> list[Change]:
        """Fills what the last quote reaches, one order after the other; `new` are the ids that have not rested yet."""
        fresh = set(new)
        changes: list[Change] = []
        while events := self._next_match(fresh):
            try:
                happened = self._happen(events).changes
            except StorageUnavailable as error:
                _log.warning("%s; what the market reached stays at work", error)
                break
            fresh |= {change.order.order_id for change in happened if change.what is not What.CHANGED}
            fresh |= {event.order_id for event in events if isinstance(event, Triggered)}
            changes += happened
        return changes

    def _next_match(self, new: Collection[str]) -> Sequence[Event]:
        for order in self.orders:
            if order.state is OrderState.PENDING_CHILD or not order.remaining:
                continue
            if order.kind is OrderKind.STOP_LIMIT and not order.is_triggered and is_triggered(order, self.last_tick):
                return [Triggered(order.order_id)]
            price = fill_price(order, self.last_tick, is_new=order.order_id in new)
            if price is not None:
                return self._fills(order, (order.remaining,), price)
        return ()

    def _fills(self, order: Order, parts: Sequence[int], price: Decimal) -> Sequence[Fill]:
        position = self.books.position(order.account, order.symbol)
        fills = []
        for qty in parts:
            position, realised = trade(position, order.side, qty, price)
            fill = Fill(
                order_id=order.order_id,
                execution_id=self.ids.draw_execution(),
                account=order.account,
                symbol=order.symbol,
                side=order.side,
                qty=qty,
                price=price,
                at_us=self.market.now_us(),
                position_qty=position.qty,
                realised=realised * self.listing.contract.point_value,
                commission=self.listing.commission * qty,
            )
            fills.append(fill)
        return fills

    def _split(self, qty: int) -> tuple[int, ...]:
        if qty == 1 or self._random.random() >= self._partial_fill_chance:
            return (qty,)
        first = self._random.randint(1, qty - 1)
        return (first, qty - first)

    def _quote(self, side: Side) -> Decimal:
        quoted = self.last_tick.ask if side is Side.BUY else self.last_tick.bid
        return self.listing.contract.snap(Decimal(str(quoted)))

    def _order(self, ticket: Ticket) -> Order:
        return Order(
            order_id=self.ids.draw_order(),
            client_order_id=ticket.client_order_id,
            account=ticket.account,
            symbol=ticket.symbol,
            side=ticket.side,
            kind=ticket.kind,
            qty=ticket.qty,
            wanted=ticket.qty,
            price=ticket.price,
            limit_price=ticket.limit_price,
            at_us=self.market.now_us(),
        )

    def _linked(self, first: Ticket, second: Ticket, parent_id: str) -> list[Order]:
        for ticket in (first, second):
            self._check(ticket)
        if (first.account, first.symbol) != (second.account, second.symbol):
            raise CommandRefused("Linked orders must be for the same account and symbol")
        one, other = self._order(first), self._order(second)
        state = OrderState.PENDING_CHILD if parent_id else OrderState.WORKING
        return [
            replace(one, parent_id=parent_id, oco_id=other.order_id, state=state),
            replace(other, parent_id=parent_id, oco_id=one.order_id, state=state),
        ]

    def _check(self, ticket: Ticket) -> None:
        self._check_account(ticket.account)
        check_ticket(ticket, self.listing)
        name = ticket.client_order_id
        if name and any(order.client_order_id == name for order in self.orders):
            raise CommandRefused(f"ClientOrderID {name} is that of an open order")

    def _check_account(self, account: str) -> None:
        if account not in self.books.accounts:
            raise CommandRefused(f"There is no account {account}" if account else "TradeAccount is not set")
