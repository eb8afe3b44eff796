"""Whether a list of positions is whole: what is missing in it counts as flat, so it must be."""

from collections.abc import Sequence

from data.dtc.messages import PositionUpdate


def is_end_of(row: PositionUpdate) -> bool:
    """True for what ends a list at once: the mark of an empty one, or a row that does not say how many there are."""
    return bool(row.NoPositions) or not row.TotalNumberMessages


def listing_fault(rows: Sequence[PositionUpdate]) -> str | None:
    """Why the rows that came prove nothing about those that did not; None for a whole list."""
    if any(row.NoPositions for row in rows):
        return "its list of positions says that there are none, and names some" if len(rows) > 1 else None
    if not all(row.TotalNumberMessages for row in rows):
        return "its list of positions does not say how long it is"
    numbers = [row.MessageNumber for row in rows]
    # A server that numbers all rows alike does not number them.
    if len(set(numbers)) not in (1, len(numbers)):
        return "its list of positions tells rows twice, and may leave out others"
    return None
