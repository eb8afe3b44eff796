"""The hash chain over executions: a byte that flips on disk, a row gone or a row forged does not go unnoticed.

Each row's `chain` is the hash of the row's before it and of its own source columns; `ledgermeta` keeps the newest and
the number of rows. What the fold derives, the mode (a label) and `alternate_id` may change and are left out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Protocol

from core.values import micros_from_utc


class Row(Protocol):
    """Anything that gives a value by its column's name: a row as read, or as it will be written."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401  # a column of any type


# What a ledger without an execution has for a head.
START = ""
COVERED = (
    "seq", "account", "symbol", "wire_symbol", "execution_id", "order_id", "side", "qty", "price", "position_qty",
    "source", "occurred_at", "resolution_us", "recorded_at",
)  # fmt: skip
_covered = itemgetter(*COVERED)
_SIZE = 16
_BETWEEN = "\x1f"


def _number(value: Decimal) -> str:
    """As every database gives it back: SQLite keeps a double."""
    return repr(float(value))


def _time(value: datetime) -> str:
    return str(micros_from_utc(value))


def _nothing(_value: None) -> str:
    return "-"


_TEXT: Mapping[type, Callable[[Any], str]] = {Decimal: _number, datetime: _time, type(None): _nothing}


def link(head: str, row: Row) -> str:
    """The chain at `row`, given the one at the row before it."""
    # Most values are text already, and each fill has fourteen.
    texts = [each if each.__class__ is str else _TEXT.get(each.__class__, str)(each) for each in _covered(row)]
    text = _BETWEEN.join([head, *texts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE).hexdigest()


def first_broken(rows: Iterable[Row], head: str, count: int) -> int | None:
    """The `seq` of the first row that the chain does not vouch for; None when all hold.

    `rows` are all executions by `seq`; `head` and `count` those of `ledgermeta`. Where rows are missing behind the
    last one, it is the number after the last.
    """
    so_far, number, last = START, 0, 0
    for row in rows:
        so_far, number, last = link(so_far, row), number + 1, int(row["seq"])
        if row["chain"] != so_far:
            return last
    return None if (so_far, number) == (head, count) else last + 1
