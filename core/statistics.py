"""Figures over many trades: one definition each, used by every panel and command."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import groupby

import numpy as np

from core.equity import daily_ratios, streaks, swings
from core.sampling import mean_interval
from core.trade_columns import Average, CalendarOf, TradeColumns, column, daily_results, decimal_of, in_chicago
from core.trade_record import ExitReason, TradeRecord
from core.values import Mode

_GroupKey = tuple[Mode, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How results went one after the other. Drawdown is positive; `current_streak` counts losses below 0."""

    expectancy_low: Decimal | None
    expectancy_high: Decimal | None
    max_drawdown: Decimal | None
    max_run_up: Decimal | None
    longest_win_streak: int
    longest_loss_streak: int
    current_streak: int
    session_days: int
    sharpe: Decimal | None
    sortino: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of the trades of one (mode, account, currency); what cannot be known is None, never 0.

    `n` trades went in. `left_out` did not: `adopted` of them because no fill says when and at what price they began,
    the others because their result is unknown; each of the `averages` says so for itself. While the commission of any
    trade is unknown every result is gross and `before_commission` is true. Money is in `currency`; rates are shares
    of 1.
    """

    mode: Mode
    account: str
    currency: str | None
    n: int
    left_out: int
    adopted: int
    before_commission: bool
    wins: int
    losses: int
    scratches: int
    win_rate: Decimal | None
    profit_factor: Decimal | None
    gross_pnl: Decimal | None
    commission: Decimal | None
    net_pnl: Decimal | None
    expectancy: Decimal | None
    course: Course
    averages: dict[str, Average]

    @property
    def average_mae(self) -> Decimal | None:
        return self.averages["average_mae"].value

    @property
    def average_mfe(self) -> Decimal | None:
        return self.averages["average_mfe"].value

    def figures(self) -> dict[str, object]:
        """Every figure by its name; `samples` says of how many trades each average is made and why others are not."""
        plain = asdict(self)
        course, averages = plain.pop("course"), plain.pop("averages")
        reasons = {"adopted": self.adopted, "result unknown": self.left_out - self.adopted}
        left_out = {reason: count for reason, count in reasons.items() if count}
        samples = {
            name: {"n": each["n"], "left_out": {**left_out, **each["left_out"]}} for name, each in averages.items()
        }
        return {**plain, **course, **{name: each["value"] for name, each in averages.items()}, "samples": samples}


def summarise(
    trades: Iterable[TradeRecord],
    calendar_of: CalendarOf = in_chicago,
    *,
    scratch: Decimal = Decimal(0),
    resample: bool = True,
) -> list[Statistics]:
    """One object per mode, account and currency, in that order; SIM and LIVE never meet in one figure.

    A result of at most `scratch` either way is neither won nor lost. Without `resample` the interval of the expectancy
    stays unknown: over many trades it takes its time.
    """
    ordered = sorted(trades, key=lambda trade: (*_group(trade), trade.exit_time, trade.id))
    groups = [list(group) for _, group in groupby(ordered, key=_group)]
    return [_summarise_group(group, calendar_of, scratch, resample=resample) for group in groups]


def _group(trade: TradeRecord) -> _GroupKey:
    return (trade.mode, trade.account, trade.currency or "")


def _summarise_group(
    trades: Sequence[TradeRecord], calendar_of: CalendarOf, scratch: Decimal, *, resample: bool
) -> Statistics:
    told = [trade for trade in trades if trade.exit_reason != ExitReason.ADOPTED]
    known = [trade for trade in told if trade.realized_pnl is not None]
    before_commission = any(trade.net_pnl is None for trade in known)
    results = [_result(trade, before_commission=before_commission) for trade in known]
    wins = [result for result in results if result > scratch]
    losses = [result for result in results if result < -scratch]
    first = trades[0]
    return Statistics(
        mode=first.mode,
        account=first.account,
        currency=first.currency,
        n=len(known),
        left_out=len(trades) - len(known),
        adopted=len(trades) - len(told),
        before_commission=before_commission,
        wins=len(wins),
        losses=len(losses),
        scratches=len(results) - len(wins) - len(losses),
        win_rate=_ratio(Decimal(len(wins)), Decimal(len(wins) + len(losses))),
        profit_factor=_ratio(sum(wins, Decimal(0)), -sum(losses, Decimal(0))),
        gross_pnl=_total([trade.realized_pnl for trade in known]),
        commission=None if before_commission else _total([trade.commission for trade in known]),
        net_pnl=None if before_commission else _total(results),
        expectancy=_mean(results),
        course=_course(known, results, calendar_of, scratch, resample=resample),
        averages=TradeColumns.of(known).averages(),
    )


def _course(
    trades: Sequence[TradeRecord],
    results: Sequence[Decimal],
    calendar_of: CalendarOf,
    scratch: Decimal,
    *,
    resample: bool,
) -> Course:
    values = column(results)
    interval = mean_interval(values) if resample else None
    swung = swings(values)
    run = streaks(np.where(np.abs(values) <= float(scratch), 0, np.sign(values)).astype(np.int8))
    daily = daily_results(trades, results, calendar_of)
    ratios = daily_ratios(daily)
    return Course(
        expectancy_low=decimal_of(interval.low) if interval else None,
        expectancy_high=decimal_of(interval.high) if interval else None,
        max_drawdown=decimal_of(swung.drawdown) if results else None,
        max_run_up=decimal_of(swung.run_up) if results else None,
        longest_win_streak=run.longest_win,
        longest_loss_streak=run.longest_loss,
        current_streak=run.current,
        session_days=len(daily),
        sharpe=decimal_of(ratios.sharpe),
        sortino=decimal_of(ratios.sortino),
    )


def _result(trade: TradeRecord, *, before_commission: bool) -> Decimal:
    result = trade.realized_pnl if before_commission else trade.net_pnl
    return Decimal(0) if result is None else result


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    return sum((value for value in values if value is not None), Decimal(0)) if values else None


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None
