"""The tables against the reference: row by row, every figure that both know."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.battery.judging import Violation, must
from tests.battery.reference import Deal, Range, Round, Walk, walk

Key = tuple[str, str]  # account, symbol
Rows = Sequence[Mapping[str, Any]]
POINT_VALUES = {"MESZ26": Fraction(5)}  # of the tests' contract table
_ROUNDING = Fraction(1, 10**8)
_TYPE_NOISE = Fraction(1, 10**9)  # of a double that holds a price to eight decimals


def compare(walks: Mapping[Key, Walk], trades: Rows, positions: Rows) -> None:
    """Raises a Violation at the first figure that is not the reference's."""
    open_rows = {(row["account"], row["symbol"]): row for row in positions}
    expected_open = {key: walked.open for key, walked in walks.items() if walked.open is not None}
    must(len(open_rows) == len(positions), "two positions of one key")
    must(open_rows.keys() == expected_open.keys(), "open", sorted(open_rows), sorted(expected_open))
    for key, expected in expected_open.items():
        _compare_position(key, open_rows[key], expected)
    by_key: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for row in trades:
        by_key[row["account"], row["symbol"]].append(row)
    must(by_key.keys() == {key for key, walked in walks.items() if walked.closed}, "trades of", sorted(by_key))
    for key, rows in by_key.items():
        closed = walks[key].closed
        must(len(rows) == len(closed), key, "trades", len(rows), len(closed))
        for row, each in zip(rows, closed, strict=True):
            _compare_trade(key, row, each)


def compare_with_executions(connection: Any) -> None:  # of sqlite3 or apsw, with rows by name
    """The derived tables are what the reference makes of the executions that are folded."""
    deals: dict[Key, list[Deal]] = defaultdict(list)
    kinds: dict[Key, list[str]] = defaultdict(list)
    folded = "SELECT * FROM execution WHERE entry_type IS NOT NULL AND superseded_by IS NULL ORDER BY fold_at, seq"
    for row in connection.execute(folded):
        deals[row["account"], row["symbol"]].append(_deal(row))
        kinds[row["account"], row["symbol"]].append(row["entry_type"])
    walks = {key: walk(each) for key, each in deals.items()}
    for key, walked in walks.items():
        must(walked.kinds == kinds[key], key, "entry types", kinds[key], walked.kinds)
    positions = connection.execute("SELECT * FROM openposition").fetchall()
    for row in positions:
        current = walks[row["account"], row["symbol"]].open if (row["account"], row["symbol"]) in walks else None
        if current is not None and (seen := _range(row)) is not None:
            current.see(*seen)
    compare(walks, connection.execute("SELECT * FROM traderecord ORDER BY exit_time, id").fetchall(), positions)


def _deal(row: Mapping[str, Any]) -> Deal:
    price = None if row["price"] is None else Fraction(row["price"])
    qty = int(row["qty"]) * (1 if row["side"] == "BUY" else -1)
    return Deal(row["seq"], row["order_id"], qty, price, row["occurred_at"], _range(row))


def _range(row: Mapping[str, Any]) -> Range | None:
    return None if row["stretch_low"] is None else (Fraction(row["stretch_low"]), Fraction(row["stretch_high"]))


def _compare_position(key: Key, row: Mapping[str, Any], current: Round) -> None:
    fills = len(current.opened) + len(current.closed)
    _same(key, "qty", row["qty"], current.direction * current.held)
    _near(key, "entry_price", row["entry_price"], current.average if _has_entry(current) else None, fills)
    realised = current.realised if current.is_known else None
    _near(key, "realized_points", row["realized_points"], realised, fills * current.held)
    _compare_both(key, row, current)


def _has_entry(current: Round) -> bool:
    return all(price is not None for _, price, _ in current.opened)


def _compare_trade(key: Key, row: Mapping[str, Any], trade: Round) -> None:
    _same(key, "qty", row["qty"], trade.peak)
    _near(key, "entry_price", row["entry_price"], trade.entry, 1)
    _near(key, "exit_price", row["exit_price"], trade.exit, 1)
    points = trade.cash if trade.is_known else None
    _same(key, "realized_points", row["realized_points"], points)
    _same(key, "realized_pnl", row["realized_pnl"], _money(key, points))
    fills = len(trade.opened) + len(trade.closed)
    _near(key, "mae_points", row["mae_points"], trade.worst_points if trade.is_known else None, fills)
    _near(key, "mfe_points", row["mfe_points"], trade.best_points if trade.is_known else None, fills)
    must(trade.last is not None, key, "closed without a last deal")
    _same(key, "exit_time", row["exit_time"], trade.last.at if trade.last else None)
    _compare_both(key, row, trade)


def _compare_both(key: Key, row: Mapping[str, Any], each: Round) -> None:
    _same(key, "side", row["side"], "LONG" if each.direction > 0 else "SHORT")
    _same(key, "opened_qty", row["opened_qty"], each.opened_qty)
    _same(key, "entry_time", row["entry_time"], each.first.at)
    _same(key, "reentry_count", row["reentry_count"], each.reentries)
    known = each.is_known
    _same(key, "mae", row["mae"], _money(key, each.worst if known else None))
    _same(key, "mfe", row["mfe"], _money(key, each.best if known else None))
    _same(key, "trade_min_price", row["trade_min_price"], each.low if known else None)
    _same(key, "trade_max_price", row["trade_max_price"], each.high if known else None)


def _money(key: Key, points: Fraction | None) -> Fraction | None:
    value = POINT_VALUES.get(key[1])
    return None if points is None or value is None else points * value


def _same(key: Key, name: str, found: object, expected: object) -> None:
    """Exactly; SQLite keeps the nearest double."""
    if isinstance(expected, Fraction):
        expected = expected if isinstance(found, Decimal) else float(expected)
        found = Fraction(found) if isinstance(found, Decimal) else found
    if found != expected:
        raise Violation(key, name, f"found {found}", f"expected {expected}")


def _near(key: Key, name: str, found: float | Decimal | None, expected: Fraction | None, fills: int) -> None:
    """Averages are kept to eight decimals, and each fill may round once."""
    if found is None or expected is None:
        _same(key, name, found, expected)
    elif abs(Fraction(found) - expected) > _ROUNDING * fills + _TYPE_NOISE:
        raise Violation(key, name, f"found {found}", f"expected {float(expected)}")
