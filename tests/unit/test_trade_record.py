"""From a closed trade to the row everybody reads."""

from decimal import Decimal

from core.contracts import Contract
from core.trade_record import record_trade
from core.values import Mode, PositionSide
from tests.fills import MES, at, figures, short_trade


def test_a_record_carries_the_trade_in_points_and_in_money() -> None:
    record = record_trade(short_trade(), MES)
    assert (record.id, record.mode, record.account, record.symbol) == (1, Mode.SIM, "Sim1", "MESZ26")
    assert figures(record.side, record.qty, record.opened_qty) == (PositionSide.SHORT, 2, 2)
    assert figures(record.entry_time, record.entry_price) == (at(1), 101)
    assert figures(record.exit_time, record.exit_price) == (at(3), 98)
    assert figures(record.realized_points, record.realized_pnl) == (6, 30)
    assert figures(record.mae, record.mfe) == (-15, 30)
    assert figures(record.mae_points, record.mfe_points) == (-3, 3)
    assert figures(record.trade_min_price, record.trade_max_price) == (98, 103)
    assert (record.reentry_count, record.currency) == (1, "USD")


def test_the_point_value_scales_money_and_nothing_else() -> None:
    micro, big = (
        record_trade(short_trade(), MES),
        record_trade(short_trade(), Contract(MES.tick_size, Decimal(50), "USD")),
    )
    assert big.realized_pnl == 10 * (micro.realized_pnl or 0)
    assert big.mae == 10 * (micro.mae or 0)
    assert (big.realized_points, big.mae_points) == (micro.realized_points, micro.mae_points)


def test_an_unknown_contract_leaves_points_but_no_money_and_no_currency() -> None:
    record = record_trade(short_trade(), None)
    assert figures(record.realized_points, record.mae_points) == (6, -3)
    assert [record.realized_pnl, record.mae, record.mfe, record.point_value, record.currency] == [None] * 5


def test_an_unknown_price_is_unknown_everywhere_it_matters_and_never_zero() -> None:
    record = record_trade(short_trade(exit_price=None), MES)
    assert record.entry_price == 101
    unknown = (record.exit_price, record.realized_points, record.realized_pnl, record.mae, record.mfe_points)
    assert unknown == (None,) * 5
    assert record.trade_min_price is None


def test_commission_stays_unknown_until_somebody_says_it() -> None:
    record = record_trade(short_trade(), MES)
    assert (record.commission, record.net_pnl, record.coverage) == (None, None, None)
