"""Every test fails on noise: stray threads and log warnings it did not ask for."""

import logging
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_stray_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture(autouse=True)
def no_unexpected_warnings(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning in the log is a failure, unless the test is marked `says` because it is about that very warning."""
    yield
    if request.node.get_closest_marker("says"):
        return
    loud = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not loud, [record.getMessage() for record in loud]
