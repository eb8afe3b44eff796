"""What a course adds to the row of its trade beside what the fold gives; an event keeps it, so that it is proven."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TypeVar

from core.contracts import Contract
from core.course_told import CourseTold
from core.money import money
from core.trade_record import TradeRecord
from core.values import round_average
from data.rows import Row

_Amount = TypeVar("_Amount", int, Decimal)

COURSE_TOLD = "course_told"
BACK_FILLED = "back_filled"
COURSE_COLUMNS = (
    "mae_possible", "mfe_possible", "max_pullback", "heat_total_us", "entry_vwap", "entry_poc", "entry_cum_delta",
    "coverage", "coverage_source", "clock_doubtful", "excursion_final", "points_after_exit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFigures:
    """Points are times quantity, but for `points_after_exit`; what is not known is None."""

    executions: tuple[int, ...]
    possible_worst: Decimal | None
    possible_best: Decimal | None
    pullback: Decimal | None
    heat_us: int | None
    vwap: Decimal | None
    poc: Decimal | None
    delta: Decimal | None
    coverage: Decimal
    source: str | None
    is_doubtful: bool
    is_final: bool
    points_after_exit: Decimal | None

    @staticmethod
    def of(told: CourseTold, record: TradeRecord, contract: Contract | None) -> "CourseFigures":
        """What the row shall say once the course has been told; it keeps what was seen where less is recorded."""
        heat_us = told.heat.total_us if told.heat else None
        seen_us, seen_fall = record.heat_total_us, _points(record.max_pullback, contract)
        is_whole = told.is_final
        context = told.context
        return CourseFigures(
            executions=told.executions,
            possible_worst=told.possible.worst if told.possible else None,
            possible_best=told.possible.best if told.possible else None,
            pullback=told.pullback if is_whole else _most(told.pullback, seen_fall),
            heat_us=heat_us if is_whole else _most(heat_us, seen_us),
            vwap=context.vwap if context else record.entry_vwap,
            poc=context.poc if context else record.entry_poc,
            delta=_decimal(context.delta) if context else record.entry_cum_delta,
            coverage=told.coverage,
            source=" + ".join(sorted(told.sources)) or None,
            is_doubtful=told.is_doubtful,
            is_final=told.is_final,
            points_after_exit=told.points_after_exit,
        )

    def columns(self, contract: Contract | None, mae: Decimal | None, mfe: Decimal | None) -> Row:
        """As they stand in a row whose MAE and MFE are those given: what is possible holds what is sure."""
        worst, best = money(self.possible_worst, contract), money(self.possible_best, contract)
        return {
            "mae_possible": outermost(worst, mae, min),
            "mfe_possible": outermost(best, mfe, max),
            "max_pullback": money(self.pullback, contract),
            "heat_total_us": self.heat_us,
            "entry_vwap": self.vwap,
            "entry_poc": self.poc,
            "entry_cum_delta": self.delta,
            "coverage": self.coverage,
            "coverage_source": self.source,
            "clock_doubtful": self.is_doubtful,
            "excursion_final": self.is_final,
            "points_after_exit": self.points_after_exit,
        }

    def as_text(self) -> str:
        values = {name: _plain(getattr(self, name)) for name in _NAMES}
        return json.dumps({name: value for name, value in values.items() if value is not None})

    @staticmethod
    def from_text(text: str) -> "CourseFigures":
        """Raises ValueError where it is no such text."""
        values = {**dict.fromkeys(_NAMES), **json.loads(text, parse_float=Decimal)}
        for name in _DECIMALS:
            values[name] = None if values[name] is None else Decimal(values[name])
        return CourseFigures(**{**values, "executions": tuple(values["executions"])})


_NAMES = tuple(each.name for each in fields(CourseFigures))
_DECIMALS = (
    "possible_worst", "possible_best", "pullback", "vwap", "poc", "delta", "coverage", "points_after_exit",
)  # fmt: skip


def outermost(
    possible: Decimal | None, sure: Decimal | None, outer: Callable[[Decimal, Decimal], Decimal]
) -> Decimal | None:
    """What is possible, but never less than what is sure; None while it is unknown."""
    return possible if possible is None or sure is None else outer(possible, sure)


def _most(told: _Amount | None, seen: _Amount | None) -> _Amount | None:
    """Of two that both may lack something the larger lacks less."""
    known = [each for each in (told, seen) if each is not None]
    return max(known, default=None)


def _points(amount: Decimal | None, contract: Contract | None) -> Decimal | None:
    return None if amount is None or contract is None else round_average(amount / contract.point_value)


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value
