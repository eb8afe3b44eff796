"""Trades as columns of numbers: what runs over many of them runs over arrays. Unknown is NaN."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from core.sampling import Floats
from core.session_day import CHICAGO, SessionCalendar
from core.trade_record import TradeRecord

if TYPE_CHECKING:
    from datetime import date

CalendarOf = Callable[[str], SessionCalendar]
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Average:
    """A mean with the number of trades it is made of; `left_out` counts the others by the reason."""

    value: Decimal | None
    n: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class TradeColumns:
    """The figures of some trades, one place each."""

    gross: Floats
    mae: Floats
    mfe: Floats
    r: Floats

    @staticmethod
    def of(trades: Sequence[TradeRecord]) -> "TradeColumns":
        return TradeColumns(
            gross=column(trade.realized_pnl for trade in trades),
            mae=column(trade.mae for trade in trades),
            mfe=column(trade.mfe for trade in trades),
            r=column(trade.r_multiple for trade in trades),
        )

    def averages(self) -> dict[str, Average]:
        """Every mean over trades, by its name; a ratio of a trade whose divisor is 0 is left out."""
        reach = self.mfe - self.mae
        return {
            "average_mae": _average(self.mae, "MAE unknown"),
            "average_mfe": _average(self.mfe, "MFE unknown"),
            "average_give_back": _average(self.mfe - self.gross, "MFE unknown"),
            "average_captured": _average_ratio(self.gross, self.mfe, "MFE"),
            "average_mfe_to_mae": _average_ratio(self.mfe, -self.mae, "MAE"),
            "average_entry_efficiency": _average_ratio(self.mfe, reach, "range"),
            "average_exit_efficiency": _average_ratio(self.gross - self.mae, reach, "range"),
            "average_total_efficiency": _average_ratio(self.gross, reach, "range"),
            "average_r": _average(self.r, "initial risk unknown"),
        }


def daily_results(trades: Sequence[TradeRecord], results: Sequence[Decimal], calendar_of: CalendarOf) -> Floats:
    """What each session day with a closed trade came to, in their order; a trade belongs to the day of its exit."""
    by_day: dict[date, Decimal] = {}
    for trade, result in zip(trades, results, strict=True):
        day = calendar_of(trade.symbol).day_of(trade.exit_time)
        by_day[day] = by_day.get(day, Decimal(0)) + result
    return column(by_day[day] for day in sorted(by_day))


def in_chicago(_symbol: str) -> SessionCalendar:
    """The calendar of every symbol, as long as nobody knows better."""
    return CHICAGO


def column(values: Iterable[Decimal | None]) -> Floats:
    return np.array([float("nan") if value is None else float(value) for value in values], np.float64)


def decimal_of(value: float | None) -> Decimal | None:
    """A float that came of money on a grid, as the decimal it stands for."""
    return None if value is None else Decimal(repr(round(value, _DIGITS))).normalize() + 0


def _average(values: Floats, why_unknown: str) -> Average:
    return _mean_of(values[~np.isnan(values)], _counted((why_unknown, int(np.isnan(values).sum()))))


def _average_ratio(part: Floats, whole: Floats, name: str) -> Average:
    unknown = np.isnan(part) | np.isnan(whole)
    divides = ~unknown & (whole != 0)
    left_out = _counted((f"{name} unknown", int(unknown.sum())), (f"{name} is 0", int((~unknown & (whole == 0)).sum())))
    return _mean_of(part[divides] / whole[divides], left_out)


def _mean_of(values: Floats, left_out: Iterator[tuple[str, int]]) -> Average:
    return Average(decimal_of(float(values.mean())) if len(values) else None, len(values), dict(left_out))


def _counted(*reasons: tuple[str, int]) -> Iterator[tuple[str, int]]:
    return ((reason, count) for reason, count in reasons if count)
