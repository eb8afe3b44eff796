"""A ledger that is told positions, with what it says and asks: the builders of the tests about reconciling."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from core.facts import Answer, PositionReported, PositionsListed, PositionsUnavailable
from core.snapshots import AccountSnapshot, LedgerSnapshot
from core.stale import StalePosition
from data.ledger import Ledger
from tests.fills import at, fill
from tests.integration.conftest import Books, handle_all, log_on

Held = dict[str, int]


@dataclass
class Desk:
    """A logged-on ledger; `notices` are for the trader, `asked` the accounts that the broker was asked for."""

    books: Books
    ledger: Ledger
    notices: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @staticmethod
    def begin(books: Books, *accounts: str) -> "Desk":
        notices: list[str] = []
        asked: list[str] = []
        ledger = books.open(notify=notices.append, on_question=asked.append)
        handle_all(ledger, log_on(*accounts or ("Sim1",)))
        return Desk(books, ledger, notices, asked)

    def holds(self, qty: int, price: str = "5000.00", account: str = "Sim1", symbol: str = "MESZ26") -> None:
        """A position of one fill, long past its grace; what was asked meanwhile is forgotten."""
        number = (self.books.now - at(0)).total_seconds()
        self.ledger.handle(fill(qty, price, number, id=f"E{account}{number}", account=account, symbol=symbol))
        self.later(10)
        self.asked.clear()

    def lists(self, held: Held, account: str = "Sim1", average: str | None = None) -> None:
        """The broker lists his positions, two seconds after what was before."""
        self.later(2)
        price = None if average is None else Decimal(average)
        rows = [PositionReported(account, s, Decimal(q), self.now, price, f"F.US.{s}") for s, q in held.items()]
        self.ledger.handle(PositionsListed(account, tuple(rows), self.now))

    def lists_twice(self, held: Held, account: str = "Sim1", average: str | None = None) -> None:
        self.lists(held, account, average)
        self.lists(held, account, average)

    def is_silent(self, account: str = "Sim1", answer: Answer = Answer.SILENT, reason: str = "no answer") -> None:
        self.later(2)
        self.ledger.handle(PositionsUnavailable(account, answer, reason, self.now))

    def reports(self, qty: int, account: str = "Sim1", symbol: str = "MESZ26") -> None:
        self.ledger.handle(PositionReported(account, symbol, Decimal(qty), self.now))

    def later(self, seconds: float) -> None:
        self.books.now += timedelta(seconds=seconds)
        self.ledger.expire()

    @property
    def now(self) -> datetime:
        return self.books.now

    @property
    def snapshot(self) -> LedgerSnapshot:
        return self.ledger.snapshot()

    @property
    def stale(self) -> StalePosition:
        (stale,) = self.snapshot.stale
        return stale

    @property
    def doubts(self) -> list[tuple[str, str]]:
        return [(each.key.account, each.doubt.value) for each in self.snapshot.stale]

    def account(self, name: str = "Sim1") -> AccountSnapshot:
        return next(each for each in self.snapshot.accounts if each.account == name)

    def held(self) -> dict[tuple[str, str], Decimal]:
        return {
            (each.position.key.account, each.position.key.symbol): each.position.qty for each in self.snapshot.positions
        }
