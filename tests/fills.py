"""Builders for fills and executions, so that a test says only what matters to it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from core.contracts import Contract, ContractBook
from core.execution import Execution
from core.facts import Fill
from core.position import Closed, Trade, fold
from core.values import Mode, PositionKey, PriceRange, Side, Source

START = datetime(2026, 9, 15, 14, 30, tzinfo=UTC)
MES = Contract(Decimal("0.25"), Decimal(5), "USD")
SIM_KEY = PositionKey(Mode.SIM, "Sim1", "MESZ26")


def at(seconds: float) -> datetime:
    """So many seconds into the test's day."""
    return START + timedelta(seconds=seconds)


def figures(*values: object) -> tuple[object, ...]:
    """Numbers side by side, to be compared with plain ones: a Decimal equals an int, but mypy sees two types."""
    return values


def contract_book() -> ContractBook:
    return ContractBook({"MES": MES})


def prices(low: str, high: str | None = None) -> PriceRange:
    return PriceRange(Decimal(low), Decimal(high or low))


def execution(
    qty: int,
    price: str | None,
    seq: int = 1,
    *,
    order: str = "",
    seen: PriceRange | None = None,
    key: PositionKey = SIM_KEY,
) -> Execution:
    """A booked execution, `seq` seconds into the day; a negative quantity sells."""
    return Execution(
        key=key,
        wire_symbol=f"{key.symbol}-CME",
        execution_id=f"E{seq}",
        order_id=order,
        side=Side.BUY if qty > 0 else Side.SELL,
        qty=Decimal(abs(qty)),
        price=None if price is None else Decimal(price),
        occurred_at=at(seq),
        resolution_us=1,
        source=Source.LIVE,
        seq=seq,
        stretch=seen,
    )


def fill(
    qty: int,
    price: str | None,
    number: float = 1,
    *,
    id: str | None = None,  # noqa: A002  # it is the fill's id
    order: str | None = None,
    account: str = "Sim1",
    symbol: str = "MESZ26",
    source: Source = Source.LIVE,
) -> Fill:
    """A fill as the broker reports it, `number` seconds into the day, by an order of its own; negative sells."""
    name = f"{number:g}"
    return Fill(
        account=account,
        symbol=symbol,
        wire_symbol=f"{symbol}-CME",
        execution_id=f"E{name}" if id is None else id,
        order_id=f"O{name}" if order is None else order,
        side=Side.BUY if qty > 0 else Side.SELL,
        qty=Decimal(abs(qty)),
        price=None if price is None else Decimal(price),
        occurred_at=at(number),
        resolution_us=1,
        source=source,
    )


def short_trade(exit_price: str | None = "98") -> Trade:
    """One lot at 100, one more at 102, both bought back; the price ran from 99 to 103 between."""
    _, changes = fold(
        [
            execution(-1, "100", 1, order="A"),
            execution(-1, "102", 2, order="B", seen=prices("99", "103")),
            execution(2, exit_price, 3, order="C"),
        ]
    )
    change = changes[-1][1]
    assert isinstance(change, Closed)
    return change.trade
