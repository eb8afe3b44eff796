"""What can be asked on the control port: one struct for each request, told apart by `do`."""

from decimal import Decimal

from msgspec import Struct

from core.order import OrderKind
from core.values import Mode, Side


class Request(Struct, tag_field="do", kw_only=True, forbid_unknown_fields=True):
    """Every request carries the token, which has been looked at before."""

    token: str


class Status(Request, tag="status"):
    """How things stand: clients, quirks, the side shown, the last quote."""


class Books(Request, tag="books"):
    """All accounts with balance, positions, fills and working orders."""


class Trade(Request, tag="trade"):
    """A market order, filled at once; `parts` are the sizes of its fills, of which the exchange decides if empty."""

    account: str
    side: Side
    qty: int
    symbol: str = ""
    parts: tuple[int, ...] = ()


class Flatten(Request, tag="flatten"):
    """A market order that takes away what the account holds."""

    account: str
    symbol: str = ""


class Place(Request, tag="place"):
    """One order that may rest; `price` is a limit or a stop's trigger, `limit_price` the limit of a stop-limit."""

    account: str
    side: Side
    qty: int
    kind: OrderKind
    price: Decimal
    limit_price: Decimal | None = None
    symbol: str = ""


class Bracket(Request, tag="bracket"):
    """A parent, at the market unless it has a limit `price`, with a stop and a target as its children."""

    account: str
    side: Side
    qty: int
    stop: Decimal
    target: Decimal
    price: Decimal | None = None
    symbol: str = ""


class Link(Request, tag="oco"):
    """A stop and a target of which one cancels the other; `side` is theirs."""

    account: str
    side: Side
    qty: int
    stop: Decimal
    target: Decimal
    symbol: str = ""


class Cancel(Request, tag="cancel"):
    """Takes an order back."""

    order_id: str


class Replace(Request, tag="replace"):
    """Another total or other prices; what is left out stays."""

    order_id: str
    qty: int | None = None
    price: Decimal | None = None
    limit_price: Decimal | None = None


class FillOrder(Request, tag="fill"):
    """Fills so many lots of an order at its price, wherever the market is."""

    order_id: str
    qty: int


class SetPrice(Request, tag="price"):
    """Holds the market and lets one trade go by at this price, which is the bid; the ask is one tick above."""

    price: Decimal


class Advance(Request, tag="advance"):
    """Holds the market and lets its next ticks go by at once."""

    ticks: int


class Hold(Request, tag="hold"):
    """While it is on, prices move only by `price` and `advance`."""

    on: bool


class Cut(Request, tag="cut"):
    """Ends every connection and lets nobody in for so long."""

    seconds: float


class Stall(Request, tag="stall"):
    """Nothing is read or sent for so long."""

    seconds: float


class SetQuirk(Request, tag="quirk"):
    """Switches a quirk on or off."""

    name: str
    on: bool


class Show(Request, tag="show"):
    """Shows the accounts of one mode only; switches `hides-other-mode` on."""

    mode: Mode


Taking = Trade | Flatten | Place | Bracket | Link
Altering = Cancel | Replace | FillOrder
Ordering = Taking | Altering
Moving = SetPrice | Advance | Hold
Breaking = Cut | Stall | SetQuirk | Show
Any = Status | Books | Ordering | Moving | Breaking
