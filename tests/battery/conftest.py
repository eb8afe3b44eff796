"""Counts, seeds and folders of the batteries."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Books, postgres_server, shared_database

__all__ = ["postgres_server", "shared_database"]

# Memory where there is some to hold files: batteries write gigabytes, and their faults are simulated anyway.
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it


def count(name: str, default: int) -> int:
    """How often, as BATTERY_<name> says: `BATTERY_KILLS=100 pytest -m battery tests/battery/test_kills.py`."""
    return int(os.environ.get(f"BATTERY_{name}", default))


@pytest.fixture
def seed() -> int:
    """Printed with every failure; BATTERY_SEED sets another one."""
    chosen = int(os.environ.get("BATTERY_SEED", "20261"))
    print(f"BATTERY_SEED={chosen}")  # noqa: T201  # pytest shows it where the test fails
    return chosen


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture
def books(folder: Path) -> Iterator[Books]:
    books = Books(folder)
    yield books
    books.close()
