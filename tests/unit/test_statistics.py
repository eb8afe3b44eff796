"""Figures over many trades: each definition once."""

from dataclasses import replace
from decimal import Decimal

from core.statistics import Statistics, summarise
from core.trade_record import TradeRecord, record_trade
from core.values import Mode
from tests.fills import MES, at, figures, short_trade

PLAIN = record_trade(short_trade(), MES)


def trade(
    gross: str | None, net: str | None = None, *, mode: Mode = Mode.SIM, currency: str | None = "USD"
) -> TradeRecord:
    return replace(
        PLAIN,
        mode=mode,
        realized_pnl=None if gross is None else Decimal(gross),
        net_pnl=None if net is None else Decimal(net),
        currency=currency,
        exit_time=at(100),
    )


def only(*trades: TradeRecord) -> Statistics:
    (statistics,) = summarise(trades)
    return statistics


def test_no_trades_make_no_figures() -> None:
    assert summarise([]) == []


def test_profit_factor_is_what_was_won_over_what_was_lost() -> None:
    assert only(trade("30"), trade("10"), trade("-16")).profit_factor == Decimal("2.5")


def test_profit_factor_without_losses_is_unknown_and_not_infinite() -> None:
    assert only(trade("30"), trade("0")).profit_factor is None
    assert only(trade("-30")).profit_factor == 0


def test_a_scratch_is_neither_won_nor_lost() -> None:
    statistics = only(trade("10"), trade("0"), trade("-5"), trade("20"))
    assert (statistics.wins, statistics.losses, statistics.scratches) == (2, 1, 1)
    assert statistics.win_rate == Decimal(2) / 3
    assert statistics.n == 4


def test_a_win_rate_of_scratches_only_is_unknown() -> None:
    assert only(trade("0")).win_rate is None


def test_a_trade_of_unknown_result_is_left_out_and_counted() -> None:
    statistics = only(trade("10"), trade(None))
    assert (statistics.n, statistics.left_out) == (1, 1)
    assert statistics.expectancy == 10
    assert statistics.gross_pnl == 10


def test_when_nothing_is_known_nothing_reads_zero() -> None:
    statistics = only(trade(None))
    assert (statistics.n, statistics.left_out) == (0, 1)
    assert [statistics.gross_pnl, statistics.net_pnl, statistics.expectancy, statistics.average_mae] == [None] * 4
    assert statistics.win_rate is None


def test_results_are_net_where_every_commission_is_known() -> None:
    statistics = only(trade("10", "8"), trade("1", "-1"))
    assert not statistics.before_commission
    assert (statistics.wins, statistics.losses) == (1, 1)
    assert figures(statistics.gross_pnl, statistics.net_pnl) == (11, 7)
    assert statistics.expectancy == Decimal("3.5")


def test_one_unknown_commission_makes_every_result_gross_and_says_so() -> None:
    statistics = only(trade("10", "8"), trade("1"))
    assert statistics.before_commission
    assert figures(statistics.wins, statistics.net_pnl, statistics.gross_pnl) == (2, None, 11)


def test_currencies_are_never_summed_and_modes_never_mixed() -> None:
    groups = summarise(
        [
            trade("1", mode=Mode.SIM),
            trade("2", currency="EUR"),
            trade("4", mode=Mode.LIVE),
            trade("8"),
            trade(None, currency=None),
        ]
    )
    assert [(each.mode, each.currency, each.gross_pnl) for each in groups] == [
        (Mode.LIVE, "USD", 4),
        (Mode.SIM, None, None),
        (Mode.SIM, "EUR", 2),
        (Mode.SIM, "USD", 9),
    ]


def test_mae_and_mfe_average_over_the_trades_that_have_them() -> None:
    statistics = only(trade("10"), replace(trade("10"), mae=None, mfe=Decimal(50)))
    assert figures(statistics.average_mae, statistics.average_mfe) == (-15, 40)
