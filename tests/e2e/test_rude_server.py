"""A server that says what no server may say: the window stays, and tells it in one clear line."""

import json
import math
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from app.cli import main
from data.dtc import handshake
from data.dtc.enums import Encoding
from tests.e2e.conftest import Desk

Talk = Callable[[socket.socket], None]

_LOGON = {"Type": 2, "Result": 1, "ServerName": "Rude", "TradingIsSupported": 1}
_ACCOUNT = {"Type": 401, "TradeAccount": "A1", "TotalNumberMessages": 1, "MessageNumber": 1}
_DEFINITION = {
    "Type": 507, "Symbol": "MESZ26-CME", "SecurityType": 1, "MinPriceIncrement": 0.25, "IsFinalMessage": 1,
    "CurrencyValuePerIncrement": 1.25, "Currency": "USD", "DisplayPriceMultiplier": 1,
}  # fmt: skip
_NO_FILLS = {"Type": 304, "TotalNumberMessages": 1, "MessageNumber": 1, "NoOrderFills": 1}
_FILL = {
    "Type": 301, "Symbol": "MESZ26-CME", "TradeAccount": "A1", "ServerOrderID": "7", "OrderUpdateReason": 4,
    "BuySell": 1, "LastFillPrice": 5050.25, "LastFillQuantity": 2, "LastFillDateTime": 1_790_000_000,
    "LastFillExecutionID": "x1", "TotalNumMessages": 1, "MessageNumber": 1,
}  # fmt: skip


@contextmanager
def rude_server(talk: Talk) -> Iterator[int]:
    """Says the same to everybody who comes, and hangs up on nobody before they do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        ending = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, talk, ending))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ending.set()
            thread.join()


def _serve(listener: socket.socket, talk: Talk, ending: threading.Event) -> None:
    while not ending.is_set():
        try:
            client, _ = listener.accept()
        except TimeoutError:
            continue
        with client:
            client.settimeout(5)
            try:
                talk(client)
                while client.recv(1 << 16):
                    pass
            except OSError:
                continue


def _say(client: socket.socket, *messages: dict[str, Any] | bytes) -> None:
    for message in messages:
        client.sendall((message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\0")


def _greet(client: socket.socket) -> None:
    client.recv(handshake.SIZE, socket.MSG_WAITALL)
    client.sendall(handshake.encode_response(Encoding.JSON))


def _log_on(client: socket.socket) -> None:
    """Lets the client in, names a contract and one account, and says that it has no fills of before."""
    _greet(client)
    _answer(client, 1)
    _say(client, _LOGON, _DEFINITION)
    asked = _answer(client, 400)
    _say(client, {**_ACCOUNT, "RequestID": asked["RequestID"]})
    asked = _answer(client, 303)
    _say(client, {**_NO_FILLS, "RequestID": asked["RequestID"]})


def _answer(client: socket.socket, question: int) -> dict[str, Any]:
    """Reads until the client asks `question`."""
    heard = b""
    while True:
        heard += client.recv(1)
        if heard.endswith(b"\0"):
            asked: dict[str, Any] = json.loads(heard[:-1])
            if asked["Type"] == question:
                return asked
            heard = b""


def _after_logon(*messages: dict[str, Any] | bytes) -> Talk:
    def talk(client: socket.socket) -> None:
        _log_on(client)
        _say(client, *messages)

    return talk


def _fills(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A sound fill for each of the changes, but for that change."""
    return [{**_FILL, "LastFillExecutionID": f"x{number}", **change} for number, change in enumerate(changes)]


def _garbage(client: socket.socket) -> None:
    client.sendall(struct.pack("<16Q", *range(16)))


_NO_DTC: dict[str, Talk] = {
    "garbage for a handshake": _garbage,
    "garbage after the logon": _after_logon(b"\xff\xfe" * 40),
    "an endless message": _after_logon(b'{"Type": 301, "Symbol": "' + b"M" * 200_000),
    "endless nesting": _after_logon(b"[" * 50_000),
}
_WITHOUT_PRICE: list[dict[str, Any]] = [
    {"LastFillPrice": price} for price in ("NaN", math.nan, 1.7976931348623157e308, 0, None)
]
_UNREADABLE: list[dict[str, Any]] = [
    {"LastFillQuantity": 0},
    {"LastFillQuantity": "many"},
    {"BuySell": 9},
    {"TradeAccount": ""},
]
_TALKS: dict[str, Talk] = _NO_DTC | {
    "fills without a price": _after_logon(*_fills(_WITHOUT_PRICE)),
    "fills that cannot be booked": _after_logon(*_fills(_UNREADABLE), {**_FILL, "LastFillExecutionID": "good"}),
    "one fill three times": _after_logon(_FILL, _FILL, _FILL),
}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Desk]:
    """One desk for each rude server, whose window has met it and is closed again."""
    desks = {}
    with ExitStack() as stack:
        windows = []
        for name, talk in _TALKS.items():
            desks[name] = desk = Desk(tmp_path_factory.mktemp("rude"), stack)
            port = stack.enter_context(rude_server(talk))
            windows.append(desk.start_window(port, "--for", "2.5", "--screenshot", str(desk.picture)))
        for window in windows:
            window.finish()
    return desks


@pytest.mark.parametrize("name", _TALKS)
def test_no_server_makes_the_window_stumble(met: dict[str, Desk], name: str) -> None:
    assert "Traceback" not in met[name].log.read_text("utf-8")
    assert main(["audit", "--data-dir", str(met[name].data_dir)]) == 0


@pytest.mark.parametrize("name", _NO_DTC)
def test_a_link_that_is_no_dtc_is_dropped_and_said(met: dict[str, Desk], name: str) -> None:
    words = met[name].seen()
    assert sum("Link dropped, this is not DTC: " in line for line in words) == 1, "\n".join(words)


def test_a_fill_without_a_readable_price_counts_and_its_price_is_unknown(met: dict[str, Desk]) -> None:
    fills, (position,) = met["fills without a price"].read("SELECT * FROM execution", "SELECT * FROM openposition")
    assert [(fill["qty"], fill["price"]) for fill in fills] == [(2, None)] * len(_WITHOUT_PRICE)
    assert (position["qty"], position["entry_price"], position["mae"]) == (2 * len(_WITHOUT_PRICE), None, None)


def test_a_fill_that_cannot_be_booked_is_kept_as_refused_and_said(met: dict[str, Desk]) -> None:
    desk = met["fills that cannot be booked"]
    refused, booked = desk.read(
        "SELECT * FROM positionevent WHERE kind = 'input_refused'", "SELECT execution_id FROM execution"
    )
    assert len(refused) == len(_UNREADABLE)
    assert [row["execution_id"] for row in booked] == ["good"]
    # Said to the trader, and behind it the notice of the fill that could be booked.
    assert f"{len(_UNREADABLE)} earlier" in desk.seen()
    assert desk.log.read_text("utf-8").count("Refused: a report of") == len(_UNREADABLE)


def test_a_fill_told_three_times_is_one_fill(met: dict[str, Desk]) -> None:
    assert met["one fill three times"].booked() == {"x1"}
