"""The link and servers that misbehave: one clear sentence, then on."""

import gc
import socket
import threading
import time
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from core.facts import (
    Fact,
    Fill,
    InputRefused,
    LinkDown,
    LinkUp,
    PricesSeen,
)
from core.snapshots import LinkState, LinkStatus
from core.values import PriceRange
from data.dtc import connection as connection_module
from data.dtc import messages as dtc
from data.dtc.codec import LONGEST_MESSAGE, encode
from data.dtc.link import Address, Link
from data.dtc.timing import Timing
from tests.dtc_talk import SYMBOL, definition, filled
from tests.rude_server import (
    QUICK,
    WELCOME,
    Heard,
    cut,
    drain,
    end,
    linked,
    say,
    serving,
    understood,
    unreachable,
    wait_until,
)

OPEN_FILES = Path("/proc/self/fd")
pytestmark = pytest.mark.says  # each loss is a warning in the log


def trade(price: float) -> bytes:
    return encode(dtc.MarketDataUpdateTrade(SymbolID=1, Price=price, DateTime=time.time()))


def test_prices_before_a_fill_are_handed_on_before_it_and_those_after_it_after() -> None:
    heard = Heard()
    ticks = trade(5050), trade(5049.5), encode(filled()), trade(5051)
    with serving(say(WELCOME + encode(definition()) + b"".join(ticks))) as port, linked(port, heard):
        heard.until(Fill)
        after = heard.until(PricesSeen)
        assert heard.quotes.latest()["MESZ26"].price == 5051
    order = [event for event in heard.all if isinstance(event, PricesSeen | Fill)]
    assert [type(event) for event in order] == [PricesSeen, Fill, PricesSeen]
    assert isinstance(order[0], PricesSeen)
    assert order[0].prices == PriceRange(Decimal("5049.5"), Decimal(5050))
    assert after.prices == PriceRange.at(Decimal(5051))


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_stream_in_crumbs_is_the_same_stream(size: int) -> None:
    heard = Heard()
    stream = WELCOME + encode(definition()) + encode(filled())

    def crumble(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(stream), size):
            client.sendall(stream[start : start + size])
        drain(client)

    with serving(crumble) as port, linked(port, heard):
        assert heard.until(Fill).execution_id == "E1"


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
        WELCOME + b"\xff\xfe{{{\0",
        WELCOME + b"x" * (LONGEST_MESSAGE + 1),
        WELCOME + b'{"Type":301,' + b" " * LONGEST_MESSAGE + b"}\0",
    ],
    ids=["another protocol", "no JSON", "over-long without end", "over-long with an end"],
)
def test_garbage_is_one_clear_sentence_and_the_link_comes_again(garbage: bytes) -> None:
    heard = Heard()
    with serving(say(garbage), say(WELCOME)) as port, linked(port, heard):
        assert heard.status(LinkState.DOWN).startswith("Link dropped, this is not DTC: ")
        assert heard.status(LinkState.UP) == "Connected to Rude"
    assert sum(isinstance(e, LinkStatus) and e.state is LinkState.DOWN for e in heard.all) == 1


def test_what_was_said_before_the_garbage_is_handed_on() -> None:
    heard = Heard()
    stream = WELCOME + encode(definition()) + trade(5050) + encode(filled()) + trade(5052) + b"garbage\0"
    with serving(say(stream)) as port, linked(port, heard):
        down = heard.until(LinkDown)
    facts = [type(e) for e in heard.all if isinstance(e, PricesSeen | Fill | LinkDown)]
    assert facts == [PricesSeen, Fill, PricesSeen, LinkDown]
    assert "garbage" in down.reason


def test_a_cut_is_told_and_the_link_comes_again_a_little_later_each_time() -> None:
    heard = Heard()
    met: list[float] = []

    def hang_up(client: socket.socket) -> None:
        met.append(time.monotonic())
        cut(WELCOME)(client)

    with serving(hang_up) as port, linked(port, heard, Timing(first_pause=0.05, longest_pause=0.2)):
        wait_until(lambda: len(met) >= 5)
    pauses = [b - a for a, b in pairwise(met)]
    assert pauses[0] >= 0.04
    assert pauses[1] >= 0.08
    assert min(pauses[2:]) >= 0.16
    heard.rest()
    lost = [event.text for event in heard.all if isinstance(event, LinkStatus) and event.state is LinkState.DOWN]
    assert set(lost) == {"Link lost: the server closed the connection"}
    # The last of them may have been left before it had let us in.
    assert sum(isinstance(event, LinkDown) for event in heard.all) in (len(met) - 1, len(met))


def test_a_reset_is_a_loss_and_not_nobody() -> None:
    def reset(client: socket.socket) -> None:
        client.sendall(WELCOME)
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    heard = Heard()
    with serving(reset, say(WELCOME)) as port, linked(port, heard):
        assert heard.status(LinkState.DOWN).startswith("Link lost: ")


def test_silence_is_the_end_of_a_link() -> None:
    heard = Heard()
    timing = Timing(heartbeat_interval=0.1, first_pause=0.01)
    with serving(say(WELCOME)) as port, linked(port, heard, timing):
        began = time.monotonic()
        assert heard.until(LinkDown).reason == "The server has been silent for 0.2 s"
        assert time.monotonic() - began < 1.5


def test_a_server_that_never_answers_is_given_up() -> None:
    heard = Heard()
    with serving(say(b"")) as port, linked(port, heard, Timing(handshake_deadline=0.1, first_pause=0.01)):
        assert heard.status(LinkState.DOWN) == "Link lost: The server did not answer the logon"
    assert not any(isinstance(event, LinkDown) for event in heard.rest())


def test_heartbeats_go_out_while_nothing_comes_in() -> None:
    said: list[bytes] = []

    def listen(client: socket.socket) -> None:
        client.sendall(WELCOME)
        said.append(drain(client))

    with serving(listen) as port, linked(port, heard := Heard(), Timing(heartbeat_interval=0.1)):
        heard.until(LinkDown)
    (first, *_rest) = said
    assert sum(isinstance(message, dtc.Heartbeat) for message in understood(first)) == 1


def test_nobody_listening_is_said_so_and_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    heard = Heard()
    with linked(port, heard):
        for _ in range(3):
            assert heard.status(LinkState.DOWN) == f"Nobody answers at 127.0.0.1:{port}: Connection refused"


def test_an_unreadable_fill_is_refused_and_the_link_stays() -> None:
    heard = Heard()
    bad = b'{"Type":301,"TradeAccount":"Sim1","BuySell":[]}\0'
    with serving(say(WELCOME + bad + encode(definition()) + encode(filled()))) as port, linked(port, heard):
        assert heard.until(InputRefused).account == "Sim1"
        heard.until(Fill)


def test_stopping_says_goodbye() -> None:
    said: list[bytes] = []

    def listen(client: socket.socket) -> None:
        client.sendall(WELCOME)
        said.append(drain(client))

    with serving(listen) as port, linked(port, heard := Heard()):
        heard.until(LinkUp)
    assert understood(said[0])[-1] == dtc.Logoff(Reason="Heatline was closed")


def test_symbols_wanted_before_and_after_connecting_are_asked_for_again_on_each_connection() -> None:
    said: list[bytes] = []

    def listen(client: socket.socket) -> None:
        client.sendall(WELCOME)
        data = b""
        while data.count(b'"Type":506') < 2:
            data += client.recv(1 << 16)
        said.append(data)

    with serving(listen, listen, say(WELCOME)) as port, linked(port, heard := Heard(), QUICK, SYMBOL) as link:
        heard.until(LinkUp)
        link.watch(["NQZ26-CME"])
        wait_until(lambda: len(said) == 2)
    for data in said:
        asked = [m.Symbol for m in understood(data) if isinstance(m, dtc.SecurityDefinitionForSymbolRequest)]
        assert set(asked) == {SYMBOL, "NQZ26-CME"}


def test_stopping_twice_or_before_the_start_or_after_the_end_is_no_error() -> None:
    link = Link(Address("127.0.0.1", 1), Heard().outlets, QUICK)
    link.stop()
    link.start()
    link.stop()
    end(link)
    link.stop()
    link.watch(["late"])


def test_stopping_while_connecting_does_not_wait_for_the_network() -> None:
    heard = Heard()
    with unreachable() as port:
        with linked(port, heard):
            heard.status(LinkState.CONNECTING)
            time.sleep(0.05)
            began = time.monotonic()
        assert time.monotonic() - began < 1


def test_connecting_is_given_up_after_a_while() -> None:
    heard = Heard()
    with unreachable() as port, linked(port, heard, Timing(connect_timeout=0.1)):
        assert heard.status(LinkState.DOWN).endswith("Connection timed out")


def test_a_fault_of_ours_goes_into_the_funnel_and_the_link_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda hook: faults.append(hook.exc_value))
    heard = Heard()
    post = heard.outlets.post

    def fail_once(fact: Fact) -> None:
        if isinstance(fact, Fill) and not faults:
            raise ZeroDivisionError
        post(fact)

    heard.outlets = replace(heard.outlets, post=fail_once)
    with serving(say(WELCOME + encode(definition()) + encode(filled()))) as port, linked(port, heard):
        assert heard.until(LinkDown).reason == "A fault inside Heatline"
        assert "fault inside Heatline" in heard.status(LinkState.DOWN)
        heard.until(Fill)
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_a_server_that_does_not_read_cannot_make_us_hoard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_MOST_UNSENT", 1000)
    definitions = b"".join(encode(definition(f"X{number}-{'y' * 60_000}")) for number in range(200))

    def deaf(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        client.sendall(WELCOME + definitions)
        time.sleep(0.2)

    heard = Heard()
    with serving(deaf) as port, linked(port, heard):
        assert "does not read" in heard.until(LinkDown).reason


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="this system does not list what a process has open")
def test_no_socket_is_left_behind() -> None:
    gc.collect()
    before = len(list(OPEN_FILES.iterdir()))
    heard = Heard()
    with serving(cut(WELCOME)) as port, linked(port, heard):
        heard.until(LinkDown, 3)
    assert len(list(OPEN_FILES.iterdir())) == before
