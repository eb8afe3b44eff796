"""Runs Alembic on a connection that is already open; there is no ini file."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def migrate(connection: Connection, revision: str = "head") -> None:
    """Brings the schema of `connection` to `revision`, in one transaction."""
    command.upgrade(_config(connection), revision)


@cache
def newest_revision() -> str:
    """The schema this program was written for; revisions are numbered and sort as text."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None  # noqa: S101  # the first migration ships with the program
    return head


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", "data:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
