"""The port clients come in by, which can be shut for a while as a broken network would."""

import logging
import os
import selectors
import socket
from collections.abc import Callable

from core.errors import ConfigError

LOOPBACK = "127.0.0.1"

_log = logging.getLogger(__name__)


class Door:
    """Listens on loopback and hands over who comes. Used on the practice thread only.

    While it is shut, a client who knocks is refused at once; while it is paused, he waits.
    """

    def __init__(
        self, port: int, selector: selectors.BaseSelector, welcome: Callable[[socket.socket, float], None]
    ) -> None:
        """Binds the port, 0 for a free one.

        Raises:
            ConfigError: the port is taken.
        """
        self._selector = selector
        self._welcome = welcome
        self._socket = _bind(port)
        self.port: int = self._socket.getsockname()[1]
        self._socket.listen()
        self.resume()

    def shut(self) -> None:
        """Refuses everybody from now on; the port stays ours."""
        self.pause()
        self._socket.close()
        self._socket = _bind(self.port)

    def open(self) -> None:
        self._socket.listen()
        self.resume()

    def pause(self) -> None:
        self._selector.unregister(self._socket)

    def resume(self) -> None:
        self._selector.register(self._socket, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        self._socket.close()

    def _accept(self, now: float) -> None:
        try:
            client, _address = self._socket.accept()
        except OSError as error:
            _log.info("A client left before he was let in: %s", error)
            return
        self._welcome(client, now)


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Windows: there the option would let a second exchange share the port; elsewhere it frees the port of a killed one.
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(f"Port {port} cannot be used for the practice exchange: {error}") from error
    return listener
