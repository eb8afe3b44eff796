"""One contract, many names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.symbols import normalise_symbol, root_of
from data.contract_table import read_contracts


@pytest.mark.parametrize(
    "name",
    [
        "MESZ26", "MESZ6", "MESZ26-CME", "MESZ26_FUT_CME", "MESZ6.CME", "F.US.MESZ26", "F.US.MESZ6", " mesz26 ",
        "MESZ26 [M]", "MESZ26_FUT_CME [M]", "MESZ26 (2)", "MESZ26-CME [M] (12)", "MESZ26[CB]", "MESZ26-CME [CBV]",
        "MESZ26-CME (12) [M] [CB]", "[Sim]MESZ26_FUT_CME", "[SIM] MESZ6.CME", "f.us.mesz26", "F.US.MESZ26 [M]",
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


_ROOTS = st.sampled_from(sorted(read_contracts()))
_MONTHS = st.sampled_from("FGHJKMNQUVXZ")
_YEARS = st.integers(2024, 2033)
_FRONTS = st.sampled_from(["", "F.US.", "[Sim]", "[Sim]F.US."])
_BACKS = st.sampled_from(["", "-CME", "_FUT_CME", "_FUT_NYMEX", ".CME", ".CBOT"])
_DECORATIONS = st.lists(st.sampled_from(["[M]", " [M]", " [CB]", "[CBV]", " (3)", " (105484)"]), max_size=3).map(
    "".join
)


@st.composite
def _spellings(draw: st.DrawFn, root: str, month: str, year: int) -> str:
    digits = draw(st.sampled_from([f"{year % 100:02d}", str(year % 10)]))
    spelling = draw(_FRONTS) + root + month + digits + draw(_BACKS) + draw(_DECORATIONS)
    return spelling.lower() if draw(st.booleans()) else spelling


@given(root=_ROOTS, month=_MONTHS, year=_YEARS, data=st.data())
def test_a_contract_has_one_name_however_it_is_spelled(root: str, month: str, year: int, data: st.DataObject) -> None:
    spelling = data.draw(_spellings(root, month, year))
    assert normalise_symbol(spelling, 2026) == f"{root}{month}{year % 100:02d}"
    assert root_of(normalise_symbol(spelling, 2026)) == root


@given(contracts=st.lists(st.tuples(_ROOTS, _MONTHS, _YEARS), min_size=2, max_size=2, unique=True), data=st.data())
def test_no_spelling_of_one_contract_is_one_of_another(
    contracts: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    one, other = (normalise_symbol(data.draw(_spellings(*contract)), 2026) for contract in contracts)
    assert one != other


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[\[\]A-Z0-9._ ()-]{0,14}", fullmatch=True)))
def test_to_normalise_twice_is_to_normalise_once(name: str) -> None:
    once = normalise_symbol(name, 2026)
    assert normalise_symbol(once, 2026) == once


@pytest.mark.parametrize("name", ["\u00dfZ26", "MESZ\u0662\u0666", "\u017fZ26"])
def test_letters_and_digits_of_other_scripts_name_no_contract(name: str) -> None:
    assert normalise_symbol(name, 2026) == name
