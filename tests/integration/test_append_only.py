"""What happened is only ever added to: no part of the program changes or takes away an event."""

import sqlite3

import pytest

from core.commands import ConfirmMode
from core.values import Mode, Source
from data.audit import audit
from data.repair import repair
from tests.fills import at, contract_book, fill
from tests.integration.conftest import Books, handle_all, log_on, seen


def test_events_are_only_ever_added(books: Books) -> None:
    """But for the mode, which is a label; the triggers are the test's own."""
    books.begin("Nobody")
    columns = "id, at, revision, kind, account, symbol, trade_id, execution_seq, qty_after, detail"
    for verb in ("DELETE", f"UPDATE OF {columns}"):
        name = verb.partition(" ")[0]
        refusal = "SELECT RAISE(ABORT, 'events are append-only')"
        books.tamper(f"CREATE TRIGGER no_{name} BEFORE {verb} ON positionevent BEGIN {refusal}; END")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        books.tamper("DELETE FROM positionevent")
    ledger = books.reopen()
    handle_all(ledger, log_on("Nobody"))
    assumed = fill(1, "5000.00", 4, id="guess", account="Nobody", source=Source.INFERRED)
    late = [fill(1, "4999.00", 2, account="Nobody"), fill(-3, "5001.00", 6, account="Nobody")]
    handle_all(ledger, [fill(1, "5000.00", 5, account="Nobody"), assumed, *late, seen("4990.00")])
    ledger.carry_out(ConfirmMode("Nobody", Mode.SIM))
    handle_all(ledger, [fill(1, "5000.00", 9, account="Nobody")])
    books.close()
    assert {"amended", "mode_confirmed"} <= set(books.events())
    assert audit(books.path) == []
    repair(books.path, contract_book(), at(99))
