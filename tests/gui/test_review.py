"""What Panel 3 says of finished trades, read from the screen."""

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from core.values import PriceRange
from panels.panel3_review.trades_model import COLUMNS
from tests.gui.conftest import Screen
from tests.published import MES, fill, trade

MINUS = "\N{MINUS SIGN}"
SEEN = PriceRange(Decimal("4999.00"), Decimal("5004.00"))
WINNER = trade(fill(2, "5000.00", 30), replace(fill(-2, "5003.00", 20), stretch=SEEN))
LOSER = trade(fill(-1, "5000.00", 10), fill(1, "5001.00", 9), number=2)


def rows(screen: Screen) -> list[dict[str, str]]:
    table = screen.part("trades_table")
    assert isinstance(table, QTableView)
    model = table.model()
    titles = [column.title for column in COLUMNS]
    count = range(model.rowCount())
    return [{title: model.index(row, at).data() for at, title in enumerate(titles)} for row in count]


def test_no_trades_is_a_drawn_state(screen: Screen) -> None:
    screen.window.review.render_trades([])
    assert screen.text("review_message_heading") == "No trades yet"
    assert screen.text("tile_trades") is None


def test_the_records_own_mae_and_mfe_are_shown(screen: Screen) -> None:
    screen.window.review.render_trades([WINNER])
    (row,) = rows(screen)
    assert (row["P&L"], row["MAE"], row["MFE"]) == ("+$30.00", f"{MINUS}$10.00", "+$40.00")
    assert (row["Side"], row["Held"], row["Symbol"]) == ("LONG 2", "00:10:00", "MESZ26")
    assert row["Exit price"] == "5\N{NO-BREAK SPACE}003.00"


def test_unknown_reads_as_a_dash_and_never_as_zero(screen: Screen) -> None:
    screen.window.review.render_trades([trade(fill(1, "5000.00", 5), fill(-1, None, 4))])
    (row,) = rows(screen)
    assert {row[title] for title in ("Exit price", "P&L", "MAE", "MFE")} == {"—"}
    assert screen.text("tile_result") == "—"
    assert screen.text("tile_trades") == "0"
    assert screen.text("review_note") == "not counted: 1 of unknown result"


def test_the_newest_trade_comes_first(screen: Screen) -> None:
    screen.window.review.render_trades([WINNER, LOSER])
    assert [row["Side"] for row in rows(screen)] == ["SHORT 1", "LONG 2"]


def test_the_tiles_say_that_commission_is_not_in_them(screen: Screen) -> None:
    screen.window.review.render_trades([WINNER, LOSER])
    assert screen.text("tile_result_caption") == "Gross P&L · before commission"
    assert screen.text("tile_result") == "+$25.00"
    assert screen.text("tile_win_rate") == "50.0%"
    assert screen.text("tile_profit_factor") == "6.00"


def test_net_is_called_net_once_commission_is_known(screen: Screen) -> None:
    record = replace(WINNER, commission=Decimal("1.24"), net_pnl=Decimal("28.76"))
    screen.window.review.render_trades([record])
    assert screen.text("tile_result_caption") == "Net P&L"
    assert screen.text("tile_result") == "+$28.76"


def test_currencies_are_never_summed(screen: Screen) -> None:
    euro = trade(fill(1, "100.00", 3), fill(-1, "101.00", 2), contract=replace(MES, currency="EUR"))
    screen.window.review.render_trades([WINNER, euro])
    assert screen.text("tile_result") == "+€5.00"
    assert screen.text("review_note") == "statistics in EUR only · not counted: 1 in USD"


def test_colour_never_stands_without_a_sign(screen: Screen) -> None:
    screen.window.review.render_trades([LOSER])
    table = screen.part("trades_table")
    assert isinstance(table, QTableView)
    at = next(index for index, column in enumerate(COLUMNS) if column.title == "P&L")
    cell = table.model().index(0, at)
    assert cell.data() == f"{MINUS}$5.00"
    assert cell.data(Qt.ItemDataRole.ForegroundRole) == screen.window._theme.color("loss")


def test_waiting_takes_the_old_trades_away(screen: Screen) -> None:
    screen.window.review.render_trades([WINNER])
    screen.window.review.render_waiting("Reading the trades of SIM Sim1")
    assert rows(screen) == []
    assert screen.text("review_message_detail") == "Reading the trades of SIM Sim1"


def test_twenty_thousand_trades_are_shown_without_formatting_them_all(screen: Screen) -> None:
    screen.window.review.render_trades([replace(WINNER, id=number) for number in range(20_000)])
    table = screen.part("trades_table")
    assert isinstance(table, QTableView)
    assert table.model().rowCount() == 20_000
    assert table.rowHeight(19_999) == 30


@pytest.mark.parametrize(
    ("coverage", "is_final", "mark", "said"),
    [
        (None, None, "", None),
        ("0.9991", False, "~", "So far: 99.9% of its time is on record (DTC)"),
        ("1", True, "", "100.0% of its time is on record (DTC)"),
    ],
)
def test_mae_and_mfe_that_are_not_final_are_marked_and_say_how_far_they_are_covered(
    screen: Screen, coverage: str | None, *, is_final: bool | None, mark: str, said: str | None
) -> None:
    share = None if coverage is None else Decimal(coverage)
    record = replace(WINNER, coverage=share, excursion_final=is_final, coverage_source="DTC")
    screen.window.review.render_trades([record])
    (row,) = rows(screen)
    assert (row["MAE"], row["MFE"]) == (f"{mark}{MINUS}$10.00", f"{mark}+$40.00")
    table = screen.part("trades_table")
    assert isinstance(table, QTableView)
    titles = [column.title for column in COLUMNS]
    for title in ("MAE", "MFE"):
        assert table.model().index(0, titles.index(title)).data(Qt.ItemDataRole.ToolTipRole) == said
