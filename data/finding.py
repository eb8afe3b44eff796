"""One thing that a table says and its witnesses do not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from data.rows import Row

_NAMES = (("mode", ""), ("account", ""), ("symbol", ""), ("order_id", "order "), ("execution_id", "execution "))


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` names account, symbol, order and execution as far as there are any. Not every finding can be mended."""

    where: str
    recorded: object
    proven: object
    is_source: bool = False

    @staticmethod
    def of(
        row: Mapping[Any, Any], what: str, recorded: object, proven: object, *, is_source: bool = False
    ) -> "Finding":
        """About a row, named by what it says of itself. With `is_source` it is about what nothing else can prove."""
        return Finding(f"{_named(row)}{what}", recorded, proven, is_source)

    def __str__(self) -> str:
        return f"{self.where}: recorded {_said(self.recorded)}, proven {_said(self.proven)}"


def compare(row: Mapping[Any, Any], what: str, proven: Row, columns: tuple[str, ...]) -> Iterator[Finding]:
    """The columns in which a row differs from what it should be."""
    for name in columns:
        if row[name] != proven[name]:
            yield Finding.of(row, f"{what} {name}".strip(), row[name], proven[name])


def _named(row: Mapping[Any, Any]) -> str:
    parts = [f"{label}{row[name]} " for name, label in _NAMES if row.get(name)]
    return "".join(parts)


def _said(value: object) -> object:
    return "nothing" if value is None else value
