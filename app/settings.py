"""`settings.toml` in the data folder: read at start, never written."""

import tomllib
from pathlib import Path

from core.errors import ConfigError
from core.settings import Settings

_NAME = "settings.toml"
_REENTRY_CAP = "reentry_cap"


def read_settings(directory: Path) -> Settings:
    """The trader's settings; all defaults where there is no file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds a value that makes no sense.
    """
    path = directory / _NAME
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from None
    unknown = sorted(set(values) - {_REENTRY_CAP})
    if unknown:
        raise ConfigError(f"{path} sets {', '.join(unknown)}, which Heatline does not know")
    return Settings(_cap(path, values.get(_REENTRY_CAP)))


def _cap(path: Path, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"{path}: {_REENTRY_CAP} must be a whole number from 0 on, not {value!r}")
    return value
