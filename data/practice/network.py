"""The network between the exchange and its clients: who is connected, and how it breaks."""

import selectors
import socket
import time

from data.practice.connection import Connection
from data.practice.door import Door
from data.practice.floor import Floor
from data.practice.session import Session

_CONGESTED = 1 << 20  # bytes a client has not taken: the market waits for him, so that no tick is ever left out


class Network:
    """The clients' connections and the door they come in by. Used on the practice thread only."""

    def __init__(self, floor: Floor, port: int, selector: selectors.BaseSelector) -> None:
        """Binds the port, 0 for a free one.

        Raises:
            ConfigError: the port is taken.
        """
        self._floor = floor
        self._selector = selector
        self._connections: list[Connection] = []
        self._cut_until: float | None = None
        self._stalled_until: float | None = None
        self._door = Door(port, selector, self._let_in)
        self.port = self._door.port

    @property
    def client_count(self) -> int:
        return len(self._connections)

    @property
    def is_stalled(self) -> bool:
        """True while the exchange neither reads nor sends."""
        return self._stalled_until is not None

    @property
    def is_congested(self) -> bool:
        return any(len(connection.session.out) > _CONGESTED for connection in self._connections)

    @property
    def deadline(self) -> float | None:
        """When there is something to do next, on the monotonic clock."""
        moments = [moment for moment in (self._cut_until, self._stalled_until) if moment is not None]
        if not self.is_stalled:
            moments += [connection.session.deadline for connection in self._connections]
        return min(moments, default=None)

    def cut(self, seconds: float) -> None:
        """Every connection ends without a goodbye, and for so long nobody gets in."""
        self._resume()
        for connection in tuple(self._connections):
            self._drop(connection)
        if self._cut_until is None:
            self._door.shut()
        self._cut_until = time.monotonic() + seconds

    def stall(self, seconds: float) -> None:
        """For so long nothing is read and nothing is sent; connections stay as they are."""
        if self._cut_until is None and not self.is_stalled:
            self._door.pause()
            for connection in self._connections:
                connection.pause()
        if self._cut_until is None:
            self._stalled_until = time.monotonic() + seconds

    def tend(self, now: float) -> None:
        """Mends what has been broken for long enough, then sends what is due and drops who has left."""
        if self._cut_until is not None and now >= self._cut_until:
            self._cut_until = None
            self._door.open()
        if self._stalled_until is not None and now >= self._stalled_until:
            self._resume()
        if self.is_stalled:
            return
        for connection in tuple(self._connections):
            connection.session.keep_alive(now)
            connection.write()
            if connection.session.ended:
                self._drop(connection)

    def say_goodbye(self, reason: str) -> None:
        """Logs every client off and closes his connection."""
        self._resume()
        for connection in self._connections:
            connection.say_goodbye(reason)
        self._connections.clear()

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._door.close()

    def _resume(self) -> None:
        if not self.is_stalled:
            return
        self._stalled_until = None
        self._door.resume()
        for connection in self._connections:
            connection.resume()

    def _let_in(self, client: socket.socket, now: float) -> None:
        session = Session(self._floor, now)
        self._connections.append(Connection(client, session, self._selector))
        self._floor.listeners.append(session)

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._connections.remove(connection)
        self._floor.listeners.remove(connection.session)
