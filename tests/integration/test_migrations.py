"""Every schema that was ever released opens in today's program, and today's is what the code says.

`tests/fixtures/schema/NNNN.db` is a ledger as the release with that schema left it. After a new migration:
`python -m tests.integration.test_migrations` writes the file for the newest schema.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from core.errors import StorageUnavailable
from core.trade_filter import TradeFilter
from core.values import Mode
from data.audit import audit
from data.database import open_writer
from data.journal import Journal
from data.migrations import runner
from data.migrations.runner import migrate, newest_revision
from data.schema import METADATA
from tests.fills import figures, fill, prices
from tests.integration.conftest import Books, disk_error, handle_all, position_in, seen

SCHEMAS = Path(__file__).parents[1] / "fixtures" / "schema"
SESSION = (fill(1, "5000.00", 1), seen("4998.00", "5003.00"), fill(-1, "5002.00", 2),
           fill(2, "5001.00", 3), fill(1, "5001.25", 4), seen("4999.50"))  # fmt: skip


def write_schema_fixture() -> Path:
    """One closed trade and one open position in a file of the newest schema."""
    with TemporaryDirectory() as directory:
        books = Books(Path(directory))
        handle_all(books.begin(), SESSION)
        books.close()
        with closing(sqlite3.connect(books.path)) as connection:
            connection.execute("VACUUM")
        SCHEMAS.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(books.path, SCHEMAS / f"{newest_revision()}.db"))


def restore(old: Path, books: Books) -> None:
    books.path.parent.mkdir()
    shutil.copyfile(old, books.path)


def test_there_is_a_file_of_every_released_schema() -> None:
    script = ScriptDirectory(str(Path("data/migrations").absolute()))
    assert {path.stem for path in SCHEMAS.glob("*.db")} == {each.revision for each in script.walk_revisions()}


@pytest.mark.parametrize("old", sorted(SCHEMAS.glob("*.db")), ids=lambda path: path.stem)
def test_an_old_ledger_opens_today_with_all_that_was_in_it(old: Path, books: Books) -> None:
    restore(old, books)
    ledger = books.open()
    position = position_in(ledger.snapshot()).position
    assert figures(position.key.mode, position.qty, position.reentry_count) == (Mode.SIM, 3, 1)
    assert position.excursion_now is not None
    assert position.excursion_now.prices == prices("4999.5", "5001.25")
    (trade,) = Journal.at(books.path).trades(TradeFilter())
    assert figures(trade.realized_pnl, trade.mae, trade.mfe) == (10, -10, 15)
    assert audit(books.path) == []
    assert books.value("SELECT version_num FROM alembic_version") == newest_revision()


@pytest.mark.parametrize("old", sorted(SCHEMAS.glob("*.db")), ids=lambda path: path.stem)
def test_an_old_ledger_is_traded_on(old: Path, books: Books) -> None:
    restore(old, books)
    ledger = books.begin()
    ledger.handle(fill(-3, "5002.00", 10))
    assert ledger.snapshot().trade_count == 2
    assert ledger.handle(SESSION[0]) is None
    assert audit(books.path) == []


def test_the_newest_schema_is_what_the_code_says(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "heatline.db")
    with connection.begin():
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    connection.close()


def test_the_migrations_build_the_tables_that_the_metadata_would(tmp_path: Path) -> None:
    """Checks, keys and indexes included, which the comparison above does not all see."""
    migrated = open_writer(tmp_path / "heatline.db")
    with migrated.begin():
        ours = table_facts(migrated)
        for name in reversed(METADATA.sorted_tables):
            name.drop(migrated)
        METADATA.create_all(migrated)
        assert table_facts(migrated) == ours
    migrated.close()


def table_facts(connection: Connection) -> set[tuple[object, ...]]:
    facts: set[tuple[object, ...]] = set()
    for name in METADATA.tables:
        for row in connection.exec_driver_sql(f"PRAGMA table_info({name})"):
            facts.add((name, *row[1:]))
        for row in connection.exec_driver_sql(f"PRAGMA index_list({name})").all():
            columns = connection.exec_driver_sql(f"PRAGMA index_info({row[1]})").all()
            facts.add((name, row[2], *[column[2] for column in columns]))
        sql = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar_one()  # noqa: S608  # names of ours
        facts.add((name, sql.count("CHECK")))
    return facts


def test_the_first_migration_can_be_taken_back(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "heatline.db")
    with connection.begin():
        command.downgrade(runner._config(connection), "base")
    with connection.begin():
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    assert tables == ["alembic_version"]
    migrate(connection)
    connection.close()


@pytest.mark.parametrize("dies_at", range(0, 12, 2))
def test_a_first_start_that_dies_half_way_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    path = tmp_path / "heatline.db"
    made: list[str] = []

    def die(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(("CREATE", "INSERT", "PRAGMA main")):
            made.append(statement)
            if len(made) > dies_at:
                raise disk_error(sqlite3.SQLITE_FULL)

    event.listen(Connection, "before_cursor_execute", die)
    try:
        with pytest.raises(StorageUnavailable):
            open_writer(path)
    finally:
        event.remove(Connection, "before_cursor_execute", die)
    open_writer(path).close()


if __name__ == "__main__":
    print(write_schema_fixture())  # noqa: T201  # for whoever adds a migration
