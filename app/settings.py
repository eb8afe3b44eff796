"""`settings.toml` in the data folder: read at start, never written."""

import tomllib
from dataclasses import fields
from pathlib import Path

from core.errors import ConfigError
from core.settings import Settings

_NAME = "settings.toml"
_LEAST = {"reentry_cap": 0, "back_fill_days": 1, "reconcile_minutes": 1}
_SIERRA_DATA = "sierra_data"
_KNOWN = {each.name for each in fields(Settings)}


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
    unknown = sorted(set(values) - _KNOWN)
    if unknown:
        raise ConfigError(f"{path} sets {', '.join(unknown)}, which Heatline does not know")
    for name, value in values.items():
        _refuse_nonsense(path, name, value)
    if _SIERRA_DATA in values:
        values[_SIERRA_DATA] = Path(values[_SIERRA_DATA]).expanduser()
    return Settings(**values)


def _refuse_nonsense(path: Path, name: str, value: object) -> None:
    """What is no folder and no number from some least one on is a switch; TOML's `true` is no number."""
    least = _LEAST.get(name)
    if name == _SIERRA_DATA:
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{path}: {name} must be a folder in quotes, not {value!r}")
    elif least is None:
        if not isinstance(value, bool):
            raise ConfigError(f"{path}: {name} must be true or false, not {value!r}")
    elif not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(f"{path}: {name} must be a whole number from {least} on, not {value!r}")
