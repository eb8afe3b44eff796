"""The six tables of the first ledger: executions, open positions, trades, events, accounts, and its own row."""

import sqlalchemy as sa
from alembic import op

from data import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accountstate",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("verified_at", columns.Moment(), nullable=True),
        sa.Column("last_query_at", columns.Moment(), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.Column("cash_balance", columns.Exact(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("balance_at", columns.Moment(), nullable=True),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_accountstate")),
    )
    op.create_table(
        "execution",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("wire_symbol", sa.String(), nullable=False),
        sa.Column("execution_id", sa.String(), nullable=False),
        sa.Column("alternate_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("qty", columns.Exact(), nullable=False),
        sa.Column("price", columns.Exact(), nullable=True),
        sa.Column("entry_type", sa.String(), nullable=True),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_trade_id", sa.BigInteger(), nullable=True),
        sa.Column("commission", columns.Exact(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("superseded_by", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", columns.Moment(), nullable=False),
        sa.Column("resolution_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", columns.Moment(), nullable=False),
        sa.Column("stretch_low", columns.Exact(), nullable=True),
        sa.Column("stretch_high", columns.Exact(), nullable=True),
        sa.Column("chain", sa.String(), nullable=True),
        sa.CheckConstraint("side IN ('BUY', 'SELL')", name=op.f("ck_execution_side_known")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_execution_qty_positive")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_execution")),
        sa.UniqueConstraint("account", "execution_id", name=op.f("uq_execution_account_execution_id")),
    )
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_execution_mode_account_symbol_occurred_at_seq"),
            ["mode", "account", "symbol", "occurred_at", "seq"],
            unique=False,
        )

    op.create_table(
        "ledgermeta",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("chain_head", sa.String(), nullable=True),
        sa.Column("chain_count", sa.BigInteger(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('real', 'practice')", name=op.f("ck_ledgermeta_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledgermeta")),
    )
    op.create_table(
        "openposition",
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("wire_symbol", sa.String(), nullable=False),
        sa.Column("trade_id", sa.BigInteger(), nullable=False),
        sa.Column("qty", columns.Exact(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("entry_price", columns.Exact(), nullable=True),
        sa.Column("entry_time", columns.Moment(), nullable=False),
        sa.Column("initial_entry_price", columns.Exact(), nullable=True),
        sa.Column("last_reentry_price", columns.Exact(), nullable=True),
        sa.Column("reentry_count", sa.Integer(), nullable=False),
        sa.Column("opened_qty", columns.Exact(), nullable=False),
        sa.Column("peak_qty", columns.Exact(), nullable=False),
        sa.Column("target_price", columns.Exact(), nullable=True),
        sa.Column("stop_price", columns.Exact(), nullable=True),
        sa.Column("initial_stop_price", columns.Exact(), nullable=True),
        sa.Column("initial_risk", columns.Exact(), nullable=True),
        sa.Column("entry_vwap", columns.Exact(), nullable=True),
        sa.Column("entry_cum_delta", columns.Exact(), nullable=True),
        sa.Column("entry_poc", columns.Exact(), nullable=True),
        sa.Column("trade_min_price", columns.Exact(), nullable=True),
        sa.Column("trade_max_price", columns.Exact(), nullable=True),
        sa.Column("stretch_low", columns.Exact(), nullable=True),
        sa.Column("stretch_high", columns.Exact(), nullable=True),
        sa.Column("mae", columns.Exact(), nullable=True),
        sa.Column("mfe", columns.Exact(), nullable=True),
        sa.Column("peak_pnl", columns.Exact(), nullable=True),
        sa.Column("max_pullback", columns.Exact(), nullable=True),
        sa.Column("heat_total_us", sa.BigInteger(), nullable=True),
        sa.Column("heat_spell_started_at", columns.Moment(), nullable=True),
        sa.Column("realized_points", columns.Exact(), nullable=True),
        sa.Column("realized_pnl", columns.Exact(), nullable=True),
        sa.Column("commission", columns.Exact(), nullable=True),
        sa.Column("point_value", columns.Exact(), nullable=True),
        sa.Column("tick_size", columns.Exact(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("verified_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name=op.f("ck_openposition_side_known")),
        sa.CheckConstraint("qty <> 0", name=op.f("ck_openposition_qty_open")),
        sa.PrimaryKeyConstraint("mode", "account", "symbol", name=op.f("pk_openposition")),
    )
    op.create_table(
        "positionevent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("symbol", sa.String(), nullable=True),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("execution_seq", sa.BigInteger(), nullable=True),
        sa.Column("qty_after", columns.Exact(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positionevent")),
    )
    op.create_table(
        "traderecord",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("qty", columns.Exact(), nullable=False),
        sa.Column("opened_qty", columns.Exact(), nullable=False),
        sa.Column("entry_time", columns.Moment(), nullable=False),
        sa.Column("entry_price", columns.Exact(), nullable=True),
        sa.Column("exit_time", columns.Moment(), nullable=False),
        sa.Column("exit_price", columns.Exact(), nullable=True),
        sa.Column("realized_points", columns.Exact(), nullable=True),
        sa.Column("realized_pnl", columns.Exact(), nullable=True),
        sa.Column("commission", columns.Exact(), nullable=True),
        sa.Column("net_pnl", columns.Exact(), nullable=True),
        sa.Column("mae", columns.Exact(), nullable=True),
        sa.Column("mfe", columns.Exact(), nullable=True),
        sa.Column("mae_possible", columns.Exact(), nullable=True),
        sa.Column("mfe_possible", columns.Exact(), nullable=True),
        sa.Column("mae_points", columns.Exact(), nullable=True),
        sa.Column("mfe_points", columns.Exact(), nullable=True),
        sa.Column("max_pullback", columns.Exact(), nullable=True),
        sa.Column("trade_min_price", columns.Exact(), nullable=True),
        sa.Column("trade_max_price", columns.Exact(), nullable=True),
        sa.Column("heat_total_us", sa.BigInteger(), nullable=True),
        sa.Column("initial_risk", columns.Exact(), nullable=True),
        sa.Column("r_multiple", columns.Exact(), nullable=True),
        sa.Column("reentry_count", sa.Integer(), nullable=False),
        sa.Column("entry_vwap", columns.Exact(), nullable=True),
        sa.Column("entry_cum_delta", columns.Exact(), nullable=True),
        sa.Column("entry_poc", columns.Exact(), nullable=True),
        sa.Column("coverage", columns.Exact(), nullable=True),
        sa.Column("excursion_final", sa.Boolean(), nullable=True),
        sa.Column("exit_reason", sa.String(), nullable=True),
        sa.Column("point_value", columns.Exact(), nullable=True),
        sa.Column("tick_size", columns.Exact(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name=op.f("ck_traderecord_side_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traderecord")),
    )
    with op.batch_alter_table("traderecord", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_traderecord_mode_account_exit_time"), ["mode", "account", "exit_time"], unique=False
        )

    # ### end Alembic commands ###


def downgrade() -> None:
    with op.batch_alter_table("traderecord", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_traderecord_mode_account_exit_time"))

    op.drop_table("traderecord")
    op.drop_table("positionevent")
    op.drop_table("openposition")
    op.drop_table("ledgermeta")
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_execution_mode_account_symbol_occurred_at_seq"))

    op.drop_table("execution")
    op.drop_table("accountstate")
    # ### end Alembic commands ###
