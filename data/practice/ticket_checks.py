"""Whether an order makes sense at all, before anybody looks at the market."""

from decimal import Decimal

from core.contracts import Contract
from core.errors import CommandRefused
from core.order import OrderKind
from data.practice.listing import Listing
from data.practice.orders import Ticket

LARGEST_ORDER = 10_000
_PRICED = (OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT)


def check_ticket(ticket: Ticket, listing: Listing) -> None:
    """Passes what can be traded here.

    Raises:
        CommandRefused: the symbol is not listed, the quantity is none, or a price is missing or off the grid.
    """
    if ticket.symbol != listing.symbol:
        raise CommandRefused(f"{ticket.symbol or 'An order without symbol'} is not traded here")
    if not 0 < ticket.qty <= LARGEST_ORDER:
        raise CommandRefused(f"An order for {ticket.qty} lots cannot be executed")
    check_prices(ticket.kind, ticket.price, ticket.limit_price, listing.contract)


def check_prices(kind: OrderKind, price: Decimal | None, limit_price: Decimal | None, contract: Contract) -> None:
    """Passes the prices such an order needs.

    Raises:
        CommandRefused: one is missing, not positive, or off the tick grid.
    """
    if kind in _PRICED:
        _check_price(price, f"The price of a {_spoken(kind)} order", contract)
    if kind is OrderKind.STOP_LIMIT:
        _check_price(limit_price, "The limit of a stop-limit order", contract)


def _check_price(price: Decimal | None, what: str, contract: Contract) -> None:
    if price is None:
        raise CommandRefused(f"{what} is not set")
    if price <= 0 or contract.snap(price) != price:
        raise CommandRefused(f"{what} is {price}, which is no multiple of the tick {contract.tick_size}")


def _spoken(kind: OrderKind) -> str:
    return kind.value.replace("_", "-")
