"""What a disk may hold once the power is back: all that was synced, and any part of what was not."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

from tests.battery.judging import must
from tests.battery.recording import Acknowledged, Delete, Operation, Recording, Sync, Truncate, Write, state_of

_SECTOR = 512
_CHANCES = (0.0, 0.2, 0.5, 0.8, 1.0)  # of an unsynced sector to have reached the disk all the same


class Disk:
    """Files as a power cut would leave them at this moment."""

    def __init__(self, first: Mapping[str, bytes]) -> None:
        self._synced = {name: bytearray(data) for name, data in first.items()}
        self._pending: list[Write | Truncate | Delete] = []

    def take(self, operation: Operation) -> None:
        match operation:
            case Acknowledged():
                pass
            case Sync(file):
                for each in [each for each in self._pending if each.file == file]:
                    _apply(self._synced, each)
                self._pending = [each for each in self._pending if each.file != file]
            case _:
                self._pending.append(operation)

    def image(self, random: Random) -> dict[str, bytearray]:
        """One of the many contents that are possible."""
        files = {name: bytearray(data) for name, data in self._synced.items()}
        chance = random.choice(_CHANCES)
        unreachable = set()
        for each in self._pending:
            if each.file in unreachable:
                continue
            if isinstance(each, Write):
                for sector in _sectors(each):
                    if random.random() < chance:
                        _apply(files, sector)
            elif random.random() < chance:
                _apply(files, each)
            elif isinstance(each, Delete):
                # The old file is still there, and what is written to the new one cannot be found.
                unreachable.add(each.file)
        return files


def _sectors(write: Write) -> Iterator[Write]:
    """Its parts, cut where the sectors of the disk end."""
    start = 0
    while start < len(write.data):
        end = start + _SECTOR - (write.offset + start) % _SECTOR
        yield Write(write.file, write.offset + start, write.data[start:end])
        start = end


def _apply(files: dict[str, bytearray], operation: Write | Truncate | Delete) -> None:
    match operation:
        case Delete(file):
            files.pop(file, None)
        case Truncate(file, size):
            del files.setdefault(file, bytearray())[size:]
        case Write(file, offset, data):
            content = files.setdefault(file, bytearray())
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data


def images(recording: Recording, random: Random, count: int) -> Iterator[tuple[int, dict[str, bytearray]]]:
    """`count` images of cuts at random moments, each with the number of the last acknowledged state."""
    cuts = sorted(random.randrange(len(recording.operations)) for _ in range(count))
    disk, done, state = Disk(recording.first), 0, 0
    for cut in cuts:
        for operation in recording.operations[done:cut]:
            disk.take(operation)
            if isinstance(operation, Acknowledged):
                state = operation.state
        done = cut
        yield state, disk.image(random)


def lay_down(image: Mapping[str, bytearray], folder: Path) -> None:
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


def judge(path: Path, recording: Recording, acknowledged: int) -> None:
    """The file is whole, and holds what was acknowledged and at most the one fact that was being booked."""
    with closing(sqlite3.connect(path)) as connection:
        must(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "corrupt")
        must(state_of(connection) in recording.states[acknowledged : acknowledged + 2], "lost or doubled")
