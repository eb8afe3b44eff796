"""The exchange itself: it knows the last quote, executes market orders against it, and keeps the books."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from types import MappingProxyType

from core.errors import CommandRefused, ConfigError
from core.values import Side
from data.feeds.tick import Tick
from data.practice.books import Books, Fill, trade
from data.practice.listing import PRACTICE_MODES, Listing
from data.practice.market import Market
from data.practice.state_file import State

OPENING_BALANCES: Mapping[str, Decimal] = MappingProxyType(dict.fromkeys(PRACTICE_MODES, Decimal(50_000)))
PARTIAL_FILL_CHANCE = 0.4


@dataclass(frozen=True, slots=True)
class MarketOrder:
    """An order to be executed at once, at the bid or the ask; `qty` in lots."""

    account: str
    symbol: str
    side: Side
    qty: int
    client_order_id: str = ""


@dataclass(frozen=True, slots=True)
class Executed:
    """An order that was filled whole, in one fill or in several."""

    order: MarketOrder
    order_id: str
    fills: tuple[Fill, ...]

    @property
    def balance_change(self) -> Decimal:
        """Money realised less commission, in the account's currency."""
        return sum((fill.realised - fill.commission for fill in self.fills), Decimal(0))


class Exchange:
    """Executes and books; it tells nobody. Used on the practice thread only.

    It lists one symbol, whose quotes and time come from `market`. An order of two lots or more is filled in parts with
    the given chance, seeded.
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
        self._state = state
        self._random = Random(seed)
        self._partial_fill_chance = partial_fill_chance
        self._order_count = 0
        if state.fills and state.fills[-1].at_us > market.opening.at_us:
            raise ConfigError("The exchange has traded past the start of this market: give it another state file")
        for fill in state.fills:
            self.books.book(fill)

    def observe(self, tick: Tick) -> None:
        self.last_tick = tick

    def execute(self, order: MarketOrder) -> Executed:
        """Fills the order at the last quote; when this returns, the fills are in the state and in the books.

        Raises:
            CommandRefused: account or symbol is unknown here, or the quantity is none.
            StorageUnavailable: the fills could not be saved; nothing happened.
        """
        self._check(order)
        self._order_count += 1
        order_id = f"{self._state.run}-{self._order_count}"
        fills = self._fill(order, order_id)
        self._state.append(fills)
        for fill in fills:
            self.books.book(fill)
        return Executed(order, order_id, fills)

    def flattening_order(self, account: str, symbol: str, client_order_id: str = "") -> MarketOrder:
        """The market order that takes away what the account holds.

        Raises:
            CommandRefused: the account is unknown here, or holds nothing.
        """
        self._check_account(account)
        qty = self.books.position(account, symbol).qty
        if not qty:
            raise CommandRefused(f"{account} has no position in {symbol}")
        return MarketOrder(account, symbol, Side.SELL if qty > 0 else Side.BUY, abs(qty), client_order_id)

    def close(self) -> None:
        self._state.close()

    def _check(self, order: MarketOrder) -> None:
        self._check_account(order.account)
        if order.symbol != self.listing.symbol:
            raise CommandRefused(f"{order.symbol or 'An order without symbol'} is not traded here")
        if order.qty <= 0:
            raise CommandRefused(f"An order for {order.qty} lots cannot be executed")

    def _check_account(self, account: str) -> None:
        if account not in self.books.accounts:
            raise CommandRefused(f"There is no account {account}" if account else "TradeAccount is not set")

    def _fill(self, order: MarketOrder, order_id: str) -> tuple[Fill, ...]:
        position = self.books.position(order.account, order.symbol)
        fills = []
        for part, qty in enumerate(self._split(order.qty), start=1):
            price = self._price_for(order.side)
            position, realised = trade(position, order.side, qty, price)
            fill = Fill(
                order_id=order_id,
                execution_id=f"{order_id}.{part}",
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
        return tuple(fills)

    def _split(self, qty: int) -> tuple[int, ...]:
        if qty == 1 or self._random.random() >= self._partial_fill_chance:
            return (qty,)
        first = self._random.randint(1, qty - 1)
        return (first, qty - first)

    def _price_for(self, side: Side) -> Decimal:
        quoted = self.last_tick.ask if side is Side.BUY else self.last_tick.bid
        return self.listing.contract.snap(Decimal(str(quoted)))
