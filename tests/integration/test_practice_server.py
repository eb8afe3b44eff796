"""The practice exchange on its port, from a plain socket's side."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.values import Side
from data.dtc import handshake, messages
from data.dtc.enums import Encoding
from data.dtc.messages import MarketDataUpdateTrade, OrderUpdate, PositionUpdate
from data.feeds.scid_file import ScidFile
from data.practice.listing import DEFAULT_SYMBOL, LIVE_ACCOUNT, SIM_ACCOUNT
from data.practice.opening import open_practice
from data.practice.server import serving
from data.practice.trader import follow_script
from tests.wire import Wire

Connect = Callable[[int], Wire]


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as sockets:

        def open_wire(port: int) -> Wire:
            wire = Wire(port)
            sockets.callback(wire.socket.close)
            return wire

        yield open_wire


@pytest.fixture
def session_file() -> Path:
    path = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/ticks/ESM18_session.scid"
    if not path.exists():
        pytest.skip(f"no recorded session at {path}")
    return path


def test_a_client_shakes_hands_in_binary_then_talks_json(connect: Connect) -> None:
    with serving(open_practice()) as server:
        wire = connect(server.port)
        wire.socket.sendall(handshake.encode_request(Encoding.JSON))
        answer = wire.socket.recv(handshake.SIZE, socket.MSG_WAITALL)
        assert handshake.decode_response(answer) == Encoding.JSON
        wire.say(messages.LogonRequest())
        assert wire.until(messages.LogonResponse).ServerName == "Heatline Practice"


def test_stopping_logs_every_client_off_and_frees_the_port(connect: Connect) -> None:
    with serving(open_practice()) as server:
        wires = [connect(server.port).log_on() for _ in range(3)]
    for wire in wires:
        wire.until(messages.Logoff)
        assert wire.hear() is None
    again = open_practice(server.port)
    again.close()


def test_a_port_in_use_is_refused_and_leaves_nothing_open(tmp_path: Path) -> None:
    server = open_practice()
    with pytest.raises(ConfigError, match=f"Port {server.port}"):
        open_practice(server.port, state=tmp_path / "state")
    server.close()


def test_a_client_talking_garbage_is_dropped_and_the_others_live_on(connect: Connect) -> None:
    with serving(open_practice()) as server:
        good, bad = connect(server.port).log_on(), connect(server.port).log_on()
        bad.socket.sendall(b"\xff\xfe{{{\0" * 100)
        assert _is_closed(bad)
        good.say(messages.TradeAccountsRequest())
        assert good.until(messages.TradeAccountResponse).TradeAccount == SIM_ACCOUNT


def test_a_client_who_vanishes_does_no_harm(connect: Connect) -> None:
    with serving(open_practice(trader_seed=1)) as server:
        connect(server.port).log_on().subscribe().socket.close()
        assert connect(server.port).log_on().subscribe().fills(1)


def test_a_silent_client_is_dropped_after_two_intervals_of_heartbeats(connect: Connect) -> None:
    with serving(open_practice()) as server:
        wire = connect(server.port)
        wire.say(messages.LogonRequest(HeartbeatIntervalInSeconds=1))
        began, heartbeats = time.monotonic(), 0
        while (message := wire.hear()) is not None:
            heartbeats += isinstance(message, messages.Heartbeat)
        assert 1.9 < time.monotonic() - began < 4.0
        assert heartbeats >= 1


def test_every_client_hears_of_a_fill_and_an_order_from_another_thread_is_one(connect: Connect) -> None:
    with serving(open_practice()) as server:
        wires = [connect(server.port).log_on() for _ in range(2)]
        server.submit(LIVE_ACCOUNT, DEFAULT_SYMBOL, Side.SELL, 1)
        ids = {wire.fills(1)[0].LastFillExecutionID for wire in wires}
        assert len(ids) == 1
        assert [wire.until(PositionUpdate).Quantity for wire in wires] == [-1, -1]


@pytest.mark.says
def test_an_order_nobody_can_execute_does_not_stop_the_exchange(connect: Connect) -> None:
    with serving(open_practice()) as server:
        wire = connect(server.port).log_on()
        server.submit("nobody", DEFAULT_SYMBOL, Side.SELL, 1)
        server.submit(SIM_ACCOUNT, DEFAULT_SYMBOL, Side.BUY, 1)
        assert wire.fills(1)[0].TradeAccount == SIM_ACCOUNT


def test_the_demo_trades_at_once_and_at_least_twice_a_second(connect: Connect) -> None:
    with serving(open_practice(trader_seed=7)) as server:
        wire = connect(server.port).log_on().subscribe()
        began = time.monotonic()
        wire.fills(1)
        assert time.monotonic() - began < 1.0
        wire.fills(4)
        assert time.monotonic() - began < 4.0


@contextmanager
def _child(state: Path) -> Iterator[int]:
    """An exchange in a process of its own that trades fast, killed at the end; gives its port."""
    program = (
        "import sys, pathlib; from data.practice.opening import open_practice;"
        "server = open_practice(state=pathlib.Path(sys.argv[1]), trader_seed=1, pace=100);"
        "sys.stdout.write(f'{server.port}\\n'); sys.stdout.flush(); server.run()"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(state)], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            yield int(child.stdout.readline())
        finally:
            child.kill()


def test_a_kill_loses_no_fill_that_was_told_and_no_id_comes_back(connect: Connect, tmp_path: Path) -> None:
    told: list[str | None] = []
    for _ in range(2):
        with _child(tmp_path / "practice.state") as port:
            told += [fill.LastFillExecutionID for fill in connect(port).log_on().subscribe().fills(5)]
    with serving(open_practice(state=tmp_path / "practice.state")) as server:
        wire = connect(server.port).log_on()
        server.submit(SIM_ACCOUNT, DEFAULT_SYMBOL, Side.SELL, 1)
        told += [fill.LastFillExecutionID for fill in wire.fills(1)]
        held = wire.until(PositionUpdate).Quantity
        wire.say(messages.HistoricalOrderFillsRequest(TradeAccount=SIM_ACCOUNT, NumberOfDays=1))
        rows = [wire.until(messages.HistoricalOrderFillResponse)]
        rows += [
            wire.until(messages.HistoricalOrderFillResponse) for _ in range((rows[0].TotalNumberMessages or 0) - 1)
        ]
    ids = [row.UniqueExecutionID for row in rows]
    assert set(told) <= set(ids)
    assert len(set(ids)) == len(ids)
    assert held == rows[-1].PositionQuantity == sum((row.Quantity or 0) * (3 - 2 * (row.BuySell or 0)) for row in rows)


def test_a_whole_session_is_replayed_to_a_slow_reader_without_loss_or_disorder(
    connect: Connect, session_file: Path
) -> None:
    recorded = [(tick.at_us, tick.price) for tick in ScidFile(session_file).ticks()]
    script = [(0, SIM_ACCOUNT, Side.BUY, 1), (50_000, SIM_ACCOUNT, Side.SELL, 1)]
    trader = follow_script("ESM18", script)
    with serving(open_practice(recording=session_file, speed=0, trader=trader)) as server:
        wire = connect(server.port).log_on()
        wire.say(messages.MarketDataRequest(SymbolID=1, Symbol="ESM18"))
        time.sleep(0.3)  # the exchange is ahead by now, and must wait
        heard: list[tuple[int, float | None]] = []
        fills: list[tuple[int, int | float | None]] = []
        while len(heard) < len(recorded):
            match wire.hear():
                case MarketDataUpdateTrade(Price=price, DateTime=at):
                    heard.append((round((at or 0) * 1e6), price))
                case OrderUpdate(LastFillQuantity=1, LastFillDateTime=at):
                    fills.append((len(heard) - 1, at))
        assert heard == recorded
        assert fills == [(0, recorded[0][0]), (50_000, recorded[50_000][0])]
        wire.say(messages.TradeAccountsRequest())  # the recording has ended, the exchange has not
        assert wire.until(messages.TradeAccountResponse).TradeAccount == SIM_ACCOUNT


def test_a_replay_at_a_speed_keeps_the_recordings_pace(connect: Connect, session_file: Path) -> None:
    with serving(open_practice(recording=session_file, speed=20)) as server:
        wire = connect(server.port).log_on().subscribe("ESM18")
        began = time.monotonic()
        first = wire.until(MarketDataUpdateTrade).DateTime or 0
        while (wire.until(MarketDataUpdateTrade).DateTime or 0) < first + 10:
            pass
        assert 0.45 < time.monotonic() - began < 1.5


def _is_closed(wire: Wire) -> bool:
    try:
        while wire.hear() is not None:
            pass
    except ConnectionResetError:
        pass
    return True
