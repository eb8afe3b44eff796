"""A caller on the practice exchange's control port: trades there as another would, and breaks what can break."""

import json
import re
import socket
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

_LINE = re.compile(r"Control channel on 127\.0\.0\.1:(\d+) token (\S+)")
_PATIENCE_S = 10.0
Answer = dict[str, Any]
Price = Decimal | str | float | None


class Refused(Exception):
    """The exchange would not do it; the text is its own sentence."""


class Control:
    """One connection to the control port. Prices and money are `Decimal`, times microseconds UTC."""

    def __init__(self, port: int, token: str) -> None:
        self._token = token
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
        self._lines = self._socket.makefile("rb")

    @classmethod
    def from_line(cls, printed: str) -> "Control":
        """The caller for the line that `heatline practice --control` prints."""
        found = _LINE.fullmatch(printed.strip())
        assert found, printed
        return cls(int(found[1]), found[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def ask(self, do: str, **fields: object) -> Answer:
        """One request; its answer once it is done.

        Raises:
            Refused: the exchange would not.
        """
        self._socket.sendall(json.dumps({"do": do, "token": self._token, **fields}).encode() + b"\n")
        line = self._lines.readline()
        assert line, "the control port closed the connection"
        answer: Answer = json.loads(line)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer

    def trade(self, account: str, side: str, qty: int, *parts: int) -> list[Answer]:
        """A market order to BUY or SELL; its fills, of the sizes given or as the exchange likes."""
        fills: list[Answer] = self.ask("trade", account=account, side=side, qty=qty, parts=parts)["fills"]
        return fills

    def flatten(self, account: str) -> list[Answer]:
        fills: list[Answer] = self.ask("flatten", account=account)["fills"]
        return fills

    def place(  # they read as a sentence
        self, account: str, side: str, qty: int, kind: str, price: Price, *, limit_price: Price = None
    ) -> Answer:
        """A `limit`, `stop` or `stop_limit` order; the order as it stands then."""
        asked = {"price": _number(price), "limit_price": _number(limit_price)}
        return self._ordered("place", account=account, side=side, qty=qty, kind=kind, **asked)[0]

    def bracket(
        self, account: str, side: str, qty: int, stop: Price, target: Price, *, price: Price = None
    ) -> list[Answer]:
        """A parent at the market, or at a limit price, with two children: parent, stop and target as they stand."""
        asked = {"stop": _number(stop), "target": _number(target), "price": _number(price)}
        return self._ordered("bracket", account=account, side=side, qty=qty, **asked)

    def oco(self, account: str, side: str, qty: int, stop: Price, target: Price) -> list[Answer]:
        """A stop and a target that leave a position: one cancels the other."""
        asked = {"stop": _number(stop), "target": _number(target)}
        return self._ordered("oco", account=account, side=side, qty=qty, **asked)

    def cancel(self, order_id: str) -> Answer:
        return self._ordered("cancel", order_id=order_id)[0]

    def replace(self, order_id: str, qty: int | None = None, price: Price = None) -> Answer:
        """Another total or another price."""
        return self._ordered("replace", order_id=order_id, qty=qty, price=_number(price))[0]

    def fill(self, order_id: str, qty: int) -> Answer:
        """So many lots of a resting order are filled at its price, wherever the market is."""
        return self._ordered("fill", order_id=order_id, qty=qty)[0]

    def orders(self, account: str) -> list[Answer]:
        """The orders at work, pending children included."""
        orders: list[Answer] = self.books()[account]["orders"]
        return orders

    def price(self, price: Price) -> None:
        """The market is held, and one trade goes by at this price."""
        self.ask("price", price=_number(price))

    def advance(self, ticks: int) -> None:
        """The market is held, and its next ticks go by at once."""
        self.ask("advance", ticks=ticks)

    def hold(self, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a switch reads best so
        """While it is held, prices move only by `price` and `advance`."""
        self.ask("hold", on=on)

    def _ordered(self, do: str, **fields: object) -> list[Answer]:
        orders: list[Answer] = self.ask(do, **fields)["orders"]
        return orders

    def books(self) -> dict[str, Answer]:
        """All accounts by name: `balance`, `positions` by symbol, `fills` and `orders`."""
        accounts: dict[str, Answer] = self.ask("books")["accounts"]
        return accounts

    def positions(self, account: str) -> dict[str, int]:
        """Signed quantity by symbol, flat ones left out."""
        positions = self.books()[account]["positions"]
        return {symbol: held["qty"] for symbol, held in positions.items() if held["qty"]}

    def average_price(self, account: str, symbol: str) -> Decimal:
        return Decimal(self.books()[account]["positions"][symbol]["average_price"])

    def fills(self, account: str) -> list[Answer]:
        """Every fill of the account, oldest first."""
        fills: list[Answer] = self.books()[account]["fills"]
        return fills

    def status(self) -> Answer:
        """`clients`, `quirks` that are on, `symbol`, whether the market is `held`, `price`, `bid`, `ask`."""
        return self.ask("status")

    def cut(self, seconds: float) -> None:
        """Every client's connection ends without a goodbye, and nobody gets in for so long."""
        self.ask("cut", seconds=seconds)

    def stall(self, seconds: float) -> None:
        """The exchange neither reads nor sends for so long; connections stay."""
        self.ask("stall", seconds=seconds)

    def quirk(self, name: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a switch reads best so
        self.ask("quirk", name=name, on=on)

    def show(self, mode: str) -> None:
        """Only the accounts of SIM or of LIVE are there from now on; `quirk("hides-other-mode", False)` shows all."""
        self.ask("show", mode=mode)


def _number(price: Price) -> str | None:
    return None if price is None else str(price)
