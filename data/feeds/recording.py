"""A file of recorded ticks, whichever format it has, and the symbol its name tells."""

from collections.abc import Iterator
from pathlib import Path

from core.clock import utc_now
from core.errors import ConfigError
from core.symbols import normalise_symbol, root_of
from data.feeds.scid_file import ScidFile
from data.feeds.tick import Tick
from data.feeds.tick_csv import read_tick_csv


def read_recording(path: Path) -> Iterator[Tick]:
    """The ticks of a .scid file or of a .csv table, in file order.

    Raises:
        ConfigError: the file is neither, or cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"There is no recording {path}")
    match path.suffix.lower():
        case ".scid":
            return ScidFile(path).ticks()
        case ".csv":
            return read_tick_csv(path).ticks()
        case other:
            raise ConfigError(f"{path}: a recording is a .scid or a .csv file, not {other or 'without a suffix'}")


def symbol_of_recording(path: Path) -> str:
    """The symbol in a file's name: `MESU26_FUT_CME.scid` whole, `ESM18_session.scid` up to the underscore.

    Raises:
        ConfigError: the name tells no contract.
    """
    for name in (path.stem, path.stem.split("_")[0]):
        if root_of(normalise_symbol(name, utc_now().year)):
            return name
    raise ConfigError(f"The name of {path} tells no contract: give the symbol")
