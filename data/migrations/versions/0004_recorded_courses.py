"""What recorded prices tell of a trade: who vouches for it, how it went on behind the exit, and its path."""

import sqlalchemy as sa
from alembic import op

from data import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("traderecord", schema=None) as batch_op:
        batch_op.add_column(sa.Column("coverage_source", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("clock_doubtful", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("points_after_exit", columns.Exact(), nullable=True))
    op.create_table(
        "pricepath",
        sa.Column("trade_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("begins_at", columns.Moment(), nullable=False),
        sa.Column("ends_at", columns.Moment(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("points", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("trade_id", name=op.f("pk_pricepath")),
    )


def downgrade() -> None:
    op.drop_table("pricepath")
    with op.batch_alter_table("traderecord", schema=None) as batch_op:
        batch_op.drop_column("points_after_exit")
        batch_op.drop_column("clock_doubtful")
        batch_op.drop_column("coverage_source")
