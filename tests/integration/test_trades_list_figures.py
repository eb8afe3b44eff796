"""What another program printed of its trades comes out of the core: from the prices in its own columns."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from core.contracts import Contract
from core.execution import Execution
from core.money import excursion_figures
from core.position import Closed, fold
from core.stops import stops_of
from core.tape import Coverage, Ticks
from core.trade_course import Course, course_of
from core.trade_record import TradeRecord, record_trade
from core.values import Mode, PositionKey, Side, Source, micros_from_utc

_MNQ = Contract(Decimal("0.25"), Decimal(2), "USD")
_KEY = PositionKey(Mode.SIM, "Sim1", "MNQH23")
_MILLISECOND = 1_000


@dataclass(frozen=True)
class Row:
    """One line of the list: a pair of fills, and what went by between them."""

    cells: dict[str, str]

    @property
    def sign(self) -> int:
        return 1 if self.cells["Trade Type"] == "Long" else -1

    def number(self, column: str) -> Decimal:
        return Decimal(self.cells[column].removesuffix(" F"))

    def moment(self, column: str) -> datetime:
        """Stamps carry the mark of a position's begin or end; their zone does not matter here."""
        stamp = self.cells[column].removesuffix(" BP").removesuffix(" EP")
        return datetime.strptime(stamp, "%Y-%m-%d  %H:%M:%S.%f").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def rows() -> Sequence[Row]:
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/exports/sierra_trades_list_26col.txt"
    if not path.exists():
        pytest.skip(f"no exported trades at {path}")
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(cells) for cells in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def test_two_rows_of_one_position_are_one_trade_flat_to_flat(rows: Sequence[Row]) -> None:
    trade, course = _trade_of(rows[1:])
    figures = excursion_figures(course.sure, _MNQ)
    assert figures.mfe == rows[2].number("FlatToFlat Max Open Profit (C)") == Decimal("77.50")
    assert figures.mae == rows[2].number("FlatToFlat Max Open Loss (C)") == Decimal("-6.00")
    assert trade.net_pnl == rows[2].number("FlatToFlat Profit/Loss (C)") == Decimal("67.02")
    assert course.possible == course.sure


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_row_alone_gives_its_own_columns(rows: Sequence[Row], number: int) -> None:
    row = rows[number]
    trade, course = _trade_of([row])
    figures = excursion_figures(course.sure, _MNQ)
    assert figures.mfe == row.number("Max Open Profit (C)")
    assert figures.mae == row.number("Max Open Loss (C)")
    assert trade.net_pnl == row.number("Profit/Loss (C)")


def _trade_of(rows: Sequence[Row]) -> tuple[TradeRecord, Course]:
    executions = _executions(rows)
    (closed,) = [change.trade for _, change in fold(executions)[1] if isinstance(change, Closed)]
    stops = stops_of(executions)[closed.id]
    assert stops is not None
    whole = Coverage.of([(stops[0].at_us, stops[-1].at_us + _MILLISECOND)])
    return record_trade(closed, _MNQ), course_of(stops, _ticks(rows), whole)


def _executions(rows: Sequence[Row]) -> list[Execution]:
    """All lots came in at once, as the rows' equal begin says, and went out row by row."""
    first, qty = rows[0], sum((row.number("Trade Quantity") for row in rows), Decimal(0))
    opening = _execution(1, first.sign * qty, first, "Entry", Decimal(0))
    closing = [
        _execution(seq, -row.sign * row.number("Trade Quantity"), row, "Exit", row.number("Commission (C)"))
        for seq, row in enumerate(rows, start=2)
    ]
    return [opening, *closing]


def _execution(seq: int, qty: Decimal, row: Row, end: str, commission: Decimal) -> Execution:
    return Execution(
        key=_KEY,
        wire_symbol="MNQH23",
        execution_id=f"E{seq}",
        order_id=f"O{seq}",
        side=Side.BUY if qty > 0 else Side.SELL,
        qty=abs(qty),
        price=row.number(f"{end} Price"),
        occurred_at=row.moment(f"{end} DateTime"),
        resolution_us=_MILLISECOND,
        source=Source.IMPORT,
        seq=seq,
        commission=commission,
    )


def _ticks(rows: Sequence[Row]) -> Ticks:
    """The highest and the lowest price of each row, unless the row before had them: then nothing new went by."""
    trades: list[tuple[int, Decimal]] = []
    begins = rows[0].moment("Entry DateTime")
    for number, row in enumerate(rows):
        ends = row.moment("Exit DateTime")
        for part, column in enumerate(("High Price While Open", "Low Price While Open"), start=1):
            if number == 0 or row.number(column) != rows[number - 1].number(column):
                trades.append((micros_from_utc(begins + (ends - begins) * part / 3), row.number(column)))
        begins = ends
    return Ticks(np.array([at for at, _ in trades]), np.array([float(price) for _, price in trades]))
