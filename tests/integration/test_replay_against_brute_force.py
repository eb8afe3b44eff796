"""A real session through the whole program, against a computation that shares no line with it."""

import ast
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from core.clock import utc_now
from core.quotes import QuoteBox
from core.snapshots import LedgerSnapshot, Publication
from core.values import Side
from data.audit import audit
from data.contract_table import read_contract_book
from data.database import open_writer
from data.dtc.connection import Outlets
from data.dtc.link import Address, Link
from data.ledger import Ledger
from data.ledger_thread import LedgerThread
from data.practice.exchange import PARTIAL_FILL_CHANCE
from data.practice.listing import LIVE_ACCOUNT, PRACTICE_MODES, SIM_ACCOUNT
from data.practice.opening import open_practice
from data.practice.server import serving
from data.practice.trader import follow_script
from tests import brute_force
from tests.brute_force import BruteFill, BruteHolding, BruteTrade, Row, on_average_grid, read_rows, walk

Step = tuple[int, str, Side, int]

_TICK = Fraction(1, 4)
_POINT_VALUE = 50
_SYMBOL = "ESM18"
_ROWS = 74_907
_FIRST_ORDER = 20_000  # long after the back-fill of the logon is through
_ORDERS = 130
_BURSTS = 40
_MOST_HELD = 4
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Replayed:
    """What the program made of the session, the script it was given, and the fills the exchange wrote down."""

    database: Path
    script: Sequence[Step]
    exchange_fills: Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def session_file() -> Path:
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/ticks/ESM18_session.scid"
    if not path.exists():
        pytest.skip(f"no recorded session at {path}")
    return path


@pytest.fixture(scope="module")
def rows(session_file: Path) -> Sequence[Row]:
    return read_rows(session_file, _TICK)


@pytest.fixture(scope="module")
def filled_whole(session_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    return _replay(session_file, tmp_path_factory.mktemp("whole"), write_script(Random(1)), partial_fill_chance=0.0)


@pytest.fixture(scope="module")
def filled_in_parts(session_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    script = write_script(Random(2))
    return _replay(session_file, tmp_path_factory.mktemp("parts"), script, partial_fill_chance=PARTIAL_FILL_CHANCE)


@pytest.fixture(scope="module")
def filled_in_one_instant(
    session_file: Path, tmp_path_factory: pytest.TempPathFactory, rows: Sequence[Row]
) -> Replayed:
    script = write_hasty_script(rows)
    return _replay(session_file, tmp_path_factory.mktemp("instant"), script, partial_fill_chance=0.0)


def write_script(random: Random) -> list[Step]:
    """Opens, adds, takes off parts, reverses and closes on two accounts; the last order follows the last tick."""
    numbers = [*sorted(random.sample(range(_FIRST_ORDER, _ROWS - 1), _ORDERS - 1)), _ROWS - 1]
    held = {SIM_ACCOUNT: 0, LIVE_ACCOUNT: 0}
    steps: list[Step] = []
    for number in numbers:
        account = random.choices((SIM_ACCOUNT, LIVE_ACCOUNT), (0.7, 0.3))[0]
        wanted = random.choice([qty for qty in range(-_MOST_HELD, _MOST_HELD + 1) if qty != held[account]])
        change = wanted - held[account]
        held[account] = wanted
        steps.append((number, account, Side.BUY if change > 0 else Side.SELL, abs(change)))
    return steps


def write_hasty_script(rows: Sequence[Row]) -> list[Step]:
    """Reverses after every row of some bursts of trades that bear one and the same time stamp."""
    bursts = [[number for number, _ in burst] for _, burst in groupby(enumerate(rows), key=lambda each: each[1].at_us)]
    moving = [burst for burst in bursts if burst[0] >= _FIRST_ORDER and len({rows[n].price for n in burst}) > 1]
    numbers = [number for burst in moving[:_BURSTS] for number in burst] + [_ROWS - 1]
    sides = (Side.BUY, Side.SELL)
    return [(number, SIM_ACCOUNT, sides[turn % 2], 2 if turn else 1) for turn, number in enumerate(numbers)]


def test_the_brute_force_imports_nothing_of_the_program() -> None:
    tree = ast.parse(Path(brute_force.__file__).read_text("utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert plain | named == {"collections.abc", "dataclasses", "fractions", "pathlib", "numpy"}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_script_has_all_that_trading_has(seed: int, rows: Sequence[Row]) -> None:
    script = write_script(Random(seed))
    trades = [trade for holding in _walk_script(rows, script).values() for trade in holding.trades]
    assert len(script) >= 40
    assert len(trades) >= 20
    assert {trade.side for trade in trades} == {"LONG", "SHORT"}
    assert any(trade.reentry_count >= 2 for trade in trades)
    assert any(len({price for _, price in trade.closed}) > 1 for trade in trades)
    assert _flip_count(script) >= 10


def test_every_trade_of_whole_fills_is_what_the_files_rows_give(filled_whole: Replayed, rows: Sequence[Row]) -> None:
    _assert_ledger_equals(filled_whole.database, _walk_script(rows, filled_whole.script))


def test_every_trade_of_fills_in_parts_is_what_the_files_rows_give(
    filled_in_parts: Replayed, rows: Sequence[Row]
) -> None:
    assert len(filled_in_parts.exchange_fills) > len(filled_in_parts.script)
    holdings = walk(rows, _fills_written_down(filled_in_parts), (SIM_ACCOUNT, LIVE_ACCOUNT))
    _assert_ledger_equals(filled_in_parts.database, holdings)


def test_fills_of_one_instant_keep_their_prices_apart(filled_in_one_instant: Replayed, rows: Sequence[Row]) -> None:
    _assert_ledger_equals(filled_in_one_instant.database, _walk_script(rows, filled_in_one_instant.script))


def test_every_fill_stands_in_the_ledger_once_as_the_exchange_made_it(filled_in_parts: Replayed) -> None:
    made = [
        (fill["execution_id"], fill["account"], fill["order_id"], fill["side"], fill["qty"], Fraction(fill["price"]))
        for fill in filled_in_parts.exchange_fills
    ]
    found = [
        (row["execution_id"], row["account"], row["order_id"], row["side"], row["qty"], _exact(row["price"]))
        for row in _read(filled_in_parts.database, "SELECT * FROM execution ORDER BY seq")
    ]
    assert found == made


@pytest.mark.parametrize("name", ["filled_whole", "filled_in_parts", "filled_in_one_instant"])
def test_the_audit_proves_a_replayed_ledger(name: str, request: pytest.FixtureRequest) -> None:
    assert audit(request.getfixturevalue(name).database) == []


def _replay(session_file: Path, directory: Path, script: Sequence[Step], *, partial_fill_chance: float) -> Replayed:
    state, database = directory / "exchange.jsonl", directory / "heatline.db"
    server = open_practice(
        trader=follow_script(_SYMBOL, script),
        recording=session_file,
        speed=0,
        state=state,
        seed=7,
        partial_fill_chance=partial_fill_chance,
    )
    with serving(server):
        _follow(server.port, database, lambda ledger: _has_all(ledger, _fills_in(state), len(script)))
    return Replayed(database, script, _fills_in(state))


def _has_all(ledger: LedgerSnapshot, fills: Sequence[dict[str, Any]], order_count: int) -> bool:
    """The last order follows the last tick in the stream, so whoever has its fills has seen everything."""
    is_whole = len({fill["order_id"] for fill in fills}) == order_count and ledger.fill_count == len(fills)
    return is_whole and not any(account.fills_in_order for account in ledger.accounts)


def _follow(port: int, database: Path, is_done: Callable[[LedgerSnapshot], bool]) -> None:
    """The real link and ledger thread, until they have booked all that the exchange did."""
    done = threading.Event()

    def publish(publication: Publication) -> None:
        if isinstance(publication, LedgerSnapshot) and is_done(publication):
            done.set()

    def open_ledger() -> Ledger:
        return Ledger(open_writer(database), read_contract_book(), utc_now, practice_modes=PRACTICE_MODES)

    ledger = LedgerThread(open_ledger, publish, on_open=lambda _symbols: link.start(), on_wrong_server=pytest.fail)
    outlets = Outlets(post=ledger.post, publish=publish, quotes=QuoteBox(), now=utc_now)
    link = Link(Address("127.0.0.1", port), outlets)
    ledger.start()
    try:
        assert done.wait(_PATIENCE_S)
    finally:
        link.stop()
        link.join()
        ledger.stop()
        ledger.join()
        link.close()
    assert ledger.failure is None


def _walk_script(rows: Sequence[Row], script: Sequence[Step]) -> dict[str, BruteHolding]:
    """Each order filled at once and whole: a buyer pays the ask, a seller gets the bid."""
    fills = [
        BruteFill(
            row=number,
            account=account,
            order_id=f"step {step}",
            qty=qty * side.sign,
            price=rows[number].ask if side is Side.BUY else rows[number].bid,
            at_us=rows[number].at_us,
        )
        for step, (number, account, side, qty) in enumerate(script)
    ]
    return walk(rows, fills, (SIM_ACCOUNT, LIVE_ACCOUNT))


def _fills_written_down(replayed: Replayed) -> Iterator[BruteFill]:
    """The exchange numbers its orders from 1, in the order of the script."""
    for fill in replayed.exchange_fills:
        step = int(fill["order_id"].rpartition("-")[2]) - 1
        sign = 1 if fill["side"] == "BUY" else -1
        row = replayed.script[step][0]
        price = Fraction(fill["price"])
        yield BruteFill(row, fill["account"], fill["order_id"], sign * fill["qty"], price, fill["at_us"])


def _flip_count(script: Sequence[Step]) -> int:
    held = {SIM_ACCOUNT: 0, LIVE_ACCOUNT: 0}
    count = 0
    for _, account, side, qty in script:
        after = held[account] + side.sign * qty
        count += held[account] * after < 0
        held[account] = after
    return count


def _assert_ledger_equals(database: Path, holdings: dict[str, BruteHolding]) -> None:
    for account, holding in holdings.items():
        query = "SELECT * FROM traderecord WHERE account = ? ORDER BY exit_time, id"
        recorded = [_trade_of(row) for row in _read(database, query, account)]
        assert recorded == [_expected(trade) for trade in holding.trades]
        open_rows = _read(database, "SELECT * FROM openposition WHERE account = ?", account)
        assert [_position_of(row) for row in open_rows] == _expected_open(holding)


def _expected(trade: BruteTrade) -> dict[str, object]:
    return _expected_extremes(trade) | {
        "side": trade.side,
        "qty": trade.most_held,
        "exit_time": trade.exit_time,
        "entry_price": trade.entry_price,
        "exit_price": trade.exit_price,
        "realized_pnl": trade.realized_points * _POINT_VALUE,
        "mae_points": on_average_grid(trade.mae_points),
        "mfe_points": on_average_grid(trade.mfe_points),
    }


def _expected_open(holding: BruteHolding) -> list[dict[str, object]]:
    trade = holding.current
    if trade is None:
        return []
    whole = {"qty": holding.qty, "peak_qty": trade.most_held, "entry_price": holding.average}
    return [_expected_extremes(trade) | whole]


def _expected_extremes(trade: BruteTrade) -> dict[str, object]:
    return {
        "entry_time": trade.entry_time,
        "opened_qty": trade.opened_qty,
        "reentry_count": trade.reentry_count,
        "trade_min_price": min(trade.prices),
        "trade_max_price": max(trade.prices),
        "mae": trade.worst * _POINT_VALUE,
        "mfe": trade.best * _POINT_VALUE,
    }


_EXTREMES = ("entry_time", "opened_qty", "reentry_count", "trade_min_price", "trade_max_price", "mae", "mfe")


def _trade_of(row: sqlite3.Row) -> dict[str, object]:
    names = ("qty", "exit_time", "entry_price", "exit_price", "realized_pnl", "mae_points", "mfe_points")
    return {name: _exact(row[name]) for name in (*_EXTREMES, *names)} | {"side": row["side"]}


def _position_of(row: sqlite3.Row) -> dict[str, object]:
    return {name: _exact(row[name]) for name in (*_EXTREMES, "qty", "peak_qty", "entry_price")}


def _exact(stored: float) -> Fraction:
    """The decimal that a stored double stands for."""
    return Fraction(repr(stored))


def _read(database: Path, query: str, *values: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def _fills_in(state: Path) -> list[dict[str, Any]]:
    whole, _, _being_written = state.read_bytes().rpartition(b"\n")
    lines = (msgspec.json.decode(line) for line in whole.splitlines())
    return [line for line in lines if line["type"] == "fill"]
