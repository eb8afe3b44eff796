"""Where an execution stands in the fold, the position the broker reported after it, and a way to its second id."""

import sqlalchemy as sa
from alembic import op

from data import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD_INDEX = "ix_execution_mode_account_symbol_occurred_at_seq"
_NEW_INDEX = "ix_execution_mode_account_symbol_fold_at_seq"
_KEY = ["mode", "account", "symbol"]


def upgrade() -> None:
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position_qty", columns.Exact(), nullable=True))
        batch_op.add_column(sa.Column("fold_at", columns.Moment(), nullable=True))
        batch_op.drop_index(_OLD_INDEX)
    op.execute("UPDATE execution SET fold_at = occurred_at WHERE entry_type IS NOT NULL")
    op.create_index(_NEW_INDEX, "execution", [*_KEY, "fold_at", "seq"])
    op.create_index(
        "ix_execution_account_alternate_id",
        "execution",
        ["account", "alternate_id"],
        unique=True,
        sqlite_where=sa.text("alternate_id IS NOT NULL"),
        postgresql_where=sa.text("alternate_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_execution_account_alternate_id", "execution")
    op.drop_index(_NEW_INDEX, "execution")
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.drop_column("fold_at")
        batch_op.drop_column("position_qty")
    op.create_index(_OLD_INDEX, "execution", [*_KEY, "occurred_at", "seq"])
