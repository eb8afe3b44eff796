"""From recorded numbers to prices: by a price that is known, never by digits."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.contracts import ContractBook
from data.contract_table import read_contract_book, read_contracts, read_raw_multipliers
from data.feeds.price_scale import PriceScale, decide_scale, unconfirmed_scale

_ONE = Decimal(1)
_HUNDREDTH = Decimal("0.01")
_ROOTS = st.sampled_from(sorted(read_contracts()))
# Prices a float32 can hold on the grid even times the largest raw number in use: what Sierra's files can tell apart.
_STEPS = st.integers(200, 80_000)


def _narrow(number: Decimal) -> float:
    """As a file of float32 keeps it."""
    return float(np.float32(float(number)))


def test_a_file_a_hundred_times_the_price_is_told_by_a_fill() -> None:
    scale = decide_scale([_HUNDREDTH], Decimal("0.25"), 3_135_700.0, Decimal("31357.00"))
    assert (scale.multiplier, scale.is_confirmed) == (_HUNDREDTH, True)
    assert scale.price(3_135_725.0) == Decimal("31357.25")


def test_a_plain_file_is_told_by_a_fill() -> None:
    scale = decide_scale([_HUNDREDTH], Decimal("0.25"), 5050.25, Decimal("5051.00"))
    assert (scale.multiplier, scale.is_confirmed) == (_ONE, True)


@pytest.mark.parametrize("known", ["3135.70", "313570", "28000", "0", "-31357"])
def test_a_price_that_fits_no_scale_confirms_none(known: str) -> None:
    assert not decide_scale([_HUNDREDTH], Decimal("0.25"), 3_135_700.0, Decimal(known)).is_confirmed


def test_a_price_that_fits_two_scales_confirms_none() -> None:
    assert not decide_scale([_HUNDREDTH], Decimal("0.01"), 0.0, Decimal(0)).is_confirmed
    assert not decide_scale([Decimal("0.99")], Decimal("0.25"), 5050.0, Decimal(5050)).is_confirmed


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_what_is_no_number_confirms_nothing(broken: float) -> None:
    assert not decide_scale([_HUNDREDTH], Decimal("0.25"), broken, Decimal(5050)).is_confirmed


def test_a_price_below_zero_is_scaled_like_any_other() -> None:
    scale = decide_scale([_HUNDREDTH], Decimal("0.01"), -3763.0, Decimal("-37.60"))
    assert scale.is_confirmed
    assert scale.price(-3763.0) == Decimal("-37.63")


@given(recorded=st.floats(-1e7, 1e7, width=32), tick_size=st.sampled_from([None, Decimal("0.25")]))
def test_without_a_known_price_no_number_is_confirmed(recorded: float, tick_size: Decimal | None) -> None:
    scale = unconfirmed_scale(tick_size)
    assert not scale.is_confirmed
    assert scale.multiplier == _ONE
    assert abs(float(scale.price(recorded)) - recorded) <= 0.125 + abs(recorded) * 1e-6


@given(root=_ROOTS, steps=st.lists(_STEPS, min_size=1, max_size=20), drift=st.integers(-30, 30))
def test_a_raw_file_and_a_plain_one_give_the_same_prices_once_confirmed(
    root: str, steps: list[int], drift: int
) -> None:
    tick_size = read_contracts()[root].tick_size
    true = [step * tick_size for step in steps]
    known = true[0] * (1 + Decimal(drift) / 1000)
    for multiplier in (_ONE, *read_raw_multipliers().get(root, ())):
        recorded = [_narrow(price / multiplier) for price in true]
        scale = decide_scale(read_raw_multipliers().get(root, ()), tick_size, recorded[0], known)
        assert scale.is_confirmed
        assert [scale.price(number) for number in recorded] == true
        assert scale.prices(np.array(recorded)).tolist() == [float(price) for price in true]


@given(
    multiplier=st.sampled_from([_ONE, _HUNDREDTH, Decimal("0.0001")]),
    wrong=st.sampled_from([Decimal("0.01"), Decimal("0.1"), Decimal(10), Decimal(100)]),
    price=st.integers(1_000, 4_000_000).map(lambda steps: steps * Decimal("0.25")),
)
def test_a_scale_a_power_of_ten_off_is_never_confirmed(multiplier: Decimal, wrong: Decimal, price: Decimal) -> None:
    assume(multiplier * wrong not in (_ONE, _HUNDREDTH, Decimal("0.0001")))
    recorded = _narrow(price / multiplier / wrong)
    scale = decide_scale([_HUNDREDTH, Decimal("0.0001")], Decimal("0.25"), recorded, price)
    assert not scale.is_confirmed


def test_without_a_tick_size_a_price_is_the_decimal_behind_the_float() -> None:
    scale = PriceScale(_HUNDREDTH, None, is_confirmed=True)
    narrow = np.array([7213.0, 72.13], np.float32).astype(np.float64)
    assert [scale.price(number) for number in narrow.tolist()] == [Decimal("72.13"), Decimal("0.7213")]
    assert scale.prices(narrow).tolist() == [72.13, 0.7213]


def test_the_noise_of_a_narrow_float_is_gone_from_a_price() -> None:
    assert unconfirmed_scale(Decimal("0.01")).price(72.12999725341797) == Decimal("72.13")


def test_the_table_names_the_multipliers_in_use() -> None:
    book = read_contract_book()
    assert book.raw_multipliers("MESZ26") == (_HUNDREDTH,)
    assert book.raw_multipliers("RTYZ26") == (_HUNDREDTH, Decimal("0.1"))
    assert book.raw_multipliers("6JZ26") == (Decimal("0.000001"),)
    assert book.raw_multipliers("FDAXZ26") == ()
    assert book.raw_multipliers("AAPL") == ()
    assert ContractBook({}).raw_multipliers("MESZ26") == ()


def test_the_table_has_every_contract_with_a_tick_a_worth_and_a_currency() -> None:
    contracts = read_contracts()
    assert len(contracts) == 53
    assert all(each.tick_size > 0 and each.point_value > 0 for each in contracts.values())
    assert {each.currency for each in contracts.values()} == {"USD", "EUR"}
    assert set(read_raw_multipliers()) <= set(contracts)
    assert all(0 < multiplier <= 1 for each in read_raw_multipliers().values() for multiplier in each)
