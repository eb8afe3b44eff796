"""What an order says of its trade, held against the executions it made."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import RowMapping

from data.finding import Finding

_OrderName = tuple[str, str]


def order_findings(
    orders: Iterable[RowMapping], executions: Iterable[RowMapping], trades: Collection[int]
) -> Iterator[Finding]:
    """Orders whose entry type or trade none of their executions bears out, and links to trades that are not there."""
    by_order = executions_by_order(executions)
    for order in orders:
        made = by_order.get((order["account"], order["order_id"]), [])
        if order["entry_type"] is not None and made and not _is_borne_out(order, made):
            first = made[0]
            yield Finding.of(
                order,
                "entry_type and trade_id",
                f"{order['entry_type']} {order['trade_id']}",
                f"{first['entry_type']} {first['trade_id']}",
            )
        elif order["trade_id"] is not None and order["trade_id"] not in trades:
            yield Finding.of(order, "trade_id", order["trade_id"], "no such trade")


def executions_by_order(executions: Iterable[RowMapping]) -> dict[_OrderName, list[RowMapping]]:
    """The folded executions of each order, in the order of the fold."""
    by_order: dict[_OrderName, list[RowMapping]] = defaultdict(list)
    folded = [row for row in executions if row["entry_type"] is not None and row["superseded_by"] is None]
    for row in sorted(folded, key=lambda row: (row["fold_at"] or row["occurred_at"], row["seq"])):
        by_order[row["account"], row["order_id"]].append(row)
    return by_order


def _is_borne_out(order: RowMapping, made: Iterable[RowMapping]) -> bool:
    said = (order["entry_type"], order["trade_id"])
    return any(said == (row["entry_type"], row["trade_id"]) for row in made)
