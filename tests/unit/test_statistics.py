"""Figures over many trades: each definition once."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.session_day import BERLIN
from core.statistics import Statistics, summarise
from core.trade_columns import Average
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


def test_the_course_follows_the_exits_whatever_the_order_of_the_list() -> None:
    trades = [replace(trade(result), exit_time=at(second)) for second, result in [(3, "-9"), (1, "10"), (2, "-4")]]
    course = only(*trades).course
    assert figures(course.max_drawdown, course.max_run_up) == (13, 10)
    assert (course.longest_win_streak, course.longest_loss_streak, course.current_streak) == (1, 2, -2)


def test_a_trade_belongs_to_the_session_day_of_its_exit() -> None:
    """START is 09:30 in Chicago: nine hours later the next session day has begun."""
    trades = [replace(trade(result), exit_time=at(hour * 3600)) for hour, result in [(0, "100"), (1, "-25"), (9, "25")]]
    course = only(*trades).course
    assert course.session_days == 2
    # 75 and 25: mean 50, deviation 35.355..., times the root of 252
    assert course.sharpe == pytest.approx(Decimal("22.44994432"))
    assert course.sortino is None


def test_the_calendar_of_a_symbol_decides_its_days() -> None:
    """In late October Chicago's day rolls an hour before Berlin's: summer time ends a week apart."""
    exits = (datetime(2026, 10, 28, 21, 59, tzinfo=UTC), datetime(2026, 10, 28, 22, 30, tzinfo=UTC))
    trades = [replace(trade("1"), exit_time=moment) for moment in exits]
    assert only(*trades).course.session_days == 2
    (in_berlin,) = summarise(trades, lambda _symbol: BERLIN)
    assert in_berlin.course.session_days == 1


def test_the_setting_says_how_small_a_scratch_is() -> None:
    (statistics,) = summarise([trade("1"), trade("-1"), trade("1.25")], scratch=Decimal(1))
    assert (statistics.wins, statistics.losses, statistics.scratches) == (1, 0, 2)
    assert statistics.course.longest_win_streak == 1


def test_the_interval_holds_the_expectancy_and_can_be_left_out() -> None:
    trades = [trade("10"), trade("-5"), trade("20"), trade("-16")]
    course = only(*trades).course
    assert course.expectancy_low is not None
    assert course.expectancy_high is not None
    assert course.expectancy_low < Decimal("2.25") < course.expectancy_high
    (quick,) = summarise(trades, resample=False)
    assert quick.course.expectancy_low is None


def with_excursion(gross: str, mae: str | None, mfe: str | None, r: str | None = None) -> TradeRecord:
    known = [None if text is None else Decimal(text) for text in (mae, mfe, r)]
    return replace(trade(gross), mae=known[0], mfe=known[1], r_multiple=known[2])


def test_averages_say_how_many_trades_they_are_made_of_and_why_the_others_are_not() -> None:
    statistics = only(
        with_excursion("15", "-10", "20", "1.5"),  # captured 75 %, gave back 5
        with_excursion("-5", "-10", "0", "-0.5"),  # nothing to capture, gave back 5
        with_excursion("-5", None, None),
        trade(None),
    )
    averages = statistics.averages
    assert averages["average_captured"] == Average(Decimal("0.75"), 1, {"MFE unknown": 1, "MFE is 0": 1})
    assert averages["average_give_back"] == Average(Decimal(5), 2, {"MFE unknown": 1})
    assert averages["average_r"] == Average(Decimal("0.5"), 2, {"initial risk unknown": 1})
    samples = statistics.figures()["samples"]
    assert isinstance(samples, dict)
    assert samples["average_captured"] == {"n": 1, "left_out": {"result unknown": 1, "MFE unknown": 1, "MFE is 0": 1}}


def test_entry_and_exit_efficiency_make_the_total_and_one() -> None:
    averages = only(with_excursion("15", "-10", "20")).averages
    entry, exit_, total = (averages[f"average_{name}_efficiency"].value for name in ("entry", "exit", "total"))
    assert figures(entry, exit_, total) == (Decimal("0.66666667"), Decimal("0.83333333"), Decimal("0.5"))
    assert averages["average_mfe_to_mae"].value == 2


def test_every_figure_has_a_plain_name_and_unknown_is_none() -> None:
    plain = only(trade(None)).figures()
    assert all(name == name.lower() for name in plain)
    for name in ("expectancy", "expectancy_low", "max_drawdown", "sharpe", "average_captured", "average_r", "win_rate"):
        assert plain[name] is None
    assert figures(plain["session_days"], plain["current_streak"]) == (0, 0)
