"""Anything a broker may say, in any order, against the reference ledger: equal positions, trades, extremes, counts."""

import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.facts import AccountsListed, Fill, FillsListed, LinkDown, PricesSeen
from core.values import micros_from_utc
from data.ledger import Ledger
from tests import postgres
from tests.battery.comparing import compare
from tests.battery.conftest import count
from tests.battery.judging import assert_proven
from tests.battery.reference_ledger import ReferenceLedger, Report
from tests.battery.trading import SYMBOLS, as_if_never_seen
from tests.fills import START, at, fill, prices
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, ServerBooks

ACCOUNTS = ("120005", "Sim1", "Newcomer")
quarters = st.integers(360, 440)
keys = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(SYMBOLS))
lots = st.sampled_from([-5, -3, -2, -1, 1, 2, 3, 5])
orders = st.sampled_from(["", "", "A", "B", "C"])


class LedgerMachine(RuleBasedStateMachine):
    """Tells the same to both ledgers. The second hand moves with every fill; a late one falls between two seconds."""

    make_books: Callable[[Path], Books] = Books

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.books = type(self).make_books(Path(self._folder.name))
        self.ledger = self.open()
        self.reference = ReferenceLedger()
        self.told: list[Report] = []
        self.second = 0
        self.is_up = False

    def open(self) -> Ledger:
        return self.books.reopen()

    @rule(key=keys, qty=lots, price=st.one_of(quarters, quarters, quarters, quarters, st.none()), order=orders)
    def fill(self, key: tuple[str, str], qty: int, price: int | None, order: str) -> None:
        self.tell(self.new(key, qty, price, order))

    @precondition(lambda self: self.told)
    @rule(qty=st.integers(1, 3), price=quarters, data=st.data())
    def partial_fill(self, qty: int, price: int, data: st.DataObject) -> None:
        """More of an order that has filled already, to the same side."""
        first = data.draw(st.sampled_from(self.told))
        self.tell(self.new(first.key, qty if first.qty > 0 else -qty, price, first.order))

    @precondition(lambda self: self.told)
    @rule(back=st.integers(1, 6), qty=lots, price=quarters, data=st.data())
    def late_fill(self, back: int, qty: int, price: int, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.told)).key
        late = self.new(key, qty, price, "")
        seconds = max(0, self.second - back) + len(self.told) / 10_000
        self.tell(replace(late, at=micros_from_utc(at(seconds))))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        self.tell(data.draw(st.sampled_from(self.told)))

    @precondition(lambda self: any(each.price is not None for each in self.told))
    @rule(qty=lots, data=st.data())
    def id_starts_over(self, qty: int, data: st.DataObject) -> None:
        """A simulator gives an old id to another fill."""
        old = data.draw(st.sampled_from([each for each in self.told if each.price is not None]))
        new = self.new(old.key, qty + old.qty * 10, 400, "")
        self.tell(replace(new, id=old.id))

    @rule(symbol=st.sampled_from(SYMBOLS), seen=st.tuples(quarters, quarters))
    def prices(self, symbol: str, seen: tuple[int, int]) -> None:
        low, high = sorted(seen)
        self.ledger.handle(PricesSeen(symbol, prices(str(low / 4), str(high / 4))))
        self.reference.see(symbol, (Fraction(low, 4), Fraction(high, 4)))

    @precondition(lambda self: not self.is_up)
    @rule(names=st.sets(st.sampled_from(ACCOUNTS), min_size=1))
    def link_up(self, names: set[str]) -> None:
        self.ledger.handle(LINK_UP)
        self.ledger.handle(AccountsListed(tuple(sorted(names))))
        self.reference.link_up(sorted(names), micros_from_utc(self.books.now))
        self.is_up = True

    @precondition(lambda self: self.is_up)
    @rule()
    def link_down(self) -> None:
        self.ledger.handle(LinkDown("cut", self.books.now))
        self.reference.link_down()
        self.is_up = False

    @rule(name=st.sampled_from(ACCOUNTS), missed=st.lists(st.tuples(lots, quarters), max_size=3), data=st.data())
    def back_fill(self, name: str, missed: Sequence[tuple[int, int]], data: st.DataObject) -> None:
        own = [each for each in self.told if each.account == name]
        known = data.draw(st.lists(st.sampled_from(own), max_size=5)) if own else []
        symbol = data.draw(st.sampled_from(SYMBOLS))
        new = [self.new((name, symbol), qty, price, "") for qty, price in missed]
        reports = data.draw(st.permutations([*known, *new]))
        self.told += new
        self.ledger.handle(FillsListed(name, tuple(_fact(each) for each in reports)))
        self.reference.listed(name, reports)

    @rule(seconds=st.integers(0, 20))
    def time_passes(self, seconds: int) -> None:
        self.books.now += timedelta(seconds=seconds)
        self.ledger.expire()
        self.reference.expire(micros_from_utc(self.books.now))

    @rule()
    def restart(self) -> None:
        self.ledger = self.open()
        self.reference.restart()
        self.is_up = False

    @invariant()
    def tables_are_the_references(self) -> None:
        trades = self.books.rows("SELECT * FROM traderecord ORDER BY exit_time, id")
        compare(self.reference.walks(), trades, self.books.rows("SELECT * FROM openposition"))
        snapshot = self.ledger.snapshot()
        counts = (snapshot.fill_count, snapshot.duplicate_count, snapshot.trade_count)
        assert counts == (self.reference.count, self.reference.duplicates, len(trades))
        assert sum(account.fills_in_order for account in snapshot.accounts) == self.reference.waiting_count

    def teardown(self) -> None:
        self.books.close()
        try:
            assert_proven(self.books.place)
        finally:
            self._folder.cleanup()

    def new(self, key: tuple[str, str], qty: int, price: int | None, order: str) -> Report:
        self.second += 1
        number = len(self.told) + self.second * 1_000
        exact = None if price is None else Fraction(price, 4)
        return Report(*key, f"E{number}", order and f"{order}{qty > 0}", qty, exact, micros_from_utc(at(self.second)))

    def tell(self, report: Report) -> None:
        if report not in self.told:
            self.told.append(report)
        self.ledger.handle(_fact(report))
        self.reference.tell([report])


def _fact(report: Report) -> Fill:
    since = timedelta(microseconds=report.at - micros_from_utc(START))
    price = None if report.price is None else str(float(report.price))
    told = fill(report.qty, price, id=report.id, order=report.order, account=report.account, symbol=report.symbol)
    return replace(told, occurred_at=START + since)


def run(machine: type[LedgerMachine], sequences: int, steps: int, phases: Collection[Phase] = tuple(Phase)) -> None:
    how = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=sequences < 100,
        phases=phases,
        suppress_health_check=[*HealthCheck],
    )
    run_state_machine_as_test(machine, settings=how)


@pytest.fixture(params=ON_BOTH)
def machine(request: pytest.FixtureRequest) -> type[LedgerMachine]:
    """One for each database that a ledger can lie in."""
    if request.param == "sqlite":
        return LedgerMachine
    server, url = request.getfixturevalue("postgres_server"), request.getfixturevalue("shared_database")

    class ServerMachine(LedgerMachine):
        @staticmethod
        def make_books(folder: Path) -> Books:
            postgres.clear(url)
            return _OneSession(folder, server, url)

    return ServerMachine


class _OneSession(ServerBooks):
    """Reads over one connection: a new one for each look takes longer than the look."""

    _session: ExitStack | None = None

    def rows(self, query: str, *values: object) -> Sequence[Any]:
        if self._session is None:
            self._session = ExitStack()
            self._connection = self._session.enter_context(postgres.session(self.url))
        return self._connection.execute(query, values or None).fetchall()

    def close(self) -> None:
        super().close()
        if self._session is not None:
            self._session.close()
            self._session = None


def test_sequences_of_facts_give_what_exact_fractions_give(machine: type[LedgerMachine]) -> None:
    sequences = 60 if machine is LedgerMachine else 10  # a server takes a connection for each look
    run(machine, count("SHORT_SEQUENCES", sequences), 15)


@pytest.mark.battery
@pytest.mark.timeout(3600)
def test_a_thousand_sequences_of_facts_give_what_exact_fractions_give(machine: type[LedgerMachine]) -> None:
    run(machine, count("SEQUENCES", 1_000), 50)


class _Forgetful(LedgerMachine):
    """Breaks the rule of uniqueness: what is told again is a new fill."""

    def open(self) -> Ledger:
        ledger = super().open()
        handle, stamps = ledger.handle, iter(range(10**6))
        ledger.handle = lambda fact: handle(as_if_never_seen(fact, next(stamps)))  # type: ignore[method-assign]  # broken on purpose
        return ledger


class _Blind(LedgerMachine):
    """Breaks the rule that no price goes by unseen."""

    def open(self) -> Ledger:
        ledger = super().open()
        handle = ledger.handle
        ledger.handle = lambda fact: None if isinstance(fact, PricesSeen) else handle(fact)  # type: ignore[method-assign]  # broken on purpose
        return ledger


@pytest.mark.parametrize("broken", [_Forgetful, _Blind])
def test_the_battery_finds_a_ledger_that_doubles_or_overlooks(broken: type[LedgerMachine]) -> None:
    with pytest.raises((AssertionError, ExceptionGroup)):
        run(broken, 60, 25, [Phase.generate])
