"""What courses added to trades, held against the events that say what was told."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, RowMapping, select

from data.course_figures import COURSE_COLUMNS, COURSE_TOLD, CourseFigures
from data.finding import Finding, compare
from data.refold import KeyFold
from data.rows import Row, contract_from_row
from data.schema import TABLES

_EVENT = TABLES["positionevent"]
_TOLD = (
    select(_EVENT.c.trade_id, _EVENT.c.detail)
    .where(_EVENT.c.kind == COURSE_TOLD, _EVENT.c.trade_id.is_not(None))
    .order_by(_EVENT.c.id)
)
_NOTHING: Row = dict.fromkeys(COURSE_COLUMNS)


class CoursesTold:
    """The newest course that was told of each trade."""

    def __init__(self, connection: Connection) -> None:
        self._details = {row["trade_id"]: row["detail"] for row in connection.execute(_TOLD).mappings()}

    def figures(self, trade_id: int) -> CourseFigures | None:
        """None where nothing was told, or nothing that can be read."""
        try:
            return CourseFigures.from_text(self._details[trade_id])
        except (KeyError, ValueError, TypeError, ArithmeticError):
            return None

    def columns(self, row: RowMapping, key_fold: KeyFold, folded: Row) -> Row | None:
        """What a trade's row must say; None where nothing has to be said, because nobody has looked since its fold.

        `folded` is the row as its executions make it.
        """
        if row["coverage"] is None:
            return None
        figures = self.figures(row["id"])
        if figures is None or figures.executions != key_fold.by_trade.get(row["id"]):
            return _NOTHING
        return figures.columns(contract_from_row(row), folded["mae"], folded["mfe"])


def course_findings(row: RowMapping, proven: Mapping[str, object] | None) -> Iterator[Finding]:
    """Where a row says something else than its course."""
    if proven is not None:
        yield from compare(row, f"trade {row['id']}", dict(proven), COURSE_COLUMNS)
