"""Modes are labels of accounts: every row of an account carries the one that its account has."""

from collections.abc import Iterator

from sqlalchemy import Connection, Select, Table, select

from data.finding import Finding
from data.schema import TABLES

_LABELLED = ("execution", "openposition", "traderecord", "orderrecord")
_ACCOUNT = TABLES["accountstate"]
_EVENT = TABLES["positionevent"]


def mode_findings(connection: Connection) -> Iterator[Finding]:
    """Rows under another mode than their account's, and accounts under another than the trader confirmed last."""
    modes = {row["account"]: row["mode"] for row in connection.execute(select(_ACCOUNT)).mappings()}
    for name in _LABELLED:
        table = TABLES[name]
        for row in connection.execute(_labels(table)).mappings():
            account, mode = row["account"], row["mode"]
            if account in modes and mode != modes[account]:
                yield Finding(f"{account} mode of {name} rows", mode, modes[account])
            elif account not in modes:
                yield Finding(f"{account} account of {name} rows", account, "no such account")
    for account, confirmed in _confirmed(connection).items():
        if modes.get(account) != confirmed:
            yield Finding(f"{account} mode of the account", modes.get(account), f"{confirmed}, says its last event")


def _labels(table: Table) -> Select[tuple[str, str]]:
    columns = table.c
    return select(columns.account, columns.mode).distinct().order_by(columns.account, columns.mode)


def _confirmed(connection: Connection) -> dict[str, str]:
    """The mode of each account by its newest event of that kind: `UNKNOWN is LIVE`."""
    confirmed = select(_EVENT).where(_EVENT.c.kind == "mode_confirmed").order_by(_EVENT.c.id)
    return {row["account"]: row["detail"].rpartition(" ")[2] for row in connection.execute(confirmed).mappings()}
