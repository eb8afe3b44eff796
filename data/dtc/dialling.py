"""Connecting without waiting longer than one is wanted."""

import errno
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from data.dtc.resolving import Place

_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK)}


def dial(
    places: Iterable[Place], timeout: float, wake: socket.socket, is_stopping: Callable[[], bool]
) -> socket.socket | None:
    """A socket connected to the first of `places` that answers, which never blocks; None when told to stop.

    `wake` is readable when `is_stopping` should be looked at.

    Raises:
        OSError: nobody answers.
    """
    refusal = OSError(errno.EHOSTUNREACH, "There is no such host")
    for family, kind, protocol, _, where in places:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            _connect(connection, where, timeout, wake, is_stopping)
            if not is_stopping():
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
        except OSError as error:
            refusal = error
        connection.close()
        if is_stopping():
            return None
    if is_stopping():
        return None
    raise refusal


def _connect(
    connection: socket.socket,
    where: tuple[Any, ...],
    timeout: float,
    wake: socket.socket,
    is_stopping: Callable[[], bool],
) -> None:
    """Connects, or returns because `is_stopping`."""
    code = connection.connect_ex(where)
    if code not in _UNDER_WAY:
        raise OSError(code, os.strerror(code))
    deadline = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_WRITE)
        selector.register(wake, selectors.EVENT_READ)
        while not is_stopping():
            ready = {key.fileobj for key, _ in selector.select(max(0.0, deadline - time.monotonic()))}
            if connection in ready:
                break
            if not ready:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            wake.recv(1 << 12)
    if code := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(code, os.strerror(code))
