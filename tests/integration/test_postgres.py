"""A ledger on a server: one panel writes it, its password is nobody's to see, and its tables are the same."""

import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL

from app.cli import main
from core.errors import ConfigError, LedgerInUse
from core.trade_filter import TradeFilter
from data.database import open_reader, open_writer
from data.journal import Journal
from data.migrations import runner
from data.place import name_of, place_from_url
from data.schema import METADATA
from tests import postgres
from tests.fills import fill
from tests.integration.conftest import Books, ServerBooks, handle_all
from tests.postgres import PostgresServer

DATABASES = ("postgresql",)


@pytest.fixture
def blank(postgres_server: PostgresServer) -> URL:
    return postgres_server.blank_database("blank")


def address(url: URL) -> str:
    """As the trader writes it."""
    return url.set(drivername="postgresql").render_as_string()


def test_an_empty_database_becomes_a_ledger(blank: URL) -> None:
    open_writer(blank).close()
    assert postgres.read(blank, "SELECT version_num FROM alembic_version")[0][0] == runner.newest_revision()


def test_somebody_elses_tables_are_refused_and_left(blank: URL) -> None:
    postgres.run(blank, "CREATE TABLE songs (title TEXT)")
    for opener in (open_writer, open_reader):
        with pytest.raises(ConfigError, match="not a Heatline ledger"):
            opener(blank)
    assert len(postgres.read(blank, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")) == 1


def test_a_newer_ledger_asks_for_a_newer_heatline(blank: URL) -> None:
    open_writer(blank).close()
    postgres.run(blank, "UPDATE alembic_version SET version_num = '9999'")
    for opener in (open_writer, open_reader):
        with pytest.raises(ConfigError, match="newer Heatline"):
            opener(blank)


def test_a_reader_creates_nothing(blank: URL) -> None:
    with pytest.raises(ConfigError, match="There is no ledger"):
        open_reader(blank)
    assert postgres.read(blank, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_reader_asks_to_have_an_older_ledger_opened_once(blank: URL) -> None:
    connection = open_writer(blank)
    with connection.begin():
        command.downgrade(runner._config(connection), "0001")
    connection.close()
    with pytest.raises(ConfigError, match="open Heatline once to bring the ledger up to date"):
        open_reader(blank)
    open_writer(blank).close()
    open_reader(blank)


def test_a_second_panel_is_told_that_another_writes_and_still_reads(books: Books) -> None:
    books.begin("Sim1").handle(fill(1, "5000.00"))
    with pytest.raises(LedgerInUse, match="Another Heatline is writing to postgresql://postgres@/ledger"):
        open_writer(books.place)
    assert Journal.at(books.place).trades(TradeFilter()) == []
    books.close()
    open_writer(books.place).close()


def test_a_reader_can_write_nothing(books: Books) -> None:
    books.begin("Sim1")
    with open_reader(books.place).connect() as connection, pytest.raises(Exception, match="read-only transaction"):
        connection.exec_driver_sql("DELETE FROM accountstate")


def test_a_reader_sees_one_moment_while_the_ledger_goes_on(books: Books) -> None:
    ledger = books.begin("Sim1")
    count = "SELECT count(*) FROM execution"
    with open_reader(books.place).connect() as connection:
        assert connection.exec_driver_sql(count).scalar_one() == 0
        ledger.handle(fill(1, "5000.00"))
        assert connection.exec_driver_sql(count).scalar_one() == 0


def test_what_is_acknowledged_is_on_the_servers_disk_whatever_its_own_setting(books: Books) -> None:
    postgres.run(_url(books), "ALTER ROLE postgres SET synchronous_commit = off")
    try:
        connection = open_writer(books.place)
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        connection.close()
    finally:
        postgres.run(_url(books), "ALTER ROLE postgres RESET synchronous_commit")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://trader:hunter2@server/heatline",
        "postgresql://server/heatline?user=trader&password=hunter2",
        "postgresql+psycopg://trader:hunter2@server:5432/heatline",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trades", "--database", url]) == 2
    said = capsys.readouterr().err
    assert "There is a password in the database URL" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "url", ["heatline", "mysql://server/heatline", "postgresql://server:port/heatline", "sqlite://"]
)
def test_what_is_no_url_of_a_ledger_ends_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trades", "--database", url]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_can_be_named_by_url_too(tmp_path: Path) -> None:
    assert place_from_url(f"sqlite:///{tmp_path}/heatline.db") == tmp_path / "heatline.db"


@pytest.mark.parametrize("words", [["trades", "--json"], ["stats"], ["audit"]], ids=lambda words: words[0])
def test_reading_commands_take_the_url_beside_a_writer(
    books: Books, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handle_all(books.begin("Sim1"), [fill(1, "5000.00", 1), fill(-1, "5001.00", 2)])
    assert main([*words, "--database", address(_url(books))]) == 0
    assert capsys.readouterr().out


def test_a_server_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["trades", "--database", f"postgresql://trader@/heatline?host={tmp_path}"]) == 2
    assert "the connection to the server is lost" in capsys.readouterr().err


def test_without_the_driver_the_package_to_install_is_named(blank: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"pip install 'heatline\[postgres\]'"):
        open_writer(blank)


def test_the_name_of_a_place_carries_no_password() -> None:
    assert "secret" not in name_of(URL.create("postgresql+psycopg", "trader", "secret", "server"))


def test_the_newest_schema_is_what_the_code_says(blank: URL) -> None:
    connection = open_writer(blank)
    with connection.begin():
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    connection.close()


def test_each_migration_can_be_taken_back_and_made_again(blank: URL) -> None:
    connection = open_writer(blank)
    with connection.begin():
        command.downgrade(runner._config(connection), "base")
    assert [row[0] for row in postgres.read(blank, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")] == [
        "alembic_version"
    ]
    runner.migrate(connection)
    connection.close()


def test_prices_are_exact_decimals_and_times_are_whole_numbers(books: Books) -> None:
    books.begin("Sim1")
    kinds = books.rows(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'execution' "
        "AND column_name IN ('price', 'occurred_at')"
    )
    assert {row[0]: row[1] for row in kinds} == {"price": "numeric", "occurred_at": "bigint"}


def test_a_url_says_more_to_the_driver_than_we_do(blank: URL) -> None:
    """What the trader sets in the URL is not overruled."""
    url = blank.update_query_dict({"application_name": "Evening review"})
    connection = open_writer(url)
    assert connection.exec_driver_sql("SHOW application_name").scalar_one() == "Evening review"
    connection.close()


def _url(books: Books) -> URL:
    assert isinstance(books, ServerBooks)
    return books.url
