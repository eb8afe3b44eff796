"""A recording of ticks as a table: `ts_utc_us,price,size,side,bid,ask`, comment lines begin with '#'."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from core.errors import ConfigError
from data.feeds.tick import TickBlock

_AGGRESSORS = {"B": 1, "S": -1}
_REQUIRED = {"ts_utc_us", "price", "size"}
_Row = tuple[int, float, int, int, float, float]


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
    price = float(row["price"])
    bid, ask = float(row.get("bid") or price), float(row.get("ask") or price)
    return int(row["ts_utc_us"]), price, int(row["size"]), _AGGRESSORS.get(row.get("side") or "", 0), bid, ask


def _to_block(rows: list[_Row]) -> TickBlock:
    at_us, price, size, aggressor, bid, ask = zip(*rows, strict=True) if rows else ((),) * 6
    return TickBlock(
        at_us=np.array(at_us, np.int64),
        price=np.array(price, np.float64),
        size=np.array(size, np.int64),
        aggressor=np.array(aggressor, np.int8),
        bid=np.array(bid, np.float64),
        ask=np.array(ask, np.float64),
    )
