"""What the exchange must remember when it is killed: one line per run and per event, written before anybody is told."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.errors import ConfigError, StorageUnavailable
from data.practice.books import Fill
from data.practice.walk import wall_clock_us
from data.practice.working import Event

_log = logging.getLogger(__name__)


class Run(msgspec.Struct, frozen=True, tag="run"):
    """A start of the exchange; its number is greater than that of every run before and begins all its ids."""

    number: int


_Line = Run | Event
_decoder: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line)
_encoder = msgspec.json.Encoder()


class State(Protocol):
    """What the exchange keeps from run to run. Used on the practice thread only."""

    @property
    def run(self) -> int:
        """This run's number: no other run of any exchange with this state has it."""

    @property
    def fills(self) -> Sequence[Fill]:
        """The fills of the runs before, in the order they happened."""

    @property
    def events(self) -> Sequence[Event]:
        """What happened in the runs before to orders and fills, in its order."""

    def append(self, events: Sequence[Event]) -> None:
        """Keeps the events, all or none of them."""

    def close(self) -> None: ...


class Unsaved:
    """No file: nothing is kept, and the start time keeps ids apart from those of other runs."""

    def __init__(self) -> None:
        self.run = wall_clock_us()
        self.fills: Sequence[Fill] = ()
        self.events: Sequence[Event] = ()

    def append(self, events: Sequence[Event]) -> None:
        pass

    def close(self) -> None:
        pass


class StateFile:
    """An append-only file of JSON lines that survives a kill at any instant. Used on the practice thread only."""

    def __init__(self, path: Path) -> None:
        """Reads what is there, cuts off a line that was being written when the run before ended, begins a new run.

        Raises:
            ConfigError: the file cannot be opened, or something in the midst of it is no state of an exchange.
        """
        self._path = path
        try:
            data = path.read_bytes() if path.exists() else b""
            lines = list(_read_lines(path, data))
            self._length = sum(len(raw) for raw, _line in lines)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise ConfigError(f"The state file {path} cannot be used: {error.strerror}") from error
        if self._length < len(data):
            _log.warning("%s: its last line was torn and is cut off", path)
            self._file.truncate(self._length)
        self.events: Sequence[Event] = [line for _raw, line in lines if not isinstance(line, Run)]
        self.fills: Sequence[Fill] = [event for event in self.events if isinstance(event, Fill)]
        last_run = max((line.number for _raw, line in lines if isinstance(line, Run)), default=0)
        self.run = max(wall_clock_us(), last_run + 1)
        self._write([Run(self.run)])

    def append(self, events: Sequence[Event]) -> None:
        """Writes the events, all or none.

        Raises:
            StorageUnavailable: the disk took none of them.
        """
        self._write(events)

    def close(self) -> None:
        self._file.close()

    def _write(self, lines: Iterable[_Line]) -> None:
        data = b"".join(_encoder.encode(line) + b"\n" for line in lines)
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            self._file.truncate(self._length)  # a half-written line in the midst would make the file unreadable
            raise StorageUnavailable(f"The state file {self._path} takes no more: {error.strerror}") from error
        self._length += len(data)


def _read_lines(path: Path, data: bytes) -> Iterator[tuple[bytes, _Line]]:
    """Each whole line with its meaning; a last line that is not whole is left out."""
    raw_lines = data.splitlines(keepends=True)
    for number, raw in enumerate(raw_lines, start=1):
        try:
            line = _decoder.decode(raw)
        except (ValueError, RecursionError) as error:
            # Without its end, the last line was being written when the run before was killed.
            if number == len(raw_lines) and not raw.endswith(b"\n"):
                return
            raise ConfigError(f"{path} line {number} is no state of the practice exchange: {error}") from error
        if raw.endswith(b"\n"):
            yield raw, line
