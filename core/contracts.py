"""What a contract is worth: tick, point value, currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

from core.symbols import root_of

_NONE_KNOWN: Mapping[str, tuple[Decimal, ...]] = MappingProxyType({})


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

    def __init__(
        self, by_root: Mapping[str, Contract], raw_multipliers: Mapping[str, tuple[Decimal, ...]] = _NONE_KNOWN
    ) -> None:
        """`raw_multipliers` are those in use for a root: a data service's raw price times one of them is the price."""
        self._by_root = dict(by_root)
        self._raw_multipliers = dict(raw_multipliers)
        self._defined: dict[str, Contract] = {}

    def define(self, symbol: str, contract: Contract) -> None:
        self._defined[symbol] = contract

    def find(self, symbol: str) -> Contract | None:
        """Facts of a normalised symbol, or None where nobody knows: then points only, no money."""
        return self._defined.get(symbol) or self._by_root.get(root_of(symbol) or "")

    def raw_multipliers(self, symbol: str) -> tuple[Decimal, ...]:
        """What raw prices of a normalised symbol may have to be multiplied by; which one, a known price has to tell."""
        return self._raw_multipliers.get(root_of(symbol) or "", ())
