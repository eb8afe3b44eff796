"""A server that says whatever the test wants, to see how the link takes it; and the link's outlets, within reach."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar

from core.clock import utc_now
from core.facts import Fact
from core.quotes import QuoteBox
from core.snapshots import LinkState, LinkStatus, Publication
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.codec import JsonCodec, encode
from data.dtc.connection import Outlets
from data.dtc.enums import Encoding
from data.dtc.link import Address, Link
from data.dtc.timing import Timing

PATIENCE_S = 10.0
QUICK = Timing(first_pause=0.02, longest_pause=0.1)


def welcome(server_name: str) -> bytes:
    return handshake.encode_response(Encoding.JSON) + encode(
        dtc.LogonResponse(Result=1, TradingIsSupported=1, ServerName=server_name)
    )


WELCOME = welcome("Rude")
Wanted = TypeVar("Wanted")
Manners = Callable[[socket.socket], None]


class Heard:
    """Everything a link hands on, in order, and waiting for it."""

    def __init__(self) -> None:
        self.quotes = QuoteBox()
        self.all: list[Fact | Publication] = []
        self._new: queue.SimpleQueue[Fact | Publication] = queue.SimpleQueue()
        self.outlets = Outlets(post=self._new.put, publish=self._new.put, quotes=self.quotes, now=utc_now)

    def until(self, kind: type[Wanted], count: int = 1) -> Wanted:
        """Waits for the next `count` of a kind; the last of them."""
        while True:
            event = self._new.get(timeout=PATIENCE_S)
            self.all.append(event)
            if isinstance(event, kind):
                count -= 1
                if not count:
                    return event

    def status(self, state: LinkState) -> str:
        while (status := self.until(LinkStatus)).state is not state:
            pass
        return status.text

    def rest(self) -> list[Fact | Publication]:
        """What has come besides, once the link has ended."""
        while not self._new.empty():
            self.all.append(self._new.get())
        return self.all


@contextmanager
def linked(port: int, heard: Heard, timing: Timing = QUICK, *symbols: str) -> Iterator[Link]:
    """A running link, stopped and joined at the end."""
    link = Link(Address("127.0.0.1", port), heard.outlets, timing)
    link.watch(symbols)
    link.start()
    try:
        yield link
    finally:
        end(link)


def end(link: Link) -> None:
    link.stop()
    link.join(PATIENCE_S)
    assert not link.is_alive()
    link.close()


@contextmanager
def serving(*manners: Manners) -> Iterator[int]:
    """Meets each client with the next of `manners`, the last of them for ever; gives the port."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def meet() -> None:
            turn = 0
            while True:
                client, _ = listener.accept()
                with client:
                    if stopping.is_set():
                        return
                    client.settimeout(PATIENCE_S)
                    manner = manners[min(turn, len(manners) - 1)]
                    turn += 1
                    _behave(manner, client)

        thread = threading.Thread(target=meet, name="rude")
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield port
        finally:
            stopping.set()
            with socket.create_connection(("127.0.0.1", port)):
                pass
            thread.join(PATIENCE_S)


def _behave(manner: Manners, client: socket.socket) -> None:
    with suppress(OSError):  # the link may hang up on so much rudeness
        manner(client)


@contextmanager
def unreachable() -> Iterator[int]:
    """The port of a listener whose queue is full: it answers nobody, like a machine that is switched off."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            one = sockets.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def say(data: bytes) -> Manners:
    """Says it at once, then waits until the other side hangs up."""

    def manner(client: socket.socket) -> None:
        client.sendall(data)
        drain(client)

    return manner


def answering(answer: Callable[[dtc.Message], Iterable[dtc.Message]], greeting: bytes = WELCOME) -> Manners:
    """Lets the other side in and answers each message as `answer` says, until it hangs up."""

    def manner(client: socket.socket) -> None:
        client.sendall(greeting)
        codec, begun = JsonCodec(), bytearray()
        while data := client.recv(1 << 16):
            rest = data
            if len(begun) < handshake.SIZE:
                begun += data
                rest = bytes(begun[handshake.SIZE :])
            for message in codec.feed(rest):
                if isinstance(message, dtc.Message):
                    client.sendall(b"".join(map(encode, answer(message))))

    return manner


def cut(data: bytes) -> Manners:
    """Says it, then hangs up."""

    def manner(client: socket.socket) -> None:
        client.recv(1 << 16)
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        drain(client)

    return manner


def drain(client: socket.socket) -> bytes:
    """All that the other side says until it hangs up."""
    said = b""
    while data := client.recv(1 << 16):
        said += data
    return said


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def understood(said: bytes) -> list[dtc.Message]:
    """What a link said after the handshake."""
    frames = JsonCodec().feed(said.removeprefix(handshake.encode_request(Encoding.JSON)))
    return [message for message in frames if isinstance(message, dtc.Message)]
