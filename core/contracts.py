"""What a contract is worth: tick, point value, currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from core.symbols import root_of


@dataclass(frozen=True, slots=True)
class Contract:
    """Facts of one contract: `point_value` is money in `currency` per 1.00 of price and one lot."""

    tick_size: Decimal
    point_value: Decimal
    currency: str

    def snap(self, price: Decimal) -> Decimal:
        """The nearest price on the tick grid: float prices from the wire carry noise."""
        steps = (price / self.tick_size).to_integral_value(rounding=ROUND_HALF_EVEN)
        return steps * self.tick_size


class ContractBook:
    """Finds a contract's facts: what the server defined for the symbol first, then the table by root."""

    def __init__(self, by_root: Mapping[str, Contract]) -> None:
        self._by_root = dict(by_root)
        self._defined: dict[str, Contract] = {}

    def define(self, symbol: str, contract: Contract) -> None:
        self._defined[symbol] = contract

    def find(self, symbol: str) -> Contract | None:
        """Facts of a normalised symbol, or None where nobody knows: then points only, no money."""
        return self._defined.get(symbol) or self._by_root.get(root_of(symbol) or "")
