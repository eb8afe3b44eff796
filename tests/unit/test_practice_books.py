"""Net positions and realised money, against a plain sum of cash."""

from decimal import Decimal
from random import Random

import pytest

from core.values import Side
from data.practice.books import NetPosition, trade

D = Decimal


def _after(*fills: tuple[Side, int, str]) -> tuple[NetPosition, list[Decimal]]:
    position, realised = NetPosition(), []
    for side, qty, price in fills:
        position, points = trade(position, side, qty, D(price))
        realised.append(points)
    return position, realised


def test_an_add_moves_the_average_and_realises_nothing() -> None:
    position, realised = _after((Side.BUY, 1, "5050"), (Side.BUY, 3, "5052"))
    assert (position.qty, position.average_price) == (4, D("5051.5"))
    assert realised == [0, 0]


def test_a_reduction_keeps_the_average_and_realises_the_difference() -> None:
    position, realised = _after((Side.SELL, 3, "5050"), (Side.BUY, 2, "5049"))
    assert (position.qty, position.average_price) == (-1, D(5050))
    assert realised == [0, 2]


def test_a_reversal_closes_at_its_price_and_opens_there() -> None:
    position, realised = _after((Side.BUY, 2, "5050"), (Side.SELL, 3, "5049.5"))
    assert (position.qty, position.average_price) == (-1, D("5049.5"))
    assert realised == [0, -1]


def test_a_flat_position_has_no_price() -> None:
    position, _realised = _after((Side.BUY, 2, "5050"), (Side.SELL, 2, "5049.5"))
    assert position == NetPosition()


@pytest.mark.parametrize("seed", range(20))
def test_what_was_realised_is_exact_once_the_position_is_flat(seed: int) -> None:
    random = Random(seed)
    fills = [(random.choice(list(Side)), random.randint(1, 3), D(random.randint(20000, 20400)) / 4) for _ in range(200)]
    held = sum(side.sign * qty for side, qty, _price in fills)
    if held:
        fills.append((Side.SELL if held > 0 else Side.BUY, abs(held), D(5050)))
    position, realised = NetPosition(), D(0)
    for side, qty, price in fills:
        position, points = trade(position, side, qty, price)
        realised += points
    assert position.qty == 0
    assert realised == -sum(side.sign * qty * price for side, qty, price in fills)
