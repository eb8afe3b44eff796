"""Sierra Chart's Data folder: where it usually is, and which of its files holds a contract."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.clock import Now, utc_now
from core.errors import ConfigError
from core.symbols import normalise_symbol
from data.feeds.scid_file import ScidFile
from data.feeds.scid_record import ScidNotReady

_SUFFIX = ".scid"
_DATA = "Data"
_NEVER = 0.0


def usual_places(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> list[Path]:
    """The Data folders of the installations found where they usually are: the root of a drive, or of Wine's drive C.

    A second installation stands beside the first under a name that begins like it.
    """
    if platform == "win32":
        drives = [Path(environment.get("SystemDrive", "C:") + "/"), Path("C:/"), Path("D:/"), Path("E:/")]
    else:
        drives = [Path(environment.get("WINEPREFIX", home / ".wine")) / "drive_c"]
    return [place for drive in dict.fromkeys(drives) for place in _installations(drive)]


def find_data_folder(given: Path | None, places: Iterable[Path]) -> Path | None:
    """The folder that is given, or the one of `places` that was written to last; None where there is none.

    What is given may be the installation itself, too.

    Raises:
        ConfigError: what is given is no folder.
    """
    if given is None:
        return max(filter(Path.is_dir, places), key=_written_at, default=None)
    if not given.is_dir():
        raise ConfigError(f"There is no folder {given}: name the Data folder of Sierra Chart")
    inner = given / _DATA
    return inner if not _scid_paths(given) and inner.is_dir() else given


class ScidFolder:
    """The .scid files of one folder; nothing outside of it is ever opened, whatever a symbol or a link says."""

    def __init__(self, path: Path, now: Now = utc_now) -> None:
        self.path = path
        self._now = now

    def find(self, wire_symbol: str) -> ScidFile | None:
        """The file of a contract under whichever name it stands there; of several, the one with the newest record.

        None where there is none: a file of another contract is never taken for it.
        """
        files = [ScidFile(path) for path in _scid_paths(self.path) if self._is_of(path, wire_symbol)]
        return max(files, key=_newest_us, default=None) if len(files) > 1 else next(iter(files), None)

    def _is_of(self, path: Path, wire_symbol: str) -> bool:
        year = self._now().year
        return normalise_symbol(path.stem, year) == normalise_symbol(wire_symbol, year)


def _installations(drive: Path) -> Iterator[Path]:
    try:
        yield from sorted(installation / _DATA for installation in drive.glob("SierraChart*"))
    except OSError:  # a drive without a disk in it
        return


def _scid_paths(folder: Path) -> list[Path]:
    """Its own files only: a link that leads out of the folder is none of them."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix.lower() == _SUFFIX]
        inside = folder.resolve()
        return sorted(path for path in paths if path.resolve().parent == inside and path.is_file())
    except OSError:  # the folder is gone, or the drive it was on
        return []


def _newest_us(file: ScidFile) -> int:
    try:
        return file.newest_us() or 0
    except ScidNotReady:
        return -1


def _written_at(folder: Path) -> float:
    return max((path.stat().st_mtime for path in _scid_paths(folder)), default=_NEVER)
