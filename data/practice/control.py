"""Does what is asked on the control port: trades as another would, moves the market, and breaks what can break."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from core.errors import CommandRefused
from core.order import OrderKind
from core.values import Side
from data.practice import control_requests as asked
from data.practice.exchange import Outcome
from data.practice.floor import Floor
from data.practice.network import Network
from data.practice.orders import Order, Ticket

_LONGEST_BREAK_S = 3600.0
_MOST_TICKS = 100_000
_OTHER_SIDE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}
_Number = TypeVar("_Number", int, float)
Answer = Mapping[str, Any]


class Control:
    """Answers requests about one floor and its network. Used on the practice thread only."""

    def __init__(self, floor: Floor, network: Network) -> None:
        self._floor = floor
        self._exchange = floor.exchange
        self._network = network
        self._decoder = msgspec.json.Decoder(asked.Any)

    def perform(self, line: bytes) -> Answer:
        """Does what one line asks; the answer says `ok`.

        Raises:
            CommandRefused: it is no request, or it cannot be done here.
            StorageUnavailable: the state file takes no more; nothing happened.
        """
        try:
            request = self._decoder.decode(line)
        except (ValueError, RecursionError) as error:
            raise CommandRefused(f"This is no request: {error}") from error
        return {"ok": True, **self._do(request)}

    def _do(self, request: asked.Any) -> Answer:
        match request:
            case asked.Status():
                return self._status()
            case asked.Books():
                return {"accounts": {name: self._account(name) for name in self._exchange.books.accounts}}
            case asked.SetPrice() | asked.Advance() | asked.Hold():
                self._move(request)
                return self._status()
            case asked.Cut() | asked.Stall() | asked.SetQuirk() | asked.Show():
                self._break(request)
                return self._status()
            case _:
                return _told(self._order(request))

    def _order(self, request: asked.Ordering) -> Outcome:
        match request:
            case asked.Cancel() | asked.Replace() | asked.FillOrder():
                return self._floor.publish(self._alter(request))
            case _:
                return self._floor.publish(self._take(request))

    def _take(self, request: asked.Taking) -> Outcome:
        exchange = self._exchange
        match request:
            case asked.Flatten(account=account, symbol=symbol):
                return exchange.execute(exchange.flattening_order(account, symbol or exchange.listing.symbol))
            case asked.Bracket():
                return exchange.bracket(self._ticket(request), *self._exits(request, _OTHER_SIDE[request.side]))
            case asked.Link():
                return exchange.link(*self._exits(request, request.side))
            case asked.Trade():
                return exchange.execute(self._ticket(request), request.parts)
            case asked.Place():
                return exchange.execute(self._ticket(request))

    def _alter(self, request: asked.Altering) -> Outcome:
        exchange = self._exchange
        match request:
            case asked.Cancel():
                return exchange.cancel(request.order_id)
            case asked.Replace():
                qty = request.qty or exchange.order_at_work(request.order_id).qty
                return exchange.replace(request.order_id, qty, request.price, request.limit_price)
            case asked.FillOrder():
                return exchange.fill(request.order_id, request.qty)

    def _move(self, request: asked.Moving) -> None:
        self._floor.is_held = not isinstance(request, asked.Hold) or request.on
        match request:
            case asked.SetPrice(price=price):
                self._floor.go_to(price)
            case asked.Advance(ticks=count):
                self._floor.advance(_checked(count, _MOST_TICKS, "ticks"))

    def _break(self, request: asked.Breaking) -> None:
        match request:
            case asked.Cut(seconds=seconds):
                self._network.cut(_checked(seconds, _LONGEST_BREAK_S, "seconds"))
            case asked.Stall(seconds=seconds):
                self._network.stall(_checked(seconds, _LONGEST_BREAK_S, "seconds"))
            case asked.SetQuirk(name=name, on=on):
                self._floor.tell(self._floor.manners.switch(name, on=on))
            case asked.Show(mode=mode):
                self._floor.manners.show(mode)

    def _ticket(self, request: asked.Trade | asked.Place | asked.Bracket) -> Ticket:
        symbol = request.symbol or self._exchange.listing.symbol
        ticket = Ticket(request.account, symbol, request.side, request.qty)
        match request:
            case asked.Place(kind=kind, price=price, limit_price=limit_price):
                return replace(ticket, kind=kind, price=price, limit_price=limit_price)
            case asked.Bracket(price=price) if price is not None:
                return replace(ticket, kind=OrderKind.LIMIT, price=price)
        return ticket

    def _exits(self, request: asked.Bracket | asked.Link, side: Side) -> tuple[Ticket, Ticket]:
        symbol = request.symbol or self._exchange.listing.symbol
        ticket = Ticket(request.account, symbol, side, request.qty)
        return (
            replace(ticket, kind=OrderKind.STOP, price=request.stop),
            replace(ticket, kind=OrderKind.LIMIT, price=request.target),
        )

    def _account(self, name: str) -> Answer:
        book = self._exchange.books.accounts[name]
        positions = {
            symbol: {"qty": net.qty, "average_price": net.average_price} for symbol, net in book.positions.items()
        }
        return {
            "balance": book.balance,
            "positions": positions,
            "fills": book.fills,
            "orders": [order for order in self._exchange.orders if order.account == name],
        }

    def _status(self) -> Answer:
        tick = self._exchange.last_tick
        return {
            "clients": self._network.client_count,
            "quirks": self._floor.manners.names,
            "symbol": self._exchange.listing.symbol,
            "held": self._floor.is_held,
            "price": tick.price,
            "bid": tick.bid,
            "ask": tick.ask,
        }


def _told(outcome: Outcome) -> Answer:
    """The order meant first, then those that changed with it, each as it stands now."""
    orders: dict[str, Order] = {change.order.order_id: change.order for change in outcome.changes}
    return {"order_id": outcome.order_id, "orders": list(orders.values()), "fills": outcome.fills}


def _checked(number: _Number, most: float, what: str) -> _Number:
    if not 0 <= number <= most:
        raise CommandRefused(f"{number} is no number of {what} from 0 to {most:.0f}")
    return number
