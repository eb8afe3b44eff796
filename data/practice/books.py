"""The exchange's own books: fills, net positions and balances, in exact numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct

from core.values import Side, round_average


class Fill(Struct, frozen=True, tag="fill"):
    """One fill as it stands in the books; `position_qty` is signed and after it, money is in the account's currency."""

    order_id: str
    execution_id: str
    account: str
    symbol: str
    side: Side
    qty: int
    price: Decimal
    at_us: int
    position_qty: int
    realised: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class NetPosition:
    """What an account holds of a symbol: `qty` signed, `cost` the signed quantity times price that it stands for."""

    qty: int = 0
    cost: Decimal = Decimal(0)

    @property
    def average_price(self) -> Decimal:
        """Average price of what is open; 0 when flat, as on the wire."""
        return round_average(self.cost / self.qty) if self.qty else Decimal(0)


def trade(position: NetPosition, side: Side, qty: int, price: Decimal) -> tuple[NetPosition, Decimal]:
    """The position after a fill, and the points times quantity it realised: first it closes, what is left of it opens.

    Over a round trip the realised points are exact, whatever an average had to be rounded to on the way.
    """
    closing = min(qty, abs(position.qty)) if position.qty * side.sign < 0 else 0
    opening = qty - closing
    released = _cost_of(position, closing)
    cost = position.cost - released + side.sign * opening * price
    realised = -released - side.sign * closing * price
    return NetPosition(position.qty + side.sign * qty, cost), realised


def _cost_of(position: NetPosition, lots: int) -> Decimal:
    """The share of the cost that belongs to some of the lots held."""
    if lots == abs(position.qty):
        return position.cost
    return round_average(position.cost * lots / abs(position.qty))


_FLAT = NetPosition()


@dataclass(slots=True)
class AccountBook:
    """One account: its balance, its fills in the order they happened, and every symbol it ever traded."""

    balance: Decimal
    fills: list[Fill] = field(default_factory=list)
    positions: dict[str, NetPosition] = field(default_factory=dict)


def net_of(fills: Iterable[Fill]) -> NetPosition:
    """What fills of one symbol, in their order, add up to."""
    position = _FLAT
    for fill in fills:
        position, _realised = trade(position, fill.side, fill.qty, fill.price)
    return position


class Books:
    """All accounts. Used on the practice thread only."""

    def __init__(self, opening_balances: Mapping[str, Decimal]) -> None:
        self._accounts = {name: AccountBook(balance) for name, balance in opening_balances.items()}

    @property
    def accounts(self) -> Mapping[str, AccountBook]:
        return MappingProxyType(self._accounts)

    def position(self, account: str, symbol: str) -> NetPosition:
        return self._accounts[account].positions.get(symbol, _FLAT)

    def book(self, fill: Fill) -> None:
        account = self._accounts[fill.account]
        position, _realised = trade(self.position(fill.account, fill.symbol), fill.side, fill.qty, fill.price)
        account.positions[fill.symbol] = position
        account.balance += fill.realised - fill.commission
        account.fills.append(fill)
