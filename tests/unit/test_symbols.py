"""One contract, many names."""

import pytest

from core.symbols import normalise_symbol, root_of


@pytest.mark.parametrize(
    "name",
    [
        "MESZ26", "MESZ6", "MESZ26-CME", "MESZ26_FUT_CME", "MESZ6.CME", "F.US.MESZ26", "F.US.MESZ6", " mesz26 ",
        "MESZ26 [M]", "MESZ26_FUT_CME [M]", "MESZ26 (2)", "MESZ26-CME [M] (12)",
    ],
)  # fmt: skip
def test_every_name_of_a_contract_is_one_name(name: str) -> None:
    assert normalise_symbol(name, 2026) == "MESZ26"


@pytest.mark.parametrize(
    ("name", "root"),
    [("ESZ26", "ES"), ("6EH27", "6E"), ("M6EU26", "M6E"), ("M2KZ26", "M2K"), ("ZNM26", "ZN"), ("NGF26", "NG"),
     ("FGBLH26", "FGBL"), ("GCZ25", "GC"), ("6JU26", "6J")],
)  # fmt: skip
def test_the_root_is_what_is_left_of_month_and_year(name: str, root: str) -> None:
    assert root_of(normalise_symbol(name, 2026)) == root


@pytest.mark.parametrize(
    ("name", "this_year", "symbol"),
    [("ESZ4", 2026, "ESZ24"), ("ESZ6", 2026, "ESZ26"), ("ESZ3", 2026, "ESZ33"), ("ESH0", 2029, "ESH30"),
     ("ESZ9", 2030, "ESZ29"), ("ESZ9", 2099, "ESZ99"), ("ESZ1", 2099, "ESZ01")],
)  # fmt: skip
def test_a_one_digit_year_is_the_one_nearest_to_trading(name: str, this_year: int, symbol: str) -> None:
    assert normalise_symbol(name, this_year) == symbol


@pytest.mark.parametrize("name", ["AAPL", "SPY", "EURUSD", "MES", "ES2026", "$SPX", "BTC-USD"])
def test_what_is_no_future_keeps_its_text(name: str) -> None:
    assert normalise_symbol(f" {name} ", 2026) == name
    assert root_of(name) is None


def test_a_normalised_symbol_stays_as_it_is() -> None:
    assert normalise_symbol(normalise_symbol("F.US.M2KH7", 2026), 2026) == "M2KH27"
