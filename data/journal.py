"""Reads history beside the writing ledger; it can change nothing."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Engine, select

from core.trade_filter import TradeFilter
from core.trade_record import TradeRecord
from data.database import open_reader
from data.place import Place
from data.rows import trade_from_row
from data.schema import TABLES
from data.storage_errors import storage_errors

_TRADE = TABLES["traderecord"]
_TAG_SEPARATOR = ","


class Journal:
    """Answers questions about finished trades. Each call opens a connection of its own and closes it again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @staticmethod
    def at(place: Place) -> "Journal":
        """The journal of the ledger at `place`; raises ConfigError where there is none."""
        return Journal(open_reader(place))

    def trades(self, wanted: TradeFilter) -> list[TradeRecord]:
        """The closed trades that `wanted` lets through, oldest exit first."""
        query = select(_TRADE).where(*_conditions(wanted)).order_by(_TRADE.c.exit_time, _TRADE.c.id)
        with storage_errors(), self._engine.connect() as connection:
            return [trade_from_row(row) for row in connection.execute(query).mappings()]


def _conditions(wanted: TradeFilter) -> Iterator[ColumnElement[bool]]:
    columns = _TRADE.c
    for name in ("mode", "account", "symbol", "side"):
        value = getattr(wanted, name)
        if value is not None:
            yield columns[name] == value
    if wanted.since is not None:
        yield columns.exit_time >= wanted.since
    if wanted.until is not None:
        yield columns.exit_time < wanted.until
    if wanted.has_reentries is not None:
        yield (columns.reentry_count > 0) if wanted.has_reentries else (columns.reentry_count == 0)
    if wanted.min_coverage is not None:
        yield columns.coverage >= wanted.min_coverage
    if wanted.tag is not None:
        tags = _TAG_SEPARATOR + columns.tags + _TAG_SEPARATOR
        yield tags.contains(f"{_TAG_SEPARATOR}{wanted.tag}{_TAG_SEPARATOR}", autoescape=True)
