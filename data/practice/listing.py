"""What there is at the practice exchange: its accounts, its contracts, and what a trade costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from core.clock import utc_now
from core.commission import ANY_ACCOUNT, CommissionRate
from core.contracts import Contract
from core.errors import ConfigError
from core.symbols import normalise_symbol, root_of
from core.values import Mode
from data.commissions import FROM_THE_BEGINNING
from data.contract_table import read_contract_book, read_contracts

DEFAULT_SYMBOL = "MESZ26-CME"

SIM_ACCOUNT = "Sim1"
LIVE_ACCOUNT = "PRACTICE-1"  # plays the live part: the exchange has no real one
# Here, and nowhere else, the mode of an account needs no confirming.
PRACTICE_MODES: Mapping[str, Mode] = MappingProxyType({SIM_ACCOUNT: Mode.SIM, LIVE_ACCOUNT: Mode.LIVE})

_MICRO_COMMISSION = Decimal("0.62")
_FULL_COMMISSION = Decimal("2.25")
_COMMISSIONS = dict.fromkeys(("MES", "MNQ", "M2K", "MYM"), _MICRO_COMMISSION)


@dataclass(frozen=True, slots=True)
class Listing:
    """A contract by the exchange's own name for it; `commission` is money per lot and side."""

    symbol: str
    contract: Contract
    commission: Decimal

    @property
    def tick_value(self) -> Decimal:
        """Money per tick and lot."""
        return self.contract.tick_size * self.contract.point_value


def list_contract(symbol: str) -> Listing:
    """The listing of `symbol`, with the facts of the contract table.

    Raises:
        ConfigError: the table does not have it.
    """
    normalised = normalise_symbol(symbol, utc_now().year)
    contract = read_contract_book().find(normalised)
    if contract is None:
        raise ConfigError(f"The practice exchange cannot trade {symbol}: it is not in the contract table")
    return Listing(symbol, contract, _commission_of(root_of(normalised) or ""))


def practice_rates() -> list[CommissionRate]:
    """What the exchange charges, for the ledger's own schedule."""
    return [
        CommissionRate(ANY_ACCOUNT, root, _commission_of(root), contract.currency, FROM_THE_BEGINNING)
        for root, contract in read_contracts().items()
    ]


def _commission_of(root: str) -> Decimal:
    return _COMMISSIONS.get(root, _FULL_COMMISSION)
