"""Whose a database is, and which schema it has: the same questions for a file and for a server."""

from sqlalchemy import Connection, inspect, text

from core.errors import ConfigError
from data.migrations.runner import newest_revision
from data.place import Place, name_of

_OURS = {"alembic_version", "ledgermeta"}


def schema_of(connection: Connection, place: Place) -> str | None:
    """The schema of the ledger behind `connection`; None where there is no table at all.

    Raises:
        ConfigError: somebody else's tables are there, or a newer Heatline made these.
    """
    with connection.begin():
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return None
        schema = (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if tables >= _OURS else None
        )
    if schema is None:
        raise ConfigError(f"{name_of(place)} is a database, but not a Heatline ledger; it was left as it is")
    if schema > newest_revision():
        raise ConfigError(f"{name_of(place)} was made by a newer Heatline (schema {schema}); please update Heatline")
    return str(schema)


def refuse_unreadable(connection: Connection, place: Place) -> None:
    """Who only reads cannot bring a ledger up to date.

    Raises:
        ConfigError: there is no ledger of today's schema behind `connection`.
    """
    schema = schema_of(connection, place)
    if schema is None:
        raise ConfigError(f"There is no ledger at {name_of(place)}")
    if schema != newest_revision():
        raise ConfigError(
            f"{name_of(place)} was made by an older Heatline (schema {schema}): "
            "open Heatline once to bring the ledger up to date"
        )
