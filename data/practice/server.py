"""The practice exchange on a port: one thread that waits for clients, ticks and orders at once."""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from core.values import Side
from data.practice.control import Control
from data.practice.control_port import ControlPort
from data.practice.exchange import Exchange
from data.practice.floor import Floor
from data.practice.network import Network
from data.practice.orders import Ticket
from data.practice.scid_recorder import ScidRecorder
from data.practice.trader import Trader, nobody

_log = logging.getLogger(__name__)
_TICKS_PER_PASS = 200  # then the clients are looked after again
_STOP_REASON = "The practice exchange is stopping"


class PracticeServer:
    """Serves one exchange to any number of clients on this machine.

    `run` makes its caller the practice thread, which owns everything here; of the rest only `stop` and `submit` may be
    called from other threads. `port` is bound from the beginning, so a client may connect before `run`. `control` is
    the port for tests and tools, None unless asked for.
    """

    def __init__(
        self,
        exchange: Exchange,
        trader: Trader = nobody,
        port: int = 0,
        quirks: Iterable[str] = (),
        *,
        has_control: bool = False,
        recorder: ScidRecorder | None = None,
    ) -> None:
        """Binds the port, 0 for a free one. `recorder` writes down the trades, and is closed with the server.

        Raises:
            ConfigError: the port is taken, or there is no such quirk.
        """
        self._floor = Floor(exchange, trader, quirks)
        self._recorder = recorder
        if recorder is not None:
            self._floor.listeners.append(recorder)
        self._submitted: SimpleQueue[Ticket] = SimpleQueue()
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        try:
            self._network = Network(self._floor, port, self._selector)
        except BaseException:
            self._selector.close()
            raise
        self.port = self._network.port
        self._wake_end, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._selector.register(self._wake_end, selectors.EVENT_READ, lambda _now: self._wake_end.recv(1 << 12))
        performing = Control(self._floor, self._network).perform
        self.control = ControlPort(self._selector, performing) if has_control else None

    def run(self) -> None:
        """Serves until `stop`, then says goodbye to every client and closes everything."""
        try:
            while not self._stopping.is_set():
                self._serve_once()
            self._network.say_goodbye(_STOP_REASON)
        finally:
            self.close()

    def stop(self) -> None:
        """Ends `run` soon; from any thread, as often as one likes."""
        self._stopping.set()
        self._wake()

    def submit(self, account: str, symbol: str, side: Side, qty: int) -> None:
        """Has a market order executed between two ticks; from any thread. A refusal goes to the log."""
        self._submitted.put(Ticket(account, symbol, side, qty))
        self._wake()

    def close(self) -> None:
        """Frees the ports and the state file; `run` does it by itself."""
        self._network.close()
        if self.control is not None:
            self.control.close()
        self._selector.close()
        for end in (self._wake_end, self._waker):
            end.close()
        self._floor.exchange.close()
        if self._recorder is not None:
            self._recorder.close()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            pass  # it is awake already, many times over
        except OSError:
            _log.debug("The practice exchange has stopped before")

    def _serve_once(self) -> None:
        for key, _mask in self._selector.select(self._patience()):
            if key.fd in self._selector.get_map():  # what came before may have ended this one
                key.data(time.monotonic())
        self._take_submissions()
        if not self._network.is_stalled:
            self._floor.tell_overdue()
            self._advance_market()
        self._network.tend(time.monotonic())
        if self.control is not None:
            self.control.tend()

    def _patience(self) -> float | None:
        """Seconds until something is due by itself; None for never."""
        moments = [self._network.deadline]
        if not self._network.is_stalled:
            moments.append(self._floor.manners.due_at())
            if not self._network.is_congested:
                moments.append(self._floor.due_at())
        due = min((moment for moment in moments if moment is not None), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

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
            if due_at is None or due_at > now or self._network.is_congested:
                return
            self._floor.publish_next(now)


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
