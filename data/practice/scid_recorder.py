"""The exchange's trades as a .scid file, as Sierra Chart keeps them beside its charts."""

import struct
from collections.abc import Iterable
from pathlib import Path

from core.clock import utc_now
from core.errors import ConfigError
from core.symbols import normalise_symbol
from core.values import Side
from data.dtc.messages import Message
from data.feeds.scid_record import EPOCH_US, HEADER_BYTES, RECORD_BYTES
from data.feeds.tick import Tick

_HEADER = struct.pack("<4sIIH", b"SCID", HEADER_BYTES, RECORD_BYTES, 1).ljust(HEADER_BYTES, b"\0")
_RECORD = struct.Struct("<q4f4I")


class ScidRecorder:
    """Writes every trade down at once. Used on the practice thread only."""

    watches = False

    def __init__(self, directory: Path, symbol: str) -> None:
        """Goes on in the file that is there, under the name that Sierra's data service would give it.

        Raises:
            ConfigError: nothing can be written there.
        """
        path = directory / f"{normalise_symbol(symbol, utc_now().year)}_FUT_CME.scid"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
            if not self._file.tell():
                self._file.write(_HEADER)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error

    def hear(self, messages: Iterable[Message]) -> None:
        """Orders are not recorded there."""

    def hear_tick(self, tick: Tick, *, quote_moved: bool) -> None:  # noqa: ARG002  # each trade tells its quote
        sold, bought = tick.size * (tick.aggressor is Side.SELL), tick.size * (tick.aggressor is Side.BUY)
        stamp = tick.at_us + EPOCH_US
        self._file.write(_RECORD.pack(stamp, 0.0, tick.ask, tick.bid, tick.price, 1, tick.size, sold, bought))

    def close(self) -> None:
        self._file.close()
