"""A flipped byte passes SQLite's own check; it does not pass the chain."""

import pytest
from sqlalchemy import select

from core.commands import ConfirmMode
from core.values import Mode, Source
from data.chain import first_broken
from data.database import open_reader
from data.schema import TABLES
from tests.fills import fill
from tests.integration.conftest import ON_BOTH, Books, handle_all, listed

DATABASES = ON_BOTH


def broken(books: Books) -> int | None:
    with open_reader(books.place).connect() as connection:
        execution = TABLES["execution"]
        rows = connection.execute(select(execution).order_by(execution.c.seq)).mappings().all()
        meta = connection.execute(select(TABLES["ledgermeta"])).mappings().one()
        return first_broken(rows, meta["chain_head"], meta["chain_count"])


def trade_a_little(books: Books) -> None:
    ledger = books.begin("Sim1")
    handle_all(ledger, [fill(1, "5000.00", 1), fill(-1, "5000.25", 2, id="L", order="A")])
    handle_all(ledger, [listed(*[fill(1, "4999.75", n) for n in range(10, 15)]), fill(-3, None, 20)])
    ledger.handle(listed(fill(-1, "5000.25", 2, id="P", order="A", source=Source.REPLAY)))


def test_every_row_is_chained_whatever_way_it_came(books: Books) -> None:
    trade_a_little(books)
    assert broken(books) is None
    assert books.value("SELECT chain_count FROM ledgermeta") == books.value("SELECT count(*) FROM execution") == 8


@pytest.mark.parametrize(
    "change",
    ["price = price + 0.25", "qty = 7", "side = 'SELL'", "occurred_at = occurred_at + 1", "order_id = 'X'",
     "source = 'import'", "account = 'Sim2'", "symbol = 'MNQZ26'", "recorded_at = 1", "execution_id = 'other'"],
)  # fmt: skip
def test_a_change_to_any_source_column_is_found_at_its_row(books: Books, change: str) -> None:
    trade_a_little(books)
    books.close()
    books.tamper(f"UPDATE execution SET {change} WHERE seq = 4")  # noqa: S608  # names of ours
    assert broken(books) == 4


def test_a_row_that_is_gone_is_found(books: Books) -> None:
    trade_a_little(books)
    books.close()
    books.tamper("DELETE FROM execution WHERE seq = 3")
    assert broken(books) == 4


def test_missing_rows_at_the_end_are_found(books: Books) -> None:
    trade_a_little(books)
    books.close()
    books.tamper("DELETE FROM execution WHERE seq >= 7")
    assert broken(books) == 7


def test_what_is_derived_may_change(books: Books) -> None:
    trade_a_little(books)
    books.tamper("UPDATE execution SET trade_id = 99, entry_type = 'exit', alternate_id = 'X' || seq, mode = 'LIVE'")
    assert broken(books) is None


def test_a_price_that_becomes_known_leaves_a_whole_chain(books: Books) -> None:
    trade_a_little(books)
    books.reopen().handle(fill(-3, "5001.00", 20))
    assert books.value("SELECT count(*) FROM execution WHERE price IS NULL") == 0
    assert broken(books) is None


def test_a_relabelled_account_leaves_a_whole_chain(books: Books) -> None:
    ledger = books.begin("Nobody")
    ledger.handle(fill(1, "5000.00", 1, account="Nobody"))
    ledger.carry_out(ConfirmMode("Nobody", Mode.LIVE))
    assert broken(books) is None


def test_a_ledger_without_a_chain_gets_one_when_it_is_opened(books: Books) -> None:
    trade_a_little(books)
    books.close()
    books.tamper("UPDATE execution SET chain = NULL")
    books.tamper("UPDATE ledgermeta SET chain_head = NULL, chain_count = NULL")
    ledger = books.open()
    assert broken(books) is None
    ledger.handle(fill(1, "5000.00", 60))
    assert broken(books) is None
