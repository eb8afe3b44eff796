"""How far a trade ran, and what that is in money."""

from decimal import Decimal

from core.contracts import Contract
from core.excursion import Excursion, Holding
from core.money import ExcursionFigures, excursion_figures, money
from tests.fills import MES, figures, prices

LONG = Holding(qty=Decimal(2), cash=Decimal(-200), average=Decimal(100))
SHORT = Holding(qty=Decimal(-2), cash=Decimal(200), average=Decimal(100))


def test_a_long_suffers_from_the_low_and_a_short_from_the_high() -> None:
    start, seen = Excursion.start(Decimal(100)), prices("97", "101")
    long, short = start.over(LONG, seen), start.over(SHORT, seen)
    assert figures(long.worst, long.best, long.worst_points, long.best_points) == (-6, 2, -3, 1)
    assert figures(short.worst, short.best, short.worst_points, short.best_points) == (-2, 6, -1, 3)


def test_a_trade_that_was_never_against_its_holder_has_an_mae_of_nothing() -> None:
    excursion = Excursion.start(Decimal(100)).over(LONG, prices("101", "103"))
    assert figures(excursion.worst, excursion.worst_points) == (0, 0)
    assert figures(excursion.prices.low, excursion.prices.high) == (100, 103)


def test_extremes_only_ever_widen() -> None:
    wide = Excursion.start(Decimal(100)).over(LONG, prices("90", "110"))
    assert wide.over(LONG, prices("99", "101")) == wide


def test_what_was_banked_stays_in_the_running_result() -> None:
    half_banked = Holding(qty=Decimal(1), cash=Decimal(-96), average=Decimal(100))
    assert half_banked.running(Decimal(100)) == 4
    assert half_banked.open_points(Decimal(98)) == -2


def test_money_is_unknown_where_points_or_worth_are() -> None:
    assert money(Decimal("2.5"), MES) == Decimal("12.5")
    assert money(None, MES) is None
    assert money(Decimal(1), None) is None


def test_figures_show_points_where_the_contract_is_unknown_and_nothing_where_prices_are() -> None:
    excursion = Excursion.start(Decimal(100)).over(LONG, prices("97", "101"))
    german = Contract(Decimal(1), Decimal(25), "EUR")
    assert excursion_figures(excursion, german) == ExcursionFigures(Decimal(-150), Decimal(50), Decimal(-3), Decimal(1))
    assert excursion_figures(excursion, None) == ExcursionFigures(None, None, Decimal(-3), Decimal(1))
    assert excursion_figures(None, MES) == ExcursionFigures(None, None, None, None)
