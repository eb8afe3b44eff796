"""The practice exchange on a port: one thread that waits for clients, ticks and orders at once."""

import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from core.errors import ConfigError
from core.values import Side
from data.practice.connection import Connection
from data.practice.exchange import Exchange, MarketOrder
from data.practice.floor import Floor
from data.practice.session import Session
from data.practice.trader import Trader, nobody

LOOPBACK = "127.0.0.1"

_log = logging.getLogger(__name__)
_CONGESTED = 1 << 20  # bytes a client has not taken: the market waits for him, so that no tick is ever left out
_TICKS_PER_PASS = 200  # then the clients are looked after again
_STOP_REASON = "The practice exchange is stopping"


class PracticeServer:
    """Serves one exchange to any number of clients on this machine.

    `run` makes its caller the practice thread, which owns everything here; of the rest only `stop` and `submit` may be
    called from other threads. `port` is bound from the beginning, so a client may connect before `run`.
    """

    def __init__(self, exchange: Exchange, trader: Trader = nobody, port: int = 0) -> None:
        """Binds the port, 0 for a free one.

        Raises:
            ConfigError: the port is taken.
        """
        self._floor = Floor(exchange, trader)
        self._connections: list[Connection] = []
        self._submitted: SimpleQueue[MarketOrder] = SimpleQueue()
        self._stopping = threading.Event()
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._wake_end, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_end, selectors.EVENT_READ)

    def run(self) -> None:
        """Serves until `stop`, then says goodbye to every client and closes everything."""
        try:
            while not self._stopping.is_set():
                self._serve_once()
            for connection in self._connections:
                connection.say_goodbye(_STOP_REASON)
            self._connections.clear()
        finally:
            self.close()

    def stop(self) -> None:
        """Ends `run` soon; from any thread, as often as one likes."""
        self._stopping.set()
        self._wake()

    def submit(self, account: str, symbol: str, side: Side, qty: int) -> None:
        """Has a market order executed between two ticks; from any thread. A refusal goes to the log."""
        self._submitted.put(MarketOrder(account, symbol, side, qty))
        self._wake()

    def close(self) -> None:
        """Frees the port and the state file; `run` does it by itself."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._selector.close()
        for end in (self._listener, self._wake_end, self._waker):
            end.close()
        self._floor.exchange.close()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            pass  # it is awake already, many times over
        except OSError:
            _log.debug("The practice exchange has stopped before")

    def _serve_once(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._wake_end:
                self._wake_end.recv(1 << 12)
            elif mask & selectors.EVENT_READ:
                key.data.read(time.monotonic())
        self._take_submissions()
        self._advance_market()
        self._tend_connections()

    def _patience(self) -> float | None:
        """Seconds until something is due by itself; None for never."""
        deadlines = [connection.session.deadline for connection in self._connections]
        due_at = self._floor.due_at()
        if due_at is not None and not self._is_congested():
            deadlines.append(due_at)
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _accept(self) -> None:
        try:
            client, _address = self._listener.accept()
        except OSError as error:
            _log.info("A client left before he was let in: %s", error)
            return
        session = Session(self._floor, time.monotonic())
        self._connections.append(Connection(client, session, self._selector))
        self._floor.listeners.append(session)

    def _take_submissions(self) -> None:
        try:
            while True:
                self._floor.trade_unasked(self._submitted.get_nowait())
        except Empty:
            return

    def _advance_market(self) -> None:
        now = time.monotonic()
        for _ in range(_TICKS_PER_PASS):
            due_at = self._floor.due_at()
            if due_at is None or due_at > now or self._is_congested():
                return
            self._floor.publish_next(now)

    def _is_congested(self) -> bool:
        return any(len(connection.session.out) > _CONGESTED for connection in self._connections)

    def _tend_connections(self) -> None:
        now = time.monotonic()
        for connection in tuple(self._connections):
            connection.session.keep_alive(now)
            connection.write()
            if connection.session.ended:
                self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._connections.remove(connection)
        self._floor.listeners.remove(connection.session)


@contextmanager
def serving(server: PracticeServer) -> Iterator[PracticeServer]:
    """Runs the server on a thread of its own, named `practice`, and stops it at the end."""
    thread = threading.Thread(target=server.run, name="practice")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Windows: there the option would let a second exchange share the port; elsewhere it frees the port of a killed one.
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(f"Port {port} cannot be used for the practice exchange: {error}") from error
    return listener
