"""Finding a host's addresses. The system's look-up cannot be interrupted, so a thread of its own waits for it."""

import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """Where a DTC server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


class Resolver:
    """Looks one address up, again for each connection. `wake` is called from another thread when an answer is there.

    A look-up that hangs is left behind: its thread is a daemon, which keeps no program from ending, and there is never
    more than one of them.
    """

    def __init__(self, address: Address, wake: Callable[[], None]) -> None:
        self._address = address
        self._wake = wake
        self._running: Future[list[Place]] | None = None

    def find(self, timeout: float, woken: socket.socket, is_stopping: Callable[[], bool]) -> list[Place]:
        """The places to try, in order; none when told to stop.

        `woken` is readable after `wake`, and when `is_stopping` should be looked at.

        Raises:
            OSError: there is no such host, or nobody says so in time.
        """
        with suppress(socket.gaierror):
            return _look_up(self._address, socket.AI_NUMERICHOST)
        answer = self._running or self._begin()
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            while not answer.done():
                if is_stopping():
                    return []
                patience = deadline - time.monotonic()
                if patience <= 0:
                    raise TimeoutError(errno.ETIMEDOUT, f"nobody finds the name {self._address.host}")
                if selector.select(patience):
                    woken.recv(1 << 12)
        self._running = None
        return answer.result()

    def _begin(self) -> "Future[list[Place]]":
        answer: Future[list[Place]] = Future()
        self._running = answer
        threading.Thread(target=self._answer, args=(answer,), name="resolver", daemon=True).start()
        return answer

    def _answer(self, answer: "Future[list[Place]]") -> None:
        try:
            answer.set_result(_look_up(self._address))
        except OSError as error:
            answer.set_exception(error)
        self._wake()


def _look_up(address: Address, flags: int = 0) -> list[Place]:
    return list(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=flags))
