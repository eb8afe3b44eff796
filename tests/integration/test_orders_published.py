"""What the ledger publishes of orders, so that they can be held against the position."""

from decimal import Decimal

from core.facts import LinkDown, LinkUp, OrdersListed
from core.order import OrderKind, OrderReported, OrderState
from core.snapshots import AccountSnapshot
from core.values import Side
from data.ledger import Ledger
from tests.fills import SIM_KEY, at, fill
from tests.integration.conftest import Books


def stop(name: str, seconds: float, state: OrderState = OrderState.WORKING) -> OrderReported:
    return OrderReported(
        account="Sim1",
        order_id=name,
        symbol="MESZ26",
        wire_symbol="MESZ26-CME",
        at=at(seconds),
        state=state,
        side=Side.SELL,
        kind=OrderKind.STOP,
        qty=Decimal(1),
        trigger=Decimal(4990),
    )


def sim(ledger: Ledger) -> AccountSnapshot:
    return next(each for each in ledger.snapshot().accounts if each.account == "Sim1")


def working(ledger: Ledger) -> list[str]:
    return [each.order_id for each in ledger.snapshot().working_orders]


def test_orders_at_work_are_published_until_they_end(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(stop("S1", 1))
    ledger.handle(stop("S2", 2))
    assert working(ledger) == ["S1", "S2"]
    ledger.handle(stop("S1", 3, OrderState.CANCELED))
    assert working(ledger) == ["S2"]
    assert working(books.reopen()) == ["S2"]


def test_orders_are_unknown_until_the_broker_has_listed_them_on_this_link(books: Books) -> None:
    ledger = books.begin("Sim1")
    assert not sim(ledger).are_orders_listed
    snapshot = ledger.handle(OrdersListed("Sim1", frozenset(), at(1)))
    assert snapshot is not None
    assert sim(ledger).are_orders_listed
    ledger.handle(LinkDown("lost", at(2)))
    assert not sim(ledger).are_orders_listed
    ledger.handle(LinkUp("Heatline Practice", is_practice=True, at=at(3)))
    assert not sim(ledger).are_orders_listed


def test_a_restart_knows_nothing_of_what_is_listed(books: Books) -> None:
    books.begin("Sim1").handle(OrdersListed("Sim1", frozenset(), at(1)))
    assert not sim(books.reopen()).are_orders_listed


def test_when_a_position_closed_is_published_while_orders_are_left(books: Books) -> None:
    ledger = books.begin("Sim1")
    ledger.handle(stop("S", 1))
    ledger.handle(fill(1, "5000", 2))
    assert ledger.snapshot().flat_since == ()
    ledger.handle(fill(-1, "5001", 3))
    assert ledger.snapshot().flat_since == ((SIM_KEY, at(3)),)
    ledger.handle(stop("S", 4, OrderState.CANCELED))
    assert ledger.snapshot().flat_since == ()
