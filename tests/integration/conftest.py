"""A ledger in a folder of its own: opened, killed, opened again, and read from outside as any other program would."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import URL, Connection

from core.commission import CommissionRate
from core.contracts import ContractBook
from core.facts import AccountsListed, Answer, Fact, Fill, FillsListed, FillsUnavailable, LinkUp, PricesSeen
from core.snapshots import LedgerSnapshot, PositionSnapshot
from core.values import Mode
from data.database import open_writer
from data.ledger import Ledger
from data.ledger_state import LedgerKind
from data.place import Place
from data.reentry_cap import ReentryCap
from tests import postgres
from tests.fills import START, at, contract_book, prices

MODES = {"Sim1": Mode.SIM, "120005": Mode.LIVE}
LINK_UP = LinkUp("Heatline Practice", is_practice=True, at=START)


class Books:
    """One ledger's file, the clock it goes by, and the ledgers opened on it one after the other."""

    place: Place

    def __init__(self, directory: Path) -> None:
        self.path = self.place = directory / "ledger" / "heatline.db"
        self.now = START
        self._open: list[Connection] = []

    def open(
        self,
        contracts: ContractBook | None = None,
        may_become: Collection[LedgerKind] = tuple(LedgerKind),
        practice_rates: Sequence[CommissionRate] = (),
        reentry_cap: ReentryCap | None = None,
        *,
        notify: Callable[[str], None] = lambda _text: None,
        on_question: Callable[[str], None] = lambda _account: None,
    ) -> Ledger:
        """The ledger as the program opens it, with the practice exchange's modes."""
        self._prepare()
        connection = open_writer(self.place)
        self._open.append(connection)
        return Ledger(
            connection,
            contracts or contract_book(),
            lambda: self.now,
            practice_modes=MODES,
            practice_rates=practice_rates,
            reentry_cap=reentry_cap,
            notify=notify,
            on_question=on_question,
            may_become=may_become,
        )

    def begin(self, *accounts: str) -> Ledger:
        """A ledger that is logged on, with each account's back-fill through and empty."""
        ledger = self.open()
        handle_all(ledger, log_on(*accounts or MODES))
        return ledger

    def close(self) -> None:
        for connection in self._open:
            connection.close()
        self._open.clear()

    def reopen(self) -> Ledger:
        """As after a crash: what was only in memory is gone."""
        self.close()
        return self.open()

    def another(self, name: str) -> "Books":
        """A ledger of its own on the same kind of database."""
        return Books(self.path.parent / name)

    def rows(self, query: str, *values: object) -> Sequence[Any]:
        """What another program reads at this moment."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> object:
        return self.rows(query, *values)[0][0]

    def tamper(self, statement: str, *values: object) -> None:
        """What no program should do to a ledger."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            assert connection.execute(statement, values).rowcount != 0

    def add_copy(self, table: str, where: str, **changes: object) -> None:
        """Forges a row: like the one `where`, but for `changes`."""
        row = {**dict(self.rows(f"SELECT * FROM {table} WHERE {where}")[0]), **changes}  # noqa: S608  # names of ours
        places = ", ".join("?" * len(row))
        self.tamper(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())  # noqa: S608  # as above

    def events(self) -> list[str]:
        return [row["kind"] for row in self.rows("SELECT kind FROM positionevent ORDER BY id")]

    def at(self, seconds: float) -> datetime:
        """Moves the clock."""
        self.now = at(seconds)
        return self.now

    def _prepare(self) -> None:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(_blank_ledger())


class ServerBooks(Books):
    """The same in a database of a real PostgreSQL."""

    def __init__(self, directory: Path, server: postgres.PostgresServer, url: URL) -> None:
        super().__init__(directory)
        self._server = server
        self.url = self.place = url

    def another(self, name: str) -> "Books":
        return ServerBooks(self.path.parent / name, self._server, self._server.blank_database(name))

    def rows(self, query: str, *values: object) -> Sequence[Any]:
        return postgres.read(self.url, query, *values)

    def tamper(self, statement: str, *values: object) -> None:
        assert postgres.run(self.url, statement, *values) != 0

    def _prepare(self) -> None:
        """The database is there, and the migrations see to the rest."""


@cache
def _blank_ledger() -> bytes:
    """A file fresh from the migrations, which take longer than most tests."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "blank.db"
        open_writer(path).close()
        return path.read_bytes()


ON_BOTH = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`DATABASES = ON_BOTH` in a test module runs each of its tests with `books` on both databases."""
    databases = getattr(metafunc.module, "DATABASES", None)
    if databases is not None and "books" in metafunc.fixturenames:
        metafunc.parametrize("books", databases, indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """The PostgreSQL of all tests that do not stop it."""
    with postgres.serving() as server:
        postgres.quiet(server.url())
        yield server


@pytest.fixture(scope="session")
def shared_database(postgres_server: postgres.PostgresServer) -> URL:
    return postgres_server.blank_database()


@pytest.fixture
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path)
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("shared_database")
        postgres.clear(url)
        books = ServerBooks(tmp_path, request.getfixturevalue("postgres_server"), url)
    yield books
    books.close()


def log_on(*accounts: str) -> list[Fact]:
    listed = [FillsListed(account, ()) for account in accounts]
    return [LINK_UP, AccountsListed(accounts), *listed]


def handle_all(ledger: Ledger, facts: Iterable[Fact]) -> list[LedgerSnapshot]:
    """Books each fact; the snapshots that came of it."""
    return [snapshot for fact in facts if (snapshot := ledger.handle(fact)) is not None]


def refused(account: str = "Sim1") -> FillsUnavailable:
    return FillsUnavailable(account, Answer.REFUSED, "not here")


def listed(*fills: Fill, account: str = "Sim1") -> FillsListed:
    return FillsListed(account, fills)


def seen(low: str, high: str | None = None, symbol: str = "MESZ26") -> PricesSeen:
    return PricesSeen(symbol, prices(low, high))


def position_in(snapshot: LedgerSnapshot | None) -> PositionSnapshot:
    assert snapshot is not None
    (position,) = snapshot.positions
    return position


class Faults:
    """Makes the n-th statement of a connection fail as a disk would, once or from then on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fail_at: int | None = None
        self._code = sqlite3.SQLITE_FULL
        self._is_lasting = False
        self.count = 0
        pooled = connection.connection
        # Some statements run on the driver's own cursor, so it is the driver that is stood in for.
        pooled.dbapi_connection = _Watched(pooled.dbapi_connection, self._on_statement)  # type: ignore[misc]  # as above

    def fail(self, statement: int, code: int = sqlite3.SQLITE_FULL, *, is_lasting: bool = False) -> None:
        self._fail_at, self._code, self._is_lasting, self.count = statement, code, is_lasting, 0

    def _on_statement(self, *_: object) -> None:
        number, self.count = self.count, self.count + 1
        if self._fail_at is not None and (number == self._fail_at or (self._is_lasting and number > self._fail_at)):
            raise disk_error(self._code)


class _Watched:
    """A driver's connection, or a cursor of it, that tells of each statement before it runs."""

    def __init__(self, driver: Any, tell: Callable[[], None]) -> None:
        self._driver = driver
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def cursor(self, *arguments: Any, **named: Any) -> "_Watched":
        return _Watched(self._driver.cursor(*arguments, **named), self._tell)

    def execute(self, *arguments: Any, **named: Any) -> Any:
        self._tell()
        return self._driver.execute(*arguments, **named)

    def executemany(self, *arguments: Any, **named: Any) -> Any:
        self._tell()
        return self._driver.executemany(*arguments, **named)


def disk_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("the disk would not")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def faults_of() -> Callable[[Ledger], Faults]:
    return lambda ledger: Faults(ledger._connection)
