"""Positions rebuilt from the events alone, and held against the executions: two witnesses that must agree."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, select

from core.values import Side
from data.finding import Finding
from data.schema import TABLES

# Each is written once for an execution, when it is folded for the first time.
CHANGES = frozenset({"opened", "increased", "reduced", "closed", "flipped", "late"})
# From here on the order of the events is no longer that of the fold.
_REWRITES = frozenset({"amended", "superseded"})
_EXECUTION = TABLES["execution"]
_EVENT = TABLES["positionevent"]
_Subject = tuple[str | None, str | None]


def folded_once(connection: Connection) -> set[int]:
    """The numbers of all executions that were ever folded."""
    seqs = connection.execute(select(_EVENT.c.execution_seq).where(_EVENT.c.kind.in_(CHANGES))).scalars()
    return {seq for seq in seqs if seq is not None}


class EventReplay:
    """Replays one consistent view of the events against the executions of the same view."""

    def __init__(self, connection: Connection, executions: Mapping[int, RowMapping]) -> None:
        self._connection = connection
        self._executions = executions
        self._events = list(connection.execute(select(_EVENT).order_by(_EVENT.c.id)).mappings())

    def findings(self) -> Iterator[Finding]:
        yield from self._out_of_order()
        yield from self._without_execution()
        yield from self._without_event()
        yield from self._wrong_quantities()

    def _out_of_order(self) -> Iterator[Finding]:
        """Events are only ever added, so revisions never fall, and none is ahead of the ledger's own."""
        meta = self._connection.execute(select(TABLES["ledgermeta"])).mappings().first()
        newest = 0
        for event in self._events:
            if event["revision"] < newest:
                yield Finding.of(event, f"event {event['id']} revision", event["revision"], f"{newest} or later")
            newest = max(newest, event["revision"])
        if meta is not None and newest > meta["revision"]:
            yield Finding("ledger revision", meta["revision"], f"{newest} or later")

    def _without_execution(self) -> Iterator[Finding]:
        for event in self._events:
            seq = event["execution_seq"]
            if seq is None:
                continue
            execution = self._executions.get(seq)
            if execution is None:
                yield Finding.of(event, f"event {event['id']} {event['kind']}", f"execution {seq}", "no such execution")
            elif _subject(event) != _subject(execution):
                yield Finding.of(execution, f"event {event['id']} {event['kind']}", _subject(event), "another subject")

    def _without_event(self) -> Iterator[Finding]:
        told = {event["execution_seq"] for event in self._events if event["kind"] in CHANGES}
        for seq, execution in self._executions.items():
            is_folded = execution["entry_type"] is not None
            if is_folded and seq not in told:
                yield Finding.of(execution, "event", "none", "one for each folded execution")
            elif seq in told and not is_folded and execution["superseded_by"] is None:
                yield Finding.of(execution, "entry_type", None, "folded once, says its event")

    def _wrong_quantities(self) -> Iterator[Finding]:
        """Where no fold was started over, each event's quantity is the one before and what was filled."""
        rewritten = {_subject(event) for event in self._events if event["kind"] in _REWRITES}
        held: dict[_Subject, Decimal] = defaultdict(Decimal)
        for event in self._events:
            execution = self._executions.get(event["execution_seq"] or 0)
            if event["kind"] not in CHANGES or execution is None or _subject(event) in rewritten:
                continue
            subject = _subject(event)
            held[subject] += execution["qty"] * Side(execution["side"]).sign
            after = event["qty_after"] or Decimal(0)
            if after != held[subject]:
                yield Finding.of(execution, f"event {event['id']} qty_after", after, held[subject])
                held[subject] = after


def _subject(row: RowMapping) -> _Subject:
    """A mode is only a label, so it is no part of it."""
    return row["account"], row["symbol"]
