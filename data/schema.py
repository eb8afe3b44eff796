"""The tables. Their names and columns are a contract with tools outside: columns may be added, never renamed.

Times are microseconds since 1970 UTC. Unknown is NULL. Columns that no part of the program fills yet stay NULL.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from data.columns import Exact, Moment

# SQLite numbers rows by itself only in a column declared INTEGER.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

# Keeps constraint names the same on every database, so that migrations can name them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


class Execution(SQLModel, table=True):
    """One fill report. `trade_id` is the trade it belongs to, `opened_trade_id` the one a flip opens besides.

    (`fold_at`, `seq`) is the order in which executions are folded; `position_qty` the position the broker reported.
    """

    __table_args__ = (
        UniqueConstraint("account", "execution_id"),
        CheckConstraint("qty > 0", name="qty_positive"),
        CheckConstraint("side IN ('BUY', 'SELL')", name="side_known"),
        Index(None, "mode", "account", "symbol", "fold_at", "seq"),
        # A second id is rare: the index holds no row that has none.
        Index(
            None,
            "account",
            "alternate_id",
            unique=True,
            sqlite_where=text("alternate_id IS NOT NULL"),
            postgresql_where=text("alternate_id IS NOT NULL"),
        ),
    )

    seq: int = Field(primary_key=True, sa_type=RowNumber)
    mode: str
    account: str
    symbol: str
    wire_symbol: str
    execution_id: str
    alternate_id: str | None = None
    order_id: str
    side: str
    qty: Decimal = Field(sa_type=Exact)
    price: Decimal | None = Field(default=None, sa_type=Exact)
    entry_type: str | None = None
    trade_id: int | None = Field(default=None, sa_type=BigInteger)
    opened_trade_id: int | None = Field(default=None, sa_type=BigInteger)
    commission: Decimal | None = Field(default=None, sa_type=Exact)
    source: str
    superseded_by: int | None = Field(default=None, sa_type=BigInteger)
    occurred_at: datetime = Field(sa_type=Moment)
    resolution_us: int = Field(sa_type=BigInteger)
    recorded_at: datetime = Field(sa_type=Moment)
    stretch_low: Decimal | None = Field(default=None, sa_type=Exact)
    stretch_high: Decimal | None = Field(default=None, sa_type=Exact)
    chain: str | None = None
    position_qty: Decimal | None = Field(default=None, sa_type=Exact)
    fold_at: datetime | None = Field(default=None, sa_type=Moment)


class OpenPosition(SQLModel, table=True):
    """The open quantity of one key; a flat key has no row. Derived: a fold of the executions gives it again."""

    __table_args__ = (
        CheckConstraint("qty <> 0", name="qty_open"),
        CheckConstraint("side IN ('LONG', 'SHORT')", name="side_known"),
    )

    mode: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    symbol: str = Field(primary_key=True)
    wire_symbol: str
    trade_id: int = Field(sa_type=BigInteger)
    qty: Decimal = Field(sa_type=Exact)
    side: str
    entry_price: Decimal | None = Field(default=None, sa_type=Exact)
    entry_time: datetime = Field(sa_type=Moment)
    initial_entry_price: Decimal | None = Field(default=None, sa_type=Exact)
    last_reentry_price: Decimal | None = Field(default=None, sa_type=Exact)
    reentry_count: int
    opened_qty: Decimal = Field(sa_type=Exact)
    peak_qty: Decimal = Field(sa_type=Exact)
    target_price: Decimal | None = Field(default=None, sa_type=Exact)
    stop_price: Decimal | None = Field(default=None, sa_type=Exact)
    initial_stop_price: Decimal | None = Field(default=None, sa_type=Exact)
    initial_risk: Decimal | None = Field(default=None, sa_type=Exact)
    entry_vwap: Decimal | None = Field(default=None, sa_type=Exact)
    entry_cum_delta: Decimal | None = Field(default=None, sa_type=Exact)
    entry_poc: Decimal | None = Field(default=None, sa_type=Exact)
    trade_min_price: Decimal | None = Field(default=None, sa_type=Exact)
    trade_max_price: Decimal | None = Field(default=None, sa_type=Exact)
    stretch_low: Decimal | None = Field(default=None, sa_type=Exact)
    stretch_high: Decimal | None = Field(default=None, sa_type=Exact)
    mae: Decimal | None = Field(default=None, sa_type=Exact)
    mfe: Decimal | None = Field(default=None, sa_type=Exact)
    peak_pnl: Decimal | None = Field(default=None, sa_type=Exact)
    max_pullback: Decimal | None = Field(default=None, sa_type=Exact)
    heat_total_us: int | None = Field(default=None, sa_type=BigInteger)
    heat_spell_started_at: datetime | None = Field(default=None, sa_type=Moment)
    realized_points: Decimal | None = Field(default=None, sa_type=Exact)
    realized_pnl: Decimal | None = Field(default=None, sa_type=Exact)
    commission: Decimal | None = Field(default=None, sa_type=Exact)
    point_value: Decimal | None = Field(default=None, sa_type=Exact)
    tick_size: Decimal | None = Field(default=None, sa_type=Exact)
    currency: str | None = None
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)
    revision: int = Field(sa_type=BigInteger)


class TradeRecord(SQLModel, table=True):
    """One round trip; `id` is the row number of the execution that opened it. Fields: `core.trade_record`."""

    __table_args__ = (
        CheckConstraint("side IN ('LONG', 'SHORT')", name="side_known"),
        Index(None, "mode", "account", "exit_time"),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    mode: str
    account: str
    symbol: str
    side: str
    qty: Decimal = Field(sa_type=Exact)
    opened_qty: Decimal = Field(sa_type=Exact)
    entry_time: datetime = Field(sa_type=Moment)
    entry_price: Decimal | None = Field(default=None, sa_type=Exact)
    exit_time: datetime = Field(sa_type=Moment)
    exit_price: Decimal | None = Field(default=None, sa_type=Exact)
    realized_points: Decimal | None = Field(default=None, sa_type=Exact)
    realized_pnl: Decimal | None = Field(default=None, sa_type=Exact)
    commission: Decimal | None = Field(default=None, sa_type=Exact)
    net_pnl: Decimal | None = Field(default=None, sa_type=Exact)
    mae: Decimal | None = Field(default=None, sa_type=Exact)
    mfe: Decimal | None = Field(default=None, sa_type=Exact)
    mae_possible: Decimal | None = Field(default=None, sa_type=Exact)
    mfe_possible: Decimal | None = Field(default=None, sa_type=Exact)
    mae_points: Decimal | None = Field(default=None, sa_type=Exact)
    mfe_points: Decimal | None = Field(default=None, sa_type=Exact)
    max_pullback: Decimal | None = Field(default=None, sa_type=Exact)
    trade_min_price: Decimal | None = Field(default=None, sa_type=Exact)
    trade_max_price: Decimal | None = Field(default=None, sa_type=Exact)
    heat_total_us: int | None = Field(default=None, sa_type=BigInteger)
    initial_risk: Decimal | None = Field(default=None, sa_type=Exact)
    r_multiple: Decimal | None = Field(default=None, sa_type=Exact)
    reentry_count: int
    entry_vwap: Decimal | None = Field(default=None, sa_type=Exact)
    entry_cum_delta: Decimal | None = Field(default=None, sa_type=Exact)
    entry_poc: Decimal | None = Field(default=None, sa_type=Exact)
    coverage: Decimal | None = Field(default=None, sa_type=Exact)
    coverage_source: str | None = None
    clock_doubtful: bool | None = None
    excursion_final: bool | None = None
    points_after_exit: Decimal | None = Field(default=None, sa_type=Exact)
    exit_reason: str | None = None
    point_value: Decimal | None = Field(default=None, sa_type=Exact)
    tick_size: Decimal | None = Field(default=None, sa_type=Exact)
    currency: str | None = None
    is_closed: bool = True
    tags: str | None = None
    note: str | None = None


class PricePath(SQLModel, table=True):
    """How prices went around one trade: `points` is JSON, `[[microseconds since begins_at, price], …]`, in order."""

    trade_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    begins_at: datetime = Field(sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment)
    is_whole: bool
    points: str


class PositionEvent(SQLModel, table=True):
    """Append-only: every change of a position, every gap of the link, everything refused, with the revision it made."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    at: datetime = Field(sa_type=Moment)
    revision: int = Field(sa_type=BigInteger)
    kind: str
    mode: str | None = None
    account: str | None = None
    symbol: str | None = None
    trade_id: int | None = Field(default=None, sa_type=BigInteger)
    execution_seq: int | None = Field(default=None, sa_type=BigInteger)
    qty_after: Decimal | None = Field(default=None, sa_type=Exact)
    detail: str | None = None


class AccountState(SQLModel, table=True):
    """One broker account: its mode, its balance, and when the broker last agreed with what we hold for it."""

    account: str = Field(primary_key=True)
    mode: str
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    last_query_at: datetime | None = Field(default=None, sa_type=Moment)
    last_answer: str | None = None
    cash_balance: Decimal | None = Field(default=None, sa_type=Exact)
    currency: str | None = None
    balance_at: datetime | None = Field(default=None, sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)


class LedgerMeta(SQLModel, table=True):
    """The ledger's own row: which kind of server it belongs to, and how often it has committed."""

    __table_args__ = (CheckConstraint("kind IN ('real', 'practice')", name="kind_known"),)

    id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    kind: str | None = None
    revision: int = Field(sa_type=BigInteger)
    chain_head: str | None = None
    chain_count: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=Moment)


class OrderRecord(SQLModel, table=True):
    """One order as the broker last described it; `entry_type` is what its first fill did to the position."""

    __table_args__ = (Index(None, "account", "symbol", "status"), Index(None, "trade_id"))

    account: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    mode: str
    symbol: str
    wire_symbol: str
    client_order_id: str | None = None
    previous_order_id: str | None = None
    parent_order_id: str | None = None
    linked_order_id: str | None = None
    side: str
    order_type: str
    status: str
    entry_type: str | None = None
    trade_id: int | None = Field(default=None, sa_type=BigInteger)
    qty: Decimal | None = Field(default=None, sa_type=Exact)
    filled_qty: Decimal | None = Field(default=None, sa_type=Exact)
    limit_price: Decimal | None = Field(default=None, sa_type=Exact)
    stop_price: Decimal | None = Field(default=None, sa_type=Exact)
    average_fill_price: Decimal | None = Field(default=None, sa_type=Exact)
    details: str | None = Field(default=None, sa_column=Column("metadata", String))
    first_seen_at: datetime = Field(sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)
    revision: int = Field(sa_type=BigInteger)


class PositionSnapshot(SQLModel, table=True):
    """What an account held at a moment, by the broker's word or by our own fold; `qty` is signed, 0 is flat."""

    __table_args__ = (UniqueConstraint("account", "symbol", "at", "source"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    at: datetime = Field(sa_type=Moment)
    mode: str
    account: str
    symbol: str
    qty: Decimal = Field(sa_type=Exact)
    average_price: Decimal | None = Field(default=None, sa_type=Exact)
    source: str


class BalanceSnapshot(SQLModel, table=True):
    """What an account was worth at a moment, by the broker's word."""

    __table_args__ = (UniqueConstraint("account", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    at: datetime = Field(sa_type=Moment)
    mode: str
    account: str
    cash_balance: Decimal = Field(sa_type=Exact)
    currency: str | None = None


class CommissionScheduleEntry(SQLModel, table=True):
    """What one side of one lot costs from a moment on; an empty account stands for all accounts."""

    __tablename__ = "commissionschedule"
    __table_args__ = (CheckConstraint("per_side >= 0", name="per_side_not_negative"),)

    account: str = Field(primary_key=True)
    root: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True, sa_type=Moment)
    per_side: Decimal = Field(sa_type=Exact)
    currency: str


class Quarantine(SQLModel, table=True):
    """A fill that could not be read, as it came; released once somebody has corrected it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    recorded_at: datetime = Field(sa_type=Moment)
    reason: str
    account: str | None = None
    symbol: str | None = None
    order_id: str | None = None
    raw: str
    released_at: datetime | None = Field(default=None, sa_type=Moment)
    execution_id: str | None = None


METADATA = SQLModel.metadata
TABLES = METADATA.tables
