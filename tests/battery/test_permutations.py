"""A day's fills in any order within a back-fill, and told any number of times, give the same tables, bit for bit."""

import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.facts import AccountsListed, Fact, Fill, FillsListed, LinkDown
from data.ledger import Ledger
from tests.battery.conftest import count
from tests.battery.judging import assert_proven, derived_tables
from tests.battery.trading import ACCOUNTS, Trading, as_if_never_seen
from tests.fills import at, fill
from tests.integration.conftest import LINK_UP, Books, handle_all

_DAY = 60
_PERMUTATIONS_A_DAY = 20
Tables = dict[str, list[dict[str, Any]]]


def day_of(random: Random, fills: int) -> list[Fill]:
    trading = Trading(random)
    return [trading.next_fill() for _ in range(fills)]


def back_fill(fills: Sequence[Fill]) -> list[Fact]:
    """One link that tells all of it, account by account."""
    listed = [FillsListed(name, tuple(each for each in fills if each.account == name)) for name in ACCOUNTS]
    return [LINK_UP, AccountsListed(ACCOUNTS), *listed, LinkDown("cut", at(0))]


def shuffled(day: Sequence[Fill], random: Random) -> list[Fact]:
    """The day in several back-fills: each in any order, and telling any part of what the ones before told."""
    cuts = sorted(random.sample(range(1, len(day)), random.randint(0, 4)))
    told: list[Fact] = []
    for start, end in zip([0, *cuts], [*cuts, len(day)], strict=True):
        again = random.choices(day[:end], k=random.randint(0, end))
        batch = [*day[start:end], *again]
        random.shuffle(batch)
        told += back_fill(batch)
    return told


def tables_after(folder: Path, facts: Sequence[Fact], ledger_of: type[Ledger] = Ledger) -> Tables:
    books = Books(folder / "permuted")
    ledger = books.open()
    ledger.__class__ = ledger_of
    handle_all(ledger, facts)
    books.close()
    assert_proven(books.path)
    tables = derived_tables(books.path)
    shutil.rmtree(books.path.parent.parent)
    return tables


def permute(folder: Path, seed: int, days: int, fills: int, ledger_of: type[Ledger] = Ledger) -> None:
    for number in range(days):
        random = Random(f"{seed}-{number}")
        day = day_of(random, fills)
        in_order = tables_after(folder, back_fill(day))
        assert len(in_order["execution"]) == fills
        assert in_order["traderecord"]
        for _ in range(_PERMUTATIONS_A_DAY):
            assert tables_after(folder, shuffled(day, random), ledger_of) == in_order, f"day {seed}-{number}"


def test_any_order_and_repetition_of_a_day_gives_the_same_tables(folder: Path, seed: int) -> None:
    permute(folder, seed, 1, _DAY)


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_two_thousand_orders_of_a_hundred_days_give_the_same_tables(folder: Path, seed: int) -> None:
    permute(folder, seed, count("PERMUTATIONS", 2_000) // _PERMUTATIONS_A_DAY, _DAY)


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_a_day_of_ten_thousand_fills_in_another_order_gives_the_same_tables(folder: Path, seed: int) -> None:
    random = Random(seed)
    day = day_of(random, count("DAY", 10_000))
    in_order = tables_after(folder, back_fill(day))
    for _ in range(2):
        assert tables_after(folder, shuffled(day, random)) == in_order


class _Forgetful(Ledger):
    """The broken rule: it takes every repetition for a new fill."""

    _told = 0

    def handle(self, fact: Fact) -> Any:
        self._told += 1
        return super().handle(as_if_never_seen(fact, self._told))


def test_the_battery_finds_a_ledger_that_knows_no_repetition(folder: Path, seed: int) -> None:
    with pytest.raises(AssertionError, match=f"day {seed}-0"):
        permute(folder, seed, 1, _DAY, _Forgetful)


def in_whole_seconds(day: Sequence[Fill]) -> list[Fill]:
    """As a back-fill may tell it: several fills in one second, each with the position that it led to."""
    held: dict[tuple[str, str], int] = defaultdict(int)
    told = []
    for number, each in enumerate(day):
        held[each.account, each.symbol] += int(each.qty) * each.side.sign
        position = Decimal(held[each.account, each.symbol])
        told.append(replace(each, occurred_at=at(number // 6), resolution_us=1_000_000, position_qty=position))
    return told


def test_fills_of_one_second_are_told_apart_by_the_positions_they_led_to(folder: Path, seed: int) -> None:
    random = Random(seed)
    day = in_whole_seconds(day_of(random, _DAY))
    in_order = tables_after(folder, back_fill(day))
    for _ in range(_PERMUTATIONS_A_DAY):
        assert tables_after(folder, shuffled(day, random)) == in_order


@pytest.mark.parametrize("says_positions", [True, False])
def test_fills_that_no_time_tells_apart_are_folded_alike_in_any_order(folder: Path, *, says_positions: bool) -> None:
    """In and out twice within one second: which exit belongs to which entry?"""
    second = [
        replace(fill(qty, price, number), occurred_at=at(1), resolution_us=1_000_000, position_qty=position)
        for number, (qty, price) in enumerate([(1, "100"), (-1, "101"), (1, "102"), (-1, "103")], start=1)
        for position in [Decimal(number % 2) if says_positions else None]
    ]
    first, *others = [tables_after(folder, back_fill(order)) for order in permutations(second)]
    assert all(each == first for each in others)
