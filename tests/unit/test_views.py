"""What the panel shows of an open position, given the newest price."""

from decimal import Decimal

from core.contracts import Contract
from core.execution import Execution
from core.position import fold
from core.quotes import Quote, QuoteBox
from core.snapshots import PositionSnapshot
from core.values import PriceRange, micros_from_utc
from core.views import OpenView, open_view
from tests.fills import MES, at, execution, figures, prices


def view_of(
    *fills: Execution, last: float | None, seen: PriceRange | None = None, contract: Contract | None = MES
) -> OpenView:
    position, _ = fold(fills)
    assert position is not None
    if seen is not None:
        position = position.having_seen(seen)
    quote = None if last is None else Quote(last, micros_from_utc(at(60)))
    return open_view(PositionSnapshot(position, contract, is_verified=True, verified_at=at(0)), quote, at(61))


def test_a_long_shows_its_result_in_points_ticks_and_money() -> None:
    view = view_of(execution(2, "100", 1), last=101.5)
    assert figures(view.open_points, view.open_ticks, view.open_pnl) == (Decimal("1.5"), 6, 15)
    assert figures(view.running_pnl, view.realized_pnl) == (15, 0)
    assert view.seconds_in_trade == 60


def test_a_short_gains_when_the_price_falls() -> None:
    view = view_of(execution(-1, "100", 1), last=98.0)
    assert figures(view.open_points, view.open_pnl) == (2, 10)


def test_the_running_result_holds_what_was_banked() -> None:
    view = view_of(execution(2, "100", 1), execution(-1, "104", 2), last=103.0)
    assert figures(view.open_pnl, view.realized_pnl, view.running_pnl) == (15, 20, 35)
    assert view.captured == Decimal(7) / 8


def test_banking_half_at_the_high_and_holding_the_rest_there_captures_everything() -> None:
    assert view_of(execution(2, "100", 1), execution(-1, "104", 2), last=104.0).captured == 1


def test_the_newest_price_counts_as_an_extreme_before_it_is_saved() -> None:
    view = view_of(execution(1, "100", 1), last=97.0, seen=prices("99", "102"))
    assert figures(view.excursion.mae, view.excursion.mfe) == (-15, 10)
    assert view.prices == prices("97", "102")
    assert view.mfe_to_mae == Decimal(2) / 3


def test_a_loser_captures_a_negative_share_and_no_gain_captures_nothing() -> None:
    assert view_of(execution(1, "100", 1), last=98.0, seen=prices("100", "101")).captured == -2
    assert view_of(execution(1, "100", 1), last=98.0).captured is None
    assert view_of(execution(1, "100", 1), last=101.0).mfe_to_mae is None


def test_without_a_price_or_a_worth_it_says_unknown() -> None:
    blind = view_of(execution(1, "100", 1), last=None)
    assert [blind.last_price, blind.open_pnl, blind.running_pnl, blind.captured] == [None] * 4
    unknown = view_of(execution(1, "100", 1), last=101.0, contract=None)
    assert figures(unknown.open_points, unknown.open_pnl, unknown.open_ticks) == (1, None, None)


def test_an_unknown_entry_price_leaves_every_result_unknown() -> None:
    view = view_of(execution(1, None, 1), last=101.0)
    assert [view.entry_price, view.open_pnl, view.running_pnl, view.excursion.mae] == [None] * 4
    assert view.last_price == 101


def test_a_price_that_carries_float_noise_snaps_to_its_tick() -> None:
    assert view_of(execution(1, "100", 1), last=100.2499999).last_price == Decimal("100.25")


def test_the_box_keeps_the_newest_quote_of_each_symbol_and_counts_them_all() -> None:
    box = QuoteBox()
    for price in (1.0, 2.0, 3.0):
        box.observe("MESZ26", price, micros_from_utc(at(price)))
    box.observe("MNQZ26", 9.0, 0)
    assert {symbol: quote.price for symbol, quote in box.latest().items()} == {"MESZ26": 3.0, "MNQZ26": 9.0}
    assert box.latest()["MESZ26"].at == at(3)
    assert box.tick_count == 4
