"""The contracts Heatline knows without being told: `contracts.csv` among the assets."""

import csv
from decimal import Decimal
from importlib.resources import files

from core.contracts import Contract, ContractBook


def read_contract_book() -> ContractBook:
    """A fresh book with the table's facts by root; a server's own definition goes before them."""
    text = files("assets").joinpath("contracts.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return ContractBook(
        {row["root"]: Contract(Decimal(row["tick_size"]), Decimal(row["point_value"]), row["currency"]) for row in rows}
    )
