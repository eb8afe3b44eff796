"""What can happen to a ledger's file behind the program's back, by name."""

from collections.abc import Callable
from pathlib import Path
from random import Random

Damage = Callable[[Path, Random], None]


def empty(path: Path, _: Random) -> None:
    path.write_bytes(b"")


def break_header(path: Path, random: Random) -> None:
    """Any of the first sixteen bytes, which say that this is SQLite."""
    _flip(path, random, 0, 16)


def break_page_size(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    content[16:18] = random.choice([0, 3, 511, 4097, 12_345]).to_bytes(2)
    path.write_bytes(content)


def truncate(path: Path, random: Random) -> None:
    path.write_bytes(path.read_bytes()[: random.randrange(1, path.stat().st_size)])


def flip_byte(path: Path, random: Random) -> None:
    _flip(path, random, 100, path.stat().st_size)


def blank_page(path: Path, random: Random) -> None:
    """A page that the disk gives back as zeros."""
    content = bytearray(path.read_bytes())
    start = random.randrange(len(content) // 4096) * 4096
    content[start : start + 4096] = bytes(4096)
    path.write_bytes(content)


def _flip(path: Path, random: Random, start: int, end: int) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(start, end)] ^= 1 << random.randrange(8)
    path.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    each.__name__: each for each in (empty, break_header, break_page_size, truncate, flip_byte, blank_page)
}
