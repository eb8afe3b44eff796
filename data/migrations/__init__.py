"""Schema changes in order, applied by Alembic at start."""
