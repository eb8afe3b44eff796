"""What the ledger calls net is what the practice exchange does to the balance."""

from decimal import Decimal

from core.facts import Fact
from core.values import Side
from data.practice.exchange import OPENING_BALANCES, Exchange
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT, list_contract, practice_rates
from data.practice.orders import Ticket
from data.practice.reports import report_outcome
from data.practice.state_file import Unsaved
from data.practice.walk import PriceWalk
from tests.dtc_talk import Talk
from tests.integration.conftest import Books, log_on


class Room:
    """An exchange, a session that hears it, and a ledger that books what the session understands."""

    def __init__(self, books: Books) -> None:
        listing = list_contract(DEFAULT_SYMBOL)
        self.market = PriceWalk(7, listing.contract.tick_size)
        self.exchange = Exchange(listing, self.market, Unsaved(), seed=3, partial_fill_chance=1.0)
        self.ledger = books.open(practice_rates=practice_rates())
        assert self.ledger.kind is None
        self.talk = Talk().log_on()
        self.talk.define(DEFAULT_SYMBOL)
        for fact in log_on(SIM_ACCOUNT):
            self.ledger.handle(fact)

    def trade(self, signed_qty: int) -> None:
        for number in range(20):
            self.exchange.observe(self.market.next_tick(float(number)))
        side = Side.BUY if signed_qty > 0 else Side.SELL
        executed = self.exchange.execute(Ticket(SIM_ACCOUNT, DEFAULT_SYMBOL, side, abs(signed_qty)))
        for event in self.talk.hear(*report_outcome(executed, self.exchange.books)):
            assert isinstance(event, Fact)
            self.ledger.handle(event)


def test_net_pnl_is_the_change_of_the_balance_to_the_cent(books: Books) -> None:
    room = Room(books)
    for signed_qty in (2, 1, -1, -4, 3, -1, 5, -5):
        room.trade(signed_qty)
    assert books.value("SELECT count(*) FROM openposition") == 0
    nets = [Decimal(str(row[0])) for row in books.rows("SELECT net_pnl FROM traderecord")]
    balance = room.exchange.books.accounts[SIM_ACCOUNT].balance
    assert len(nets) > 2
    assert balance == OPENING_BALANCES[SIM_ACCOUNT] + sum(nets)
    assert balance == Decimal(str(books.value("SELECT cash_balance FROM accountstate WHERE account = ?", SIM_ACCOUNT)))


def test_every_order_of_the_exchange_has_its_row_and_its_trade(books: Books) -> None:
    room = Room(books)
    for signed_qty in (2, 1, -3):
        room.trade(signed_qty)
    rows = books.rows("SELECT status, entry_type, trade_id, qty, filled_qty FROM orderrecord")
    assert {tuple(row)[:3] for row in rows} == {
        ("filled", "initial", 1), ("filled", "reentry", 1), ("filled", "reduce", 1),
    }  # fmt: skip
    assert all(row["qty"] == row["filled_qty"] for row in rows)


def test_the_seed_is_the_listings_own_price(books: Books) -> None:
    Room(books)
    rates = dict(books.rows("SELECT root, per_side FROM commissionschedule"))
    assert (rates["MES"], rates["MYM"], rates["ES"]) == (0.62, 0.62, 2.25)
    assert list_contract(DEFAULT_SYMBOL).commission == Decimal("0.62")
