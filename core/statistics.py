"""Figures over many trades: one definition each, used by every panel and command."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from core.trade_record import TradeRecord
from core.values import Mode

_GroupKey = tuple[Mode, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures of the trades of one (mode, account, currency); what cannot be known is None, never 0.

    `n` trades went in, `left_out` did not because their result is unknown. While the commission of any of them is
    unknown every result is gross and `before_commission` is true. Money is in `currency`; rates are shares of 1.
    """

    mode: Mode
    account: str
    currency: str | None
    n: int
    left_out: int
    before_commission: bool
    wins: int
    losses: int
    scratches: int
    win_rate: Decimal | None
    profit_factor: Decimal | None
    gross_pnl: Decimal | None
    net_pnl: Decimal | None
    expectancy: Decimal | None
    average_mae: Decimal | None
    average_mfe: Decimal | None


def summarise(trades: Iterable[TradeRecord]) -> list[Statistics]:
    """One object per mode, account and currency, in that order; SIM and LIVE never meet in one figure."""
    ordered = sorted(trades, key=_group)
    return [_summarise_group(list(group)) for _, group in groupby(ordered, key=_group)]


def _group(trade: TradeRecord) -> _GroupKey:
    return (trade.mode, trade.account, trade.currency or "")


def _summarise_group(trades: Sequence[TradeRecord]) -> Statistics:
    known = [trade for trade in trades if trade.realized_pnl is not None]
    before_commission = any(trade.net_pnl is None for trade in known)
    results = [_result(trade, before_commission=before_commission) for trade in known]
    wins = [result for result in results if result > 0]
    losses = [result for result in results if result < 0]
    first = trades[0]
    return Statistics(
        mode=first.mode,
        account=first.account,
        currency=first.currency,
        n=len(known),
        left_out=len(trades) - len(known),
        before_commission=before_commission,
        wins=len(wins),
        losses=len(losses),
        scratches=len(results) - len(wins) - len(losses),
        win_rate=_ratio(Decimal(len(wins)), Decimal(len(wins) + len(losses))),
        profit_factor=_ratio(sum(wins, Decimal(0)), -sum(losses, Decimal(0))),
        gross_pnl=_total([trade.realized_pnl for trade in known]),
        net_pnl=None if before_commission else _total([trade.net_pnl for trade in known]),
        expectancy=_mean(results),
        average_mae=_mean_known(known, lambda trade: trade.mae),
        average_mfe=_mean_known(known, lambda trade: trade.mfe),
    )


def _result(trade: TradeRecord, *, before_commission: bool) -> Decimal:
    result = trade.realized_pnl if before_commission else trade.net_pnl
    return Decimal(0) if result is None else result


def _mean_known(trades: Sequence[TradeRecord], figure: Callable[[TradeRecord], Decimal | None]) -> Decimal | None:
    return _mean([value for trade in trades if (value := figure(trade)) is not None])


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    return sum((value for value in values if value is not None), Decimal(0)) if values else None


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None
