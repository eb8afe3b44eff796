"""The contracts Heatline knows without being told: `contracts.csv` among the assets."""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.resources import files

from core.contracts import Contract, ContractBook
from core.session_day import SessionCalendar, calendar_of
from core.symbols import root_of


def read_contract_book() -> ContractBook:
    """A fresh book with the table's facts by root; a server's own definition goes before them."""
    return ContractBook(read_contracts(), read_raw_multipliers())


def read_contracts() -> dict[str, Contract]:
    """The table's facts by root."""
    return {
        row["root"]: Contract(Decimal(row["tick_size"]), Decimal(row["point_value"]), row["currency"])
        for row in _rows()
    }


def read_raw_multipliers() -> dict[str, tuple[Decimal, ...]]:
    """What data services are known to want raw prices multiplied by, by root; several where they differ."""
    return {
        row["root"]: tuple(Decimal(multiplier) for multiplier in row["raw_multiplier"].split("|"))
        for row in _rows()
        if row["raw_multiplier"]
    }


def read_calendars() -> Callable[[str], SessionCalendar]:
    """Finds the session calendar of a normalised symbol by the exchange of its root."""
    exchanges = {row["root"]: row["exchange"] for row in _rows()}
    return lambda symbol: calendar_of(exchanges.get(root_of(symbol) or ""))


def _rows() -> Iterator[dict[str, str]]:
    yield from csv.DictReader(files("assets").joinpath("contracts.csv").read_text("utf-8").splitlines())
