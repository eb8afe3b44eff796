"""Where a ledger lives: a file of ours, or a PostgreSQL database named by a URL that carries no password."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigError

Place = Path | URL
_SECRETS = frozenset({"password", "sslpassword"})


def place_from_url(text: str) -> Place:
    """What `--database` names.

    Raises:
        ConfigError: it is no URL of a database we know, or there is a password in it. The text is not repeated then.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError("--database wants a URL such as postgresql://trader@server/heatline") from None
    if url.password or _SECRETS & set(url.query):
        raise ConfigError(
            "There is a password in the database URL, where other programs can see it: take it out, and put it into "
            "the password file that PGPASSFILE names (or ~/.pgpass), or into a service file of PostgreSQL"
        )
    match url.get_backend_name():
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database:
            return Path(url.database)
        case other:
            raise ConfigError(f"A ledger cannot lie in {other}: only in a file or in PostgreSQL")


def name_of(place: Place) -> str:
    """How a place is called before the trader."""
    if isinstance(place, Path):
        return str(place)
    return place.set(drivername="postgresql").render_as_string(hide_password=True)
