"""A client of the practice exchange without a socket: the test turns its ticks and its clock."""

from decimal import Decimal
from typing import Any

import msgspec

from core.values import Side
from data.dtc import messages, order_requests
from data.dtc.codec import encode
from data.dtc.enums import OrderType
from data.dtc.messages import Message
from data.feeds.tick import Tick
from data.practice.exchange import Exchange
from data.practice.floor import Floor
from data.practice.listing import SIM_ACCOUNT, list_contract
from data.practice.orders import Ticket
from data.practice.replay import TickReplay
from data.practice.session import Session
from data.practice.state_file import Unsaved
from data.practice.trader import Trader, nobody

SYMBOL = "MESZ26-CME"
START_US = 1_795_000_000_123_456
Received = dict[str, Any]


class Talk:
    """A client logged on to an exchange whose ticks and clock the test turns."""

    def __init__(self, trader: Trader = nobody, *quirks: str, partial_fill_chance: float = 0.0) -> None:
        self.now = 0.0
        prices = (5050.0, 5050.25, 5050.25, 5051.0, 5049.0, 5050.0)
        ticks = [Tick(START_US + n, price, 1, Side.SELL, price, price + 0.25) for n, price in enumerate(prices)]
        market = TickReplay(ticks, Decimal("0.25"))
        self.exchange = Exchange(list_contract(SYMBOL), market, Unsaved(), 1, partial_fill_chance)
        self.floor = Floor(self.exchange, trader, quirks, clock=lambda: self.now)
        self.session = Session(self.floor, now=0.0)
        self.floor.listeners.append(self.session)

    def log_on(self, interval: int = 10) -> list[Received]:
        return self.say(messages.LogonRequest(HeartbeatIntervalInSeconds=interval))

    def say(self, *said: Message) -> list[Received]:
        self.session.receive(b"".join(map(encode, said)), now=0.0)
        return self.heard()

    def heard(self) -> list[Received]:
        frames = bytes(self.session.out).split(b"\0")[:-1]
        self.session.out.clear()
        return [msgspec.json.decode(frame) for frame in frames]

    def trade(self, account: str, side: Side, qty: int, *parts: int) -> list[Received]:
        """What this client hears when somebody else trades at the market."""
        self.floor.trade(Ticket(account, SYMBOL, side, qty), parts)
        return self.heard()

    def wait(self, seconds: float) -> list[Received]:
        """What is told when so much time has passed."""
        self.now += seconds
        self.floor.tell_overdue()
        return self.heard()

    def go_to(self, price: float) -> list[Received]:
        """What is told when the market trades at the price: the bid is there, the ask a tick above."""
        self.floor.go_to(Decimal(str(price)))
        return self.heard()

    def buy(self, qty: float, **fields: Any) -> list[Received]:
        order = {"Symbol": SYMBOL, "TradeAccount": SIM_ACCOUNT, "OrderType": 1, "BuySell": 1, "ClientOrderID": "mine"}
        return self.say(order_requests.SubmitNewSingleOrder(**{**order, "Quantity": qty, **fields}))

    def sell(self, qty: float, **fields: Any) -> list[Received]:
        return self.buy(qty, BuySell=2, **fields)

    def order(self, kind: OrderType, side: Side, qty: int, price: float, **fields: Any) -> list[Received]:
        """What this client hears of a resting order of his."""
        asked = {"OrderType": kind, "Price1": price, "ClientOrderID": "", **fields}
        return self.buy(qty, BuySell=1 if side is Side.BUY else 2, **asked)


def types(heard: list[Received]) -> list[int]:
    return [message["Type"] for message in heard]
