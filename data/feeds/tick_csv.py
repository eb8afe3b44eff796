"""A recording of ticks as a table: `ts_utc_us,price,size,side,bid,ask`, comment lines begin with '#'."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from core.errors import ConfigError
from data.feeds.tick import TickBlock

_BOUGHT, _SOLD = "B", "S"
_REQUIRED = {"ts_utc_us", "price", "size"}
_ROW = np.dtype(
    [
        ("at_us", "i8"), ("open", "f8"), ("high", "f8"), ("low", "f8"), ("close", "f8"),
        ("volume", "i8"), ("bid_volume", "i8"), ("ask_volume", "i8"),
    ]
)  # fmt: skip
_Row = tuple[int, float, float, float, float, int, int, int]


def read_tick_csv(path: Path) -> TickBlock:
    """Every tick of the table, in its order; where bid or ask is missing, the price stands for it.

    Raises:
        ConfigError: names the file, and the line that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return _to_block(list(_read_rows(path, lines)))


def _read_rows(path: Path, lines: Iterable[str]) -> Iterator[_Row]:
    numbers: list[int] = []  # of the lines that reach the reader, so that an error can name its line

    def table() -> Iterator[str]:
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.startswith("#"):
                numbers.append(number)
                yield line

    reader = csv.DictReader(table())
    if not set(reader.fieldnames or ()) >= _REQUIRED:
        raise ConfigError(f"{path} is no table of ticks: it lacks one of {', '.join(sorted(_REQUIRED))}")
    for row in reader:
        try:
            yield _to_row(row)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{path} line {numbers[-1]}: {error}") from error


def _to_row(row: dict[str, str]) -> _Row:
    price, size, side = float(row["price"]), int(row["size"]), row.get("side")
    bid, ask = float(row.get("bid") or price), float(row.get("ask") or price)
    return int(row["ts_utc_us"]), 0.0, ask, bid, price, size, size * (side == _SOLD), size * (side == _BOUGHT)


def _to_block(rows: list[_Row]) -> TickBlock:
    table = np.array(rows, _ROW)
    return TickBlock(table["at_us"], table)
