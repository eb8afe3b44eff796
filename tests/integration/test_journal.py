"""The journal answers what was asked, no more and no less."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from core.errors import ConfigError
from core.trade_filter import TradeFilter
from core.values import Mode, PositionSide
from data.database import open_reader
from data.journal import Journal
from tests.fills import at, figures, fill
from tests.integration.conftest import Books, handle_all

# Trade 1: long, SIM, re-entered. Trade 4: short, LIVE. Trade 6: long, SIM, another symbol.
TRADING = (
    fill(1, "5000.00", 1), fill(1, "5001.00", 2), fill(-2, "5002.00", 3),
    fill(-1, "5000.00", 4, account="120005"), fill(1, "4999.00", 5, account="120005"),
    fill(1, "18000.00", 6, symbol="MNQZ26"), fill(-1, "18001.00", 7, symbol="MNQZ26"),
    fill(5, "5000.00", 8),
)  # fmt: skip


@pytest.fixture
def journal(books: Books) -> Journal:
    handle_all(books.begin(), TRADING)
    books.tamper("UPDATE traderecord SET coverage = 0.9, tags = 'news,open_drive' WHERE id = 1")
    books.tamper("UPDATE traderecord SET coverage = 0.5, tags = 'openXdrive' WHERE id = 4")
    return Journal.at(books.path)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 4, 6]),
        ({"mode": Mode.SIM}, [1, 6]),
        ({"mode": Mode.LIVE}, [4]),
        ({"mode": Mode.UNKNOWN}, []),
        ({"account": "120005"}, [4]),
        ({"symbol": "MNQZ26"}, [6]),
        ({"side": PositionSide.SHORT}, [4]),
        ({"since": at(5)}, [4, 6]),
        ({"until": at(5)}, [1]),
        ({"since": at(3), "until": at(7)}, [1, 4]),
        ({"has_reentries": True}, [1]),
        ({"has_reentries": False}, [4, 6]),
        ({"min_coverage": Decimal("0.9")}, [1]),
        ({"min_coverage": Decimal(0)}, [1, 4]),
        ({"tag": "news"}, [1]),
        ({"tag": "open_drive"}, [1]),
        ({"tag": "open"}, []),
        ({"tag": "%"}, []),
        ({"mode": Mode.SIM, "side": PositionSide.LONG, "symbol": "MESZ26"}, [1]),
    ],
)
def test_each_filter_lets_through_what_it_names(journal: Journal, wanted: dict[str, Any], found: list[int]) -> None:
    assert [trade.id for trade in journal.trades(TradeFilter(**wanted))] == found


def test_every_filter_there_is_was_tried() -> None:
    tried = {"mode", "account", "symbol", "side", "since", "until", "tag", "has_reentries", "min_coverage"}
    assert {field.name for field in fields(TradeFilter)} == tried


def test_an_open_position_is_no_trade_yet(journal: Journal) -> None:
    assert 8 not in [trade.id for trade in journal.trades(TradeFilter())]


def test_a_trade_comes_back_as_it_was_recorded(journal: Journal) -> None:
    trade = journal.trades(TradeFilter(symbol="MESZ26", mode=Mode.SIM))[0]
    assert figures(trade.mode, trade.side, trade.qty, trade.entry_price) == (
        Mode.SIM,
        PositionSide.LONG,
        2,
        Decimal("5000.5"),
    )
    assert (trade.entry_time, trade.exit_time) == (at(1), at(3))
    assert figures(trade.realized_points, trade.realized_pnl, trade.commission) == (3, 15, None)
    assert trade.tags == "news,open_drive"
    assert isinstance(trade.realized_pnl, Decimal)


def test_the_journal_sees_what_is_booked_while_it_is_open(books: Books) -> None:
    ledger = books.begin()
    journal = Journal.at(books.path)
    assert journal.trades(TradeFilter()) == []
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5001.00", 2)])
    assert len(journal.trades(TradeFilter())) == 1


def test_a_reader_can_change_nothing(books: Books) -> None:
    books.begin()
    with open_reader(books.path).connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM traderecord")


def test_there_is_no_journal_where_there_is_no_ledger_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no ledger"):
        Journal.at(tmp_path / "deep" / "none.db")
    assert list(tmp_path.iterdir()) == []
