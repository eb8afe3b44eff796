"""No fact or answer of one account changes a row of another, and none of one mode a row of the other mode."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from sqlite3 import Row, connect
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.commands import AskAgain, ClosePosition, ConfirmMode, CorrectPosition, KeepPosition, StaleAnswer
from core.errors import CommandRefused
from core.facts import (
    AccountsListed,
    Answer,
    BalanceReported,
    Fact,
    Fill,
    FillsListed,
    FillsUnavailable,
    LinkDown,
    PositionReported,
    PositionsListed,
    PositionsUnavailable,
    PricesSeen,
)
from core.values import Mode, Source
from data.audit import audit
from tests.fills import at, fill, prices
from tests.integration.conftest import LINK_UP, Books

ACCOUNTS = ("Sim1", "120005", "Nobody", "PA-1")
SYMBOLS = ("MESZ26", "MNQZ26", "MESM25")
TABLES = (
    "execution", "openposition", "traderecord", "orderrecord", "positionevent", "positionsnapshot", "balancesnapshot",
    "accountstate", "quarantine",
)  # fmt: skip

accounts = st.sampled_from(ACCOUNTS)
symbols = st.sampled_from(SYMBOLS)
quantities = st.integers(-3, 3)
STEPS = st.one_of(
    st.tuples(st.just("fill"), accounts, symbols, quantities.filter(bool)),
    st.tuples(st.just("late fills"), accounts, symbols, quantities.filter(bool)),
    st.tuples(st.just("no fills"), accounts),
    st.tuples(st.just("report"), accounts, symbols, quantities),
    st.tuples(st.just("list"), accounts, st.dictionaries(symbols, quantities)),
    st.tuples(st.just("as held"), accounts),
    st.tuples(st.just("silence"), accounts, st.sampled_from([Answer.SILENT, Answer.REFUSED, Answer.NOT_HERE])),
    st.tuples(st.just("balance"), accounts, st.integers(0, 3)),
    st.tuples(st.just("mode"), accounts, st.sampled_from([Mode.SIM, Mode.LIVE])),
    st.tuples(st.just("down")),
    st.tuples(st.just("up"), st.sets(accounts, min_size=1)),
    st.tuples(st.just("prices"), symbols),
    st.tuples(st.just("wait"), st.integers(1, 20)),
)  # fmt: skip
ANSWERS = st.sampled_from(["keep", "ask", "close", "correct"])
DOUBTED = st.tuples(
    st.just("doubt"),
    accounts,
    symbols,
    quantities.filter(bool),
    st.none() | quantities,
    st.none() | ANSWERS,
    quantities,
)


@dataclass
class Play:
    """A ledger and what it is told, step by step; facts of no account may change whatever they like."""

    books: Books
    number: int = 0

    def __post_init__(self) -> None:
        self.ledger = self.books.open()
        self.reader = connect(self.books.path)
        self.reader.row_factory = Row
        self._tell(LINK_UP, AccountsListed(ACCOUNTS))
        for name in ACCOUNTS:
            self._tell(FillsListed(name, ()))

    def step(self, kind: str, *what: object) -> None:
        self.books.now += timedelta(seconds=1)
        match kind, *what:
            case "mode", str() as name, Mode() as mode:
                self._alone(name, ConfirmMode(name, mode), may_relabel=True)
            case "doubt", str() as name, str() as symbol, int() as qty, int() | None as theirs, choice, int() as to:
                self._put_in_doubt(name, symbol, qty, theirs)
                if choice:
                    self._answer(str(choice), name, symbol, Decimal(to))
            case ("down",):
                self._tell(LinkDown("cut", self.books.now))
            case "up", set() as shown:
                self._tell(LINK_UP, AccountsListed(tuple(sorted(shown))))
            case "prices", str() as symbol:
                self._tell(PricesSeen(symbol, prices("4990.00", "5010.00")))
            case "wait", int() as seconds:
                self.books.now += timedelta(seconds=seconds)
                self.ledger.expire()
                self.ledger.save_snapshots(even_if_few=True)
            case _, str() as name, *rest:
                for fact in self._facts(kind, name, *rest):
                    self._alone(name, fact)

    def _facts(self, kind: str, name: str, *what: object) -> Iterator[Fact]:
        match kind, *what:
            case "fill", str() as symbol, int() as qty:
                yield self._fill(name, symbol, qty, Source.LIVE)
            case "late fills", str() as symbol, int() as qty:
                self.books.now -= timedelta(seconds=5)
                late = self._fill(name, symbol, qty, Source.REPLAY)
                self.books.now += timedelta(seconds=5)
                yield FillsListed(name, (late,))
            case ("no fills",):
                yield FillsUnavailable(name, Answer.REFUSED, "no")
            case "report", str() as symbol, int() as qty:
                yield self._position(name, symbol, qty)
            case ("list", dict() as held):
                yield from [self._listing(name, held)]
            case ("as held",):
                keys = {each.position.key: each.position.qty for each in self.ledger.snapshot().positions}
                yield self._listing(name, {key.symbol: qty for key, qty in keys.items() if key.account == name})
            case "silence", Answer() as answer:
                yield PositionsUnavailable(name, answer, "no", self.books.now)
            case "balance", int() as cash:
                yield BalanceReported(name, Decimal(cash), "USD", self.books.now)

    def _fill(self, name: str, symbol: str, qty: int, source: Source) -> Fill:
        self.number += 1
        seconds = (self.books.now - at(0)).total_seconds()
        return fill(qty, "5000.00", seconds, id=f"E{self.number}", account=name, symbol=symbol, source=source)

    def _position(self, name: str, symbol: str, qty: int | Decimal) -> PositionReported:
        return PositionReported(name, symbol, Decimal(qty), self.books.now, Decimal(5001))

    def _listing(self, name: str, held: dict[str, int] | dict[str, Decimal]) -> PositionsListed:
        rows = tuple(self._position(name, symbol, qty) for symbol, qty in held.items())
        return PositionsListed(name, rows, self.books.now)

    def _put_in_doubt(self, name: str, symbol: str, qty: int, theirs: int | None) -> None:
        """A fill, and a broker who says twice that he holds `theirs`; None is one who is silent."""
        self._alone(name, self._fill(name, symbol, qty, Source.LIVE))
        self.books.now += timedelta(seconds=3)
        if theirs is None:
            self._alone(name, PositionsUnavailable(name, Answer.SILENT, "no", self.books.now))
        else:
            self._alone(name, self._listing(name, {symbol: theirs}))
            self._alone(name, self._listing(name, {symbol: theirs}))

    def _answer(self, choice: str, name: str, symbol: str, qty: Decimal) -> None:
        stale = next((s for s in self.ledger.snapshot().stale if (s.key.account, s.key.symbol) == (name, symbol)), None)
        if stale is None:
            return
        key, revision, now = stale.key, stale.revision, self.books.now
        commands: dict[str, StaleAnswer] = {
            "keep": KeepPosition(key, revision),
            "ask": AskAgain(key, revision),
            "close": ClosePosition(key, revision, None if qty < 0 else Decimal(5003), now),
            "correct": CorrectPosition(key, revision, qty, Decimal(5002) if qty > 0 else None, now),
        }
        self._alone(name, commands[choice])

    def _tell(self, *facts: Fact) -> None:
        for fact in facts:
            self.ledger.handle(fact)
        self.ledger.save_snapshots(even_if_few=True)

    def _alone(self, name: str, told: Fact | ConfirmMode | StaleAnswer, *, may_relabel: bool = False) -> None:
        """Tells it, and looks at every row of every table that is somebody else's."""
        before = self._rows()
        mode = next((str(row["mode"]) for row in before["accountstate"] if row["account"] == name), None)
        with suppress(CommandRefused):
            if isinstance(told, ConfirmMode | KeepPosition | AskAgain | ClosePosition | CorrectPosition):
                self.ledger.carry_out(told)
            else:
                self.ledger.handle(told)
        self.ledger.save_snapshots(even_if_few=True)
        after = self._rows()
        for table in TABLES:
            assert _others(before[table], "account", name) == _others(after[table], "account", name), (told, table)
            if not may_relabel and mode is not None and table != "quarantine":
                assert _others(before[table], "mode", mode) == _others(after[table], "mode", mode), (told, table)

    def _rows(self) -> dict[str, list[dict[str, object]]]:
        return {table: [dict(row) for row in self.reader.execute(f"SELECT * FROM {table}")] for table in TABLES}  # noqa: S608  # names of ours


def _others(rows: list[dict[str, object]], column: str, value: str) -> list[dict[str, object]]:
    """Rows that name no account or no mode are everybody's."""
    return [row for row in rows if row[column] is not None and row[column] != value]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.booleans().flatmap(lambda is_doubt: DOUBTED if is_doubt else STEPS), min_size=8, max_size=15))
def test_what_one_account_is_told_changes_no_row_of_another(steps: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as directory:
        books = Books(Path(directory))
        play = Play(books)
        for kind, *what in steps:
            play.step(str(kind), *what)
        held = {each.position.key: each.position.qty for each in play.ledger.snapshot().positions}
        assert all(stale.qty == held[stale.key] for stale in play.ledger.snapshot().stale)
        assert audit(books.place) == []
        play.reader.close()
        again = books.reopen().snapshot()
        books.close()
        if not any(account.fills_in_order for account in play.ledger._state.snapshot(books.now).accounts):
            assert {each.position.key: each.position.qty for each in again.positions} == held
