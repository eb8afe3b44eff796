"""Orders, snapshots of positions and balances, commission schedule, quarantine."""

import sqlalchemy as sa
from alembic import op

from data import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "balancesnapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("cash_balance", columns.Exact(), nullable=False),
        sa.Column("currency", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balancesnapshot")),
        sa.UniqueConstraint("account", "at", name=op.f("uq_balancesnapshot_account_at")),
    )
    op.create_table(
        "commissionschedule",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("valid_from", columns.Moment(), nullable=False),
        sa.Column("per_side", columns.Exact(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.CheckConstraint("per_side >= 0", name=op.f("ck_commissionschedule_per_side_not_negative")),
        sa.PrimaryKeyConstraint("account", "root", "valid_from", name=op.f("pk_commissionschedule")),
    )
    op.create_table(
        "orderrecord",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("wire_symbol", sa.String(), nullable=False),
        sa.Column("client_order_id", sa.String(), nullable=True),
        sa.Column("previous_order_id", sa.String(), nullable=True),
        sa.Column("parent_order_id", sa.String(), nullable=True),
        sa.Column("linked_order_id", sa.String(), nullable=True),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("order_type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("entry_type", sa.String(), nullable=True),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("qty", columns.Exact(), nullable=True),
        sa.Column("filled_qty", columns.Exact(), nullable=True),
        sa.Column("limit_price", columns.Exact(), nullable=True),
        sa.Column("stop_price", columns.Exact(), nullable=True),
        sa.Column("average_fill_price", columns.Exact(), nullable=True),
        sa.Column("metadata", sa.String(), nullable=True),
        sa.Column("first_seen_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "order_id", name=op.f("pk_orderrecord")),
    )
    with op.batch_alter_table("orderrecord", schema=None) as batch_op:
        batch_op.create_index("ix_orderrecord_account_symbol_status", ["account", "symbol", "status"])
        batch_op.create_index("ix_orderrecord_trade_id", ["trade_id"])

    op.create_table(
        "positionsnapshot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("qty", columns.Exact(), nullable=False),
        sa.Column("average_price", columns.Exact(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positionsnapshot")),
        sa.UniqueConstraint(
            "account", "symbol", "at", "source", name=op.f("uq_positionsnapshot_account_symbol_at_source")
        ),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", columns.Moment(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("symbol", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("released_at", columns.Moment(), nullable=True),
        sa.Column("execution_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )


def downgrade() -> None:
    op.drop_table("quarantine")
    op.drop_table("positionsnapshot")
    with op.batch_alter_table("orderrecord", schema=None) as batch_op:
        batch_op.drop_index("ix_orderrecord_trade_id")
        batch_op.drop_index("ix_orderrecord_account_symbol_status")

    op.drop_table("orderrecord")
    op.drop_table("commissionschedule")
    op.drop_table("balancesnapshot")
