"""Everything that is derived, folded again from the executions: the audit compares with it, a repair writes it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, RowMapping, select

from core.contracts import Contract
from core.execution import Execution
from core.position import Change, Position, fold, trade_closed_by
from core.trade_record import net_pnl, r_multiple, record_trade
from core.values import PositionKey, utc_from_micros
from data.folding import derive
from data.ledger_state import Held
from data.rows import (
    Row,
    contract_from_row,
    execution_from_row,
    key_from_row,
    position_row,
    stretch_from_row,
    trade_row,
)
from data.schema import TABLES
from data.unit_of_work import Derived

_EXECUTION = TABLES["execution"]
_ANY_TIME = utc_from_micros(0)
# What orders and ticks add to a trade or a position cannot be folded from executions.
TRADE_COLUMNS = (
    "mode", "account", "symbol", "side", "qty", "opened_qty", "entry_time", "entry_price", "exit_time", "exit_price",
    "realized_points", "realized_pnl", "commission", "net_pnl", "mae", "mfe", "mae_points", "mfe_points",
    "trade_min_price", "trade_max_price", "r_multiple", "reentry_count",
)  # fmt: skip
POSITION_COLUMNS = (
    "wire_symbol", "trade_id", "qty", "side", "entry_price", "entry_time", "initial_entry_price", "last_reentry_price",
    "reentry_count", "opened_qty", "peak_qty", "trade_min_price", "trade_max_price", "mae", "mfe", "realized_points",
    "realized_pnl", "commission",
)  # fmt: skip


@dataclass(frozen=True)
class KeyFold:
    """The executions of one key in their order, what each did, and what is open behind the last."""

    key: PositionKey
    rows: tuple[RowMapping, ...]
    changes: tuple[tuple[Execution, Change], ...]
    position: Position | None

    def derived(self) -> Iterator[tuple[RowMapping, Derived]]:
        """Each row with what it should say of itself."""
        for row, (execution, change) in zip(self.rows, self.changes, strict=True):
            yield row, derive(execution, change)

    def trades(self, recorded: dict[int, RowMapping], contract: Contract | None) -> Iterator[Row]:
        """Each closed trade as its row should be; `contract` where no row says what it was worth then."""
        for _, change in self.changes:
            trade = trade_closed_by(change)
            if trade is not None:
                row = recorded.get(trade.id)
                known = contract if row is None else contract_from_row(row)
                yield _with_risk(trade_row(record_trade(trade, known)), row)

    @cached_property
    def by_trade(self) -> dict[int, tuple[int, ...]]:
        """The numbers of the executions that each trade is made of, in the order of their fold."""
        made: dict[int, tuple[int, ...]] = {}
        for row, derived in self.derived():
            for trade_id in (derived.trade_id, derived.opened_trade_id):
                if trade_id is not None:
                    made[trade_id] = (*made.get(trade_id, ()), row["seq"])
        return made

    def open_row(self, recorded: RowMapping | None, contract: Contract | None) -> Row | None:
        """The open position as its row should be, with what its row says was seen since the last execution."""
        if self.position is None:
            return None
        stretch = stretch_from_row(recorded) if recorded else None
        position = self.position if stretch is None else self.position.having_seen(stretch)
        known = contract if recorded is None else contract_from_row(recorded)
        return position_row(Held(position, known), _ANY_TIME, 0)


def refold(connection: Connection, told: Collection[int] = ()) -> dict[PositionKey, KeyFold]:
    """The fold of every key. Fills that wait for their back-fill are no part of it.

    `told` are executions that were folded, whatever their rows say now: events tell so.
    """
    query = select(_EXECUTION).where(_EXECUTION.c.superseded_by.is_(None))
    by_key: dict[PositionKey, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        if row["entry_type"] is not None or row["seq"] in told:
            by_key[key_from_row(row)].append(row)
    return {key: _fold_key(key, rows) for key, rows in by_key.items()}


def _fold_key(key: PositionKey, rows: Iterable[RowMapping]) -> KeyFold:
    ordered = sorted(rows, key=lambda row: (row["fold_at"] or row["occurred_at"], row["seq"]))
    position, changes = fold(execution_from_row(row) for row in ordered)
    return KeyFold(key, tuple(ordered), tuple(changes), position)


def _with_risk(folded: Row, recorded: RowMapping | None) -> Row:
    """Risk comes from orders, so R is worked out of the risk that is recorded."""
    risk = recorded["initial_risk"] if recorded else None
    net = net_pnl(folded["realized_pnl"], folded["commission"])
    result = folded["realized_pnl"] if net is None else net
    return {**folded, "initial_risk": risk, "r_multiple": r_multiple(result, risk)}
