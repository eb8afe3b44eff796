"""The question about a position that the broker does not confirm."""

from panels.stale_position.badge import StaleBadge
from panels.stale_position.dialog import StaleDialog

__all__ = ["StaleBadge", "StaleDialog"]
