"""The exchange's memory: killed at any byte, it reads what was whole and never gives an id twice."""

from decimal import Decimal
from io import FileIO
from pathlib import Path

import pytest

from core.errors import ConfigError, StorageUnavailable
from core.values import Side
from data.practice.books import Fill
from data.practice.exchange import Exchange
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT, list_contract
from data.practice.orders import Ticket
from data.practice.state_file import State, StateFile, Unsaved
from data.practice.walk import PriceWalk


def _exchange(state: State) -> Exchange:
    listing = list_contract(DEFAULT_SYMBOL)
    return Exchange(listing, PriceWalk(1, listing.contract.tick_size), state, seed=1)


def _trade(exchange: Exchange, side: Side, qty: int) -> tuple[Fill, ...]:
    return exchange.execute(Ticket(SIM_ACCOUNT, DEFAULT_SYMBOL, side, qty)).fills


def _traded(path: Path) -> list[Fill]:
    """A run of the exchange that trades a little and is killed: nothing but the file is left."""
    exchange = _exchange(StateFile(path))
    fills = [*_trade(exchange, Side.BUY, 2), *_trade(exchange, Side.BUY, 1), *_trade(exchange, Side.SELL, 2)]
    exchange.close()
    return fills


def test_a_new_run_finds_fills_positions_and_balance_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "practice.state"
    first = _exchange(StateFile(path))
    for side, qty in ((Side.BUY, 3), (Side.SELL, 1), (Side.SELL, 4)):
        _trade(first, side, qty)
    first.close()
    second = _exchange(StateFile(path))
    second.close()
    assert second.books.accounts[SIM_ACCOUNT] == first.books.accounts[SIM_ACCOUNT]
    assert second.books.position(SIM_ACCOUNT, DEFAULT_SYMBOL).qty == -2


@pytest.mark.says
def test_a_kill_in_the_midst_of_a_line_costs_that_line_only(tmp_path: Path) -> None:
    path = tmp_path / "practice.state"
    fills = _traded(path)
    whole = path.read_bytes()
    last_line = len(whole.splitlines(keepends=True)[-1])
    for cut in range(1, last_line + 1):
        path.write_bytes(whole[:-cut])
        state = StateFile(path)
        state.close()
        assert list(state.fills) == fills[:-1]
        assert path.read_bytes().startswith(whole[:-last_line])


@pytest.mark.says
def test_ids_never_come_back_however_the_file_was_torn(tmp_path: Path) -> None:
    path = tmp_path / "practice.state"
    ids = [fill.execution_id for fill in _traded(path)]
    for torn in (0, 1, 30, 500):
        path.write_bytes(path.read_bytes()[: -torn or None])
        ids += [fill.execution_id for fill in _traded(path)]
    assert len(set(ids)) == len(ids)


def test_ids_never_come_back_when_the_clock_was_set_back(tmp_path: Path) -> None:
    path = tmp_path / "practice.state"
    path.write_text('{"type":"run","number":99999999999999999}\n')
    state = StateFile(path)
    state.close()
    assert state.run > 99999999999999999


def test_ids_differ_between_runs_without_a_file() -> None:
    assert Unsaved().run != Unsaved().run


def test_a_file_of_something_else_is_refused_by_name_and_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\nall is well\n")
    with pytest.raises(ConfigError, match=r"notes\.txt line 1"):
        StateFile(path)
    assert path.read_text() == "dear diary\nall is well\n"


def test_a_file_that_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="practice"):
        StateFile(tmp_path / "missing" / "practice.state")


class _FullDisk:
    """Takes the first bytes of a write, then no more."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._is_full = False

    def write(self, data: bytes) -> int:
        if self._is_full:
            raise OSError(28, "No space left on device")
        self._is_full = True
        return self._file.write(data[:10])

    def truncate(self, size: int) -> int:
        return self._file.truncate(size)


def test_a_full_disk_refuses_the_order_and_leaves_books_and_file_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "practice.state"
    state = StateFile(path)
    exchange = _exchange(state)
    fills = _trade(exchange, Side.BUY, 1)
    file, before = state._file, path.read_bytes()
    state._file = _FullDisk(file)  # type: ignore[assignment]
    with pytest.raises(StorageUnavailable, match="No space left"):
        _trade(exchange, Side.BUY, 1)
    assert path.read_bytes() == before
    assert exchange.books.accounts[SIM_ACCOUNT].fills == [*fills]
    state._file = file
    _trade(exchange, Side.SELL, 1)
    exchange.close()
    again = StateFile(path)
    again.close()
    assert len(again.fills) == 2


def test_the_balance_is_what_was_realised_less_commission() -> None:
    exchange = _exchange(Unsaved())
    opening = exchange.last_tick
    _trade(exchange, Side.BUY, 3)
    _trade(exchange, Side.SELL, 3)
    spread = Decimal(str(opening.ask - opening.bid))
    assert exchange.books.accounts[SIM_ACCOUNT].balance == Decimal(50_000) - 3 * 5 * spread - 6 * Decimal("0.62")
