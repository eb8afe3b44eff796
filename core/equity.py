"""Figures that depend on the order of results: drawdown, run-up, streaks, and the returns of session days."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from core.sampling import Floats

_SESSIONS_A_YEAR = 252


@dataclass(frozen=True, slots=True)
class Swings:
    """The deepest fall of cumulative results from their peak, and the highest rise from their trough; both from 0."""

    drawdown: float
    run_up: float


def swings(results: Floats) -> Swings:
    """Peak and trough start at 0, so that a losing first trade counts."""
    cumulative = np.concatenate([[0.0], np.cumsum(results)])
    falls = np.maximum.accumulate(cumulative) - cumulative
    rises = cumulative - np.minimum.accumulate(cumulative)
    return Swings(float(falls.max()), float(rises.max()))


@dataclass(frozen=True, slots=True)
class Streaks:
    """The longest runs of wins and of losses; `current` counts wins up from 0 and losses down."""

    longest_win: int
    longest_loss: int
    current: int


def streaks(outcomes: NDArray[np.int8]) -> Streaks:
    """Of outcomes 1, -1 and 0 in their order; a scratch, 0, breaks no streak."""
    decided = outcomes[outcomes != 0]
    if not len(decided):
        return Streaks(0, 0, 0)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(decided)) + 1])
    lengths = np.diff(np.concatenate([starts, [len(decided)]]))
    signs = decided[starts]
    return Streaks(
        longest_win=int(lengths[signs > 0].max(initial=0)),
        longest_loss=int(lengths[signs < 0].max(initial=0)),
        current=int(lengths[-1]) * int(signs[-1]),
    )


@dataclass(frozen=True, slots=True)
class DailyRatios:
    """What session days earned for what they swung, by the year; None below two days or without any swing."""

    sharpe: float | None
    sortino: float | None


def daily_ratios(daily: Floats) -> DailyRatios:
    """Of the results of all session days with a closed trade, risk-free 0."""
    if len(daily) < 2 or np.ptp(daily) == 0:  # noqa: PLR2004  # one day has no deviation
        return DailyRatios(None, None)
    yearly = float(daily.mean()) * sqrt(_SESSIONS_A_YEAR)
    downside = float(np.sqrt(np.mean(np.square(np.minimum(daily, 0)))))
    return DailyRatios(sharpe=yearly / float(daily.std(ddof=1)), sortino=yearly / downside if downside else None)
