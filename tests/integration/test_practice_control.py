"""The control port on a real socket: who may ask, what it does, and how it breaks the network."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from app.options import parse
from data.dtc import messages
from data.practice.control_port import LONGEST_LINE
from data.practice.listing import DEFAULT_SYMBOL, LIVE_ACCOUNT, SIM_ACCOUNT
from data.practice.opening import open_practice
from data.practice.quirks.names import QuirkName
from data.practice.server import PracticeServer, serving
from tests.control import Control, Refused
from tests.wire import Wire


@dataclass
class Room:
    """An exchange with its control port, and whoever comes in."""

    server: PracticeServer
    control: Control
    stack: ExitStack

    def client(self) -> Wire:
        wire = Wire(self.server.port)
        self.stack.callback(wire.socket.close)
        return wire.log_on()

    def caller(self) -> socket.socket:
        assert self.server.control is not None
        return self.stack.enter_context(socket.create_connection(("127.0.0.1", self.server.control.port), timeout=10))


@pytest.fixture
def room() -> Iterator[Room]:
    with ExitStack() as stack:
        server = stack.enter_context(serving(open_practice(has_control=True)))
        assert server.control is not None
        control = stack.enter_context(Control(server.control.port, server.control.token))
        yield Room(server, control, stack)


def test_without_the_flag_there_is_no_control_port() -> None:
    server = open_practice()
    assert server.control is None
    server.close()


@pytest.mark.parametrize(
    "line",
    [
        b'{"do":"trade","account":"Sim1","side":"BUY","qty":1}\n',
        b'{"do":"trade","token":"guess","account":"Sim1","side":"BUY","qty":1}\n',
        b'{"do":"trade","token":null,"account":"Sim1","side":"BUY","qty":1}\n',
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xfe\n",
        b"[" * 40_000 + b"\n",
        b"x" * (LONGEST_LINE + 1),
    ],
)
def test_who_has_no_token_is_sent_away_and_nothing_is_done(room: Room, line: bytes) -> None:
    caller = room.caller()
    caller.sendall(line)
    assert _left(caller)
    assert room.control.books()[SIM_ACCOUNT]["fills"] == []


def test_a_token_is_asked_of_every_line(room: Room) -> None:
    assert room.server.control is not None
    known = json.dumps({"do": "status", "token": room.server.control.token}).encode()
    caller = room.caller()
    caller.sendall(known + b"\n")
    assert json.loads(caller.recv(1 << 16))["ok"]
    caller.sendall(b'{"do":"flatten","account":"Sim1"}\n' + known + b"\n")
    assert _left(caller)


def test_an_unknown_request_is_answered_with_the_reason_and_the_caller_stays(room: Room) -> None:
    for do, fields in (("dance", {}), ("trade", {"account": SIM_ACCOUNT}), ("status", {"more": 1})):
        with pytest.raises(Refused, match="no request"):
            room.control.ask(do, **fields)
    assert room.control.status()["symbol"] == DEFAULT_SYMBOL


def test_each_exchange_has_a_token_of_its_own() -> None:
    servers = [open_practice(has_control=True) for _ in range(2)]
    tokens = {server.control.token for server in servers if server.control}
    for server in servers:
        server.close()
    assert len(tokens) == 2
    assert all(len(token) == 32 for token in tokens)


def test_both_accounts_are_traded_and_their_books_listed(room: Room) -> None:
    client = room.client()
    room.control.trade(SIM_ACCOUNT, "BUY", 3, 1, 2)
    (sold,) = room.control.trade(LIVE_ACCOUNT, "SELL", 2, 2)
    assert [fill.LastFillQuantity for fill in client.fills(3)] == [1, 2, 2]
    assert room.control.positions(SIM_ACCOUNT) == {DEFAULT_SYMBOL: 3}
    assert room.control.positions(LIVE_ACCOUNT) == {DEFAULT_SYMBOL: -2}
    assert room.control.fills(LIVE_ACCOUNT) == [sold]
    assert room.control.average_price(LIVE_ACCOUNT, DEFAULT_SYMBOL) == Decimal(sold["price"])
    room.control.flatten(SIM_ACCOUNT)
    assert room.control.positions(SIM_ACCOUNT) == {}


def test_what_cannot_be_traded_is_refused_with_its_sentence(room: Room) -> None:
    for account, qty, parts, sentence in (
        ("Sim9", 1, (), "no account Sim9"),
        (SIM_ACCOUNT, 0, (), "0 lots"),
        (SIM_ACCOUNT, 3, (1, 1), "in parts of 1, 1"),
    ):
        with pytest.raises(Refused, match=sentence):
            room.control.trade(account, "BUY", qty, *parts)
    with pytest.raises(Refused, match="has no position"):
        room.control.flatten(SIM_ACCOUNT)


def test_orders_rest_are_moved_and_filled_where_the_price_is_set(room: Room) -> None:
    control = room.control
    control.price("5050")
    parent, stop, target = control.bracket(SIM_ACCOUNT, "BUY", 2, stop=5045, target="5060.25")
    assert (parent["state"], stop["state"], target["kind"]) == ("filled", "working", "limit")
    assert [order["order_id"] for order in control.orders(SIM_ACCOUNT)] == [stop["order_id"], target["order_id"]]
    assert control.fill(target["order_id"], 1)["filled"] == 1
    assert [order["qty"] for order in control.orders(SIM_ACCOUNT)] == [1, 2]
    assert control.replace(stop["order_id"], price="5049.75")["price"] == "5049.75"
    control.price(5049)
    assert control.orders(SIM_ACCOUNT) == []
    assert control.positions(SIM_ACCOUNT) == {}
    resting = control.place(LIVE_ACCOUNT, "SELL", 1, "stop_limit", 5040, limit_price=5039)
    assert control.cancel(resting["order_id"])["state"] == "canceled"
    first, second = control.oco(LIVE_ACCOUNT, "SELL", 1, stop=5040, target=5060)
    assert first["oco_id"] == second["order_id"]


def test_the_market_stands_still_while_it_is_held_and_moves_by_as_many_ticks_as_asked(room: Room) -> None:
    room.control.hold()
    client = room.client().subscribe()
    room.control.price(5040.5)
    assert client.until(messages.MarketDataUpdateTrade).Price == 5040.5
    room.control.advance(3)
    ticks = [client.until(messages.MarketDataUpdateTrade).Price or 0 for _ in range(3)]
    assert all(abs(price - 5040.5) <= 1 for price in ticks)
    assert room.control.status()["price"] == ticks[-1]
    time.sleep(0.4)
    assert room.control.status()["price"] == ticks[-1]
    room.control.hold(False)
    client.until(messages.MarketDataUpdateTrade)


def test_a_cut_ends_every_connection_and_refuses_new_ones_for_so_long(room: Room) -> None:
    clients = [room.client() for _ in range(2)]
    assert room.control.status()["clients"] == 2
    room.control.cut(0.4)
    began = time.monotonic()
    for client in clients:
        assert _left(client.socket)
    with pytest.raises(ConnectionRefusedError):
        Wire(room.server.port)
    room.control.trade(SIM_ACCOUNT, "BUY", 1)
    again = _come_back(room)
    assert time.monotonic() - began >= 0.4
    again.say(messages.CurrentPositionsRequest(RequestID=1, TradeAccount=SIM_ACCOUNT))
    assert again.until(messages.PositionUpdate).Quantity == 1


def test_a_stalled_exchange_says_nothing_until_it_goes_on(room: Room) -> None:
    client = room.client()
    room.control.stall(0.4)
    began = time.monotonic()
    client.say(messages.TradeAccountsRequest())
    room.control.trade(SIM_ACCOUNT, "BUY", 1)
    late = room.client()
    assert client.fills(1)
    assert time.monotonic() - began >= 0.4
    client.until(messages.TradeAccountResponse)
    assert late.socket.fileno() > 0
    assert room.control.status()["clients"] == 2


def test_quirks_are_switched_while_clients_are_connected(room: Room) -> None:
    client = room.client()
    asked = messages.CurrentPositionsRequest(RequestID=1, TradeAccount=SIM_ACCOUNT)
    room.control.quirk("no-positions")
    client.say(asked)
    client.until(messages.CurrentPositionsReject)
    room.control.quirk("no-positions", False)
    client.say(asked)
    client.until(messages.PositionUpdate)
    with pytest.raises(Refused, match="no quirk 'rude'"):
        room.control.quirk("rude")
    room.control.show("LIVE")
    client.say(messages.TradeAccountsRequest())
    assert client.until(messages.TradeAccountResponse).TradeAccount == LIVE_ACCOUNT
    assert room.control.status()["quirks"] == ["hides-other-mode"]


def test_a_late_position_comes_by_itself(room: Room) -> None:
    client = room.client()
    room.control.quirk("position-lag")
    began = time.monotonic()
    room.control.trade(SIM_ACCOUNT, "BUY", 1)
    assert client.until(messages.PositionUpdate).Quantity == 1
    assert time.monotonic() - began >= 1.5


def test_orders_at_work_survive_the_end_of_the_exchange(tmp_path: Path) -> None:
    state = tmp_path / "practice.state"
    with serving(open_practice(has_control=True, state=state)) as server, _controlled(server) as control:
        control.price(5050)
        control.bracket(SIM_ACCOUNT, "BUY", 2, stop=5040, target=5060)
        control.place(LIVE_ACCOUNT, "SELL", 1, "limit", 5070)
        before = control.books()
    with serving(open_practice(has_control=True, state=state)) as server, _controlled(server) as control:
        assert control.books() == before
        control.price(5060)
        assert control.positions(SIM_ACCOUNT) == {}


def _controlled(server: PracticeServer) -> Control:
    assert server.control is not None
    return Control(server.control.port, server.control.token)


def _come_back(room: Room) -> Wire:
    while True:
        try:
            return room.client()
        except ConnectionRefusedError:
            time.sleep(0.02)


def _left(client: socket.socket) -> bool:
    """True once the other side has closed, with or without a word."""
    try:
        while client.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    return True


def test_the_command_line_knows_the_quirks_and_refuses_others(capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["practice", "--port", "0", "--quirk", "silent", "--quirk", "position-lag", "--control"])
    assert (options.quirks, options.control) == (["silent", "position-lag"], True)
    options = parse(["practice", "--port", "0"])
    assert (options.quirks, options.control) == ([], False)
    with pytest.raises(SystemExit):
        parse(["practice", "--port", "0", "--quirk", "rude"])
    assert "'rude'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(["practice", "--help"])
    helped = "".join(capsys.readouterr().out.split())
    assert all(name in helped for name in QuirkName)
