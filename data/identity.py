"""Which fills are in the ledger already: by either of their ids, or by what they say where ids do not tell."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, select

from core.execution import Execution
from core.facts import Fill
from core.fold_order import in_fold_order
from core.values import Mode, PositionKey, Source, micros_from_utc
from data.fill_statements import EXECUTION
from data.rows import execution_from_row
from data.unit_of_work import UnitOfWork

# Own ids begin so: the report had none, and says only which part of which order it is.
_OWN = "~"
_ASSUMED = (Source.INFERRED, Source.MANUAL)
_WINDOW = (
    select(EXECUTION)
    .where(
        EXECUTION.c.account == bindparam("account"),
        EXECUTION.c.symbol.in_(bindparam("symbols", expanding=True)),
        EXECUTION.c.mode == bindparam("mode"),
        EXECUTION.c.occurred_at.between(bindparam("since"), bindparam("until")),
        EXECUTION.c.superseded_by.is_(None),
        EXECUTION.c.source.not_in(_ASSUMED),
    )
    .order_by(EXECUTION.c.occurred_at, EXECUTION.c.seq)
)
# Of one order: what is booked of it.
_BOOKED = select(func.sum(EXECUTION.c.qty).label("qty")).where(
    EXECUTION.c.account == bindparam("account"),
    EXECUTION.c.symbol == bindparam("symbol"),
    EXECUTION.c.mode == bindparam("mode"),
    EXECUTION.c.order_id == bindparam("order_id"),
    EXECUTION.c.side == bindparam("side"),
    EXECUTION.c.superseded_by.is_(None),
)
_BY_ID = select(EXECUTION).where(
    EXECUTION.c.account == bindparam("account"), EXECUTION.c.execution_id.in_(bindparam("ids", expanding=True))
)
_BY_SECOND_ID = select(EXECUTION).where(
    EXECUTION.c.account == bindparam("account"), EXECUTION.c.alternate_id.in_(bindparam("ids", expanding=True))
)
_MOST = 450


@dataclass(slots=True)
class Sorted:
    """Fills, by what the ledger knows of them."""

    new: list[Execution] = field(default_factory=list)
    second_ids: list[tuple[int, str]] = field(default_factory=list)
    # Booked without a price, and what the price is.
    priced: list[Execution] = field(default_factory=list)
    # Ids that came back for another fill, and what that is booked as.
    reused: list[tuple[str, str]] = field(default_factory=list)


class Identity:
    """Sorts the fills of one report of one account. Each booked fill is the match of one of them at most."""

    def __init__(self, work: UnitOfWork, account: str, mode: Mode) -> None:
        self._work = work
        self._account = account
        self._mode = mode
        self._by_id: dict[str, list[Execution]] = {}
        self._found = Sorted()
        self._taken: set[int] = set()
        self._names: set[str] = set()
        self._reported: set[str] = set()
        self._filled: dict[str, Decimal] = {}

    def sort(self, fills: Sequence[Fill]) -> Sorted:
        """What is new among `fills`, numbered, each under an id of its own, and what is learnt of the known."""
        self._reported = {fill.execution_id for fill in fills}
        doubtful = self._without_plain_duplicates(fills)
        seq = self._work.state.next_seq
        reported = [self._execution_of(fill, seq) for fill in doubtful]
        self._filled = {
            fill.execution_id: fill.order.filled_qty for fill in doubtful if fill.order and fill.order.filled_qty
        }
        if not reported:
            return self._found
        self._look_up_suffixes(reported)
        unknown = [each for each in reported if self._is_unknown(each)]
        for execution in self._unmatched(unknown):
            self._book(execution)
        self._found.new = self._numbered(self._found.new)
        return self._found

    def _execution_of(self, fill: Fill, seq: int) -> Execution:
        """Fills of an order that the broker renamed go by the name of its first fill, so that they are one leg."""
        execution = execution_of(fill, self._mode, seq)
        name = self._work.state.filled_as.get((self._account, fill.order_id))
        return execution if name is None else replace(execution, order_id=name)

    def _without_plain_duplicates(self, fills: Sequence[Fill]) -> list[Fill]:
        """Replays are normal and long: a fill that its row repeats word for word costs no more than the look."""
        booked: dict[str, tuple[Any, ...]] = {}
        for first, second, *said in self._work.known_rows(self._account, [fill.execution_id for fill in fills]):
            booked[first] = tuple(said)
            if second is not None:
                booked.setdefault(second, tuple(said))
        doubtful = [fill for fill in fills if not _is_said_by(booked.get(fill.execution_id), fill)]
        for fill in doubtful:
            if fill.execution_id not in booked:
                self._by_id[fill.execution_id] = []
        if booked and doubtful:
            self._look_up({fill.execution_id for fill in doubtful} & set(booked))
        return doubtful

    def _look_up_suffixes(self, reported: Sequence[Execution]) -> None:
        """A simulator that starts over repeats all its ids: they are asked for together."""
        attempt = 2
        reused = {each.execution_id for each in reported if self._by_id[each.execution_id]}
        while reused:
            self._look_up({f"{each}#{attempt}" for each in reused})
            reused = {each for each in reused if self._by_id[f"{each}#{attempt}"]}
            attempt += 1

    def _is_unknown(self, execution: Execution) -> bool:
        """Looks at the ids; a fill that only shares its id is unknown, too, but nobody's match."""
        if self._is_own_replay(execution):
            return True
        known = self._booked_as(execution.execution_id)
        same = next((each for each in known if each.says_the_same_as(execution)), None)
        if same is not None:
            self._learn(same, execution)
            return False
        if known and self._is_known_by_suffix(execution):
            return False
        # The next one of this report under the same id is compared with it.
        known.append(execution)
        return True

    def _is_own_replay(self, execution: Execution) -> bool:
        """A listing that begins within an order counts its parts from there: what they say decides, not our id."""
        return execution.source is Source.REPLAY and execution.execution_id.startswith(_OWN)

    def _is_known_by_suffix(self, execution: Execution) -> bool:
        attempt = 2
        while known := self._booked_as(f"{execution.execution_id}#{attempt}"):
            same = next((each for each in known if each.says_the_same_as(execution)), None)
            if same is not None:
                self._learn(same, execution)
                return True
            attempt += 1
        return False

    def _unmatched(self, unknown: Sequence[Execution]) -> list[Execution]:
        """Without those of a back-fill that a booked fill under another id is, and live ones that a back-fill told."""
        replayed = [each for each in unknown if each.source is Source.REPLAY]
        if not replayed:
            return [each for each in unknown if not self._is_told_before(each)]
        booked: dict[tuple[object, ...], list[Execution]] = defaultdict(list)
        for each in self._window(replayed):
            booked[_alike(each)].append(each)
        new = []
        for execution in unknown:
            match = self._match(execution, booked[_alike(execution)]) if execution.source is Source.REPLAY else None
            if match is None:
                new.append(execution)
            else:
                self._pair(match, execution)
        return new

    def _is_told_before(self, execution: Execution) -> bool:
        """A live fill that comes behind its back-fill, by another name.

        The report says how much of its order is filled with it. Where that much is booked already, it is one of those
        booked; where it is not, it is new, however much alike another one is.
        """
        filled, until = self._filled.get(execution.execution_id), None
        if filled is not None and execution.source is Source.LIVE and execution.order_id:
            until = self._work.back_filled_until(self._account)
        # A trader's fills are newer than any back-fill, so that nothing more is looked up.
        if filled is None or until is None or execution.occurred_at > until + _longest_unit([execution]):
            return False
        told = [each for each in self._window([execution]) if each.source is Source.REPLAY]
        match = self._match(execution, told)
        if match is None or self._booked_of_order(execution) < filled:
            return False
        self._pair(match, execution)
        return True

    def _booked_of_order(self, execution: Execution) -> Decimal:
        values = {
            "account": self._account,
            "mode": self._mode,
            "symbol": execution.key.symbol,
            "order_id": execution.order_id,
            "side": execution.side,
        }
        return self._work.read(_BOOKED, values)[0]["qty"] or Decimal(0)

    def _pair(self, match: Execution, execution: Execution) -> None:
        is_second = execution.execution_id != match.execution_id and not execution.execution_id.startswith(_OWN)
        if is_second and match.alternate_id is None:
            self._found.second_ids.append((match.seq, execution.execution_id))
        self._learn(match, execution)

    def _match(self, execution: Execution, booked: Sequence[Execution]) -> Execution | None:
        is_own = execution.execution_id.startswith(_OWN)
        fit = [
            each
            for each in booked
            if each.seq not in self._taken
            and each.is_matched_by(execution)
            # One with two ids, or that the same report names besides, is another fill.
            and (is_own or (each.alternate_id is None and each.execution_id not in self._reported))
            and (is_own or execution.execution_id not in self._names)
        ]
        return min(
            fit,
            key=lambda each: (
                each.execution_id != execution.execution_id,
                abs(each.occurred_at - execution.occurred_at),
                each.seq,
            ),
            default=None,
        )

    def _window(self, replayed: Sequence[Execution]) -> Iterable[Execution]:
        unit = _longest_unit(replayed)
        values = {
            "account": self._account,
            "mode": self._mode,
            "symbols": sorted({each.key.symbol for each in replayed}),
            "since": min(each.occurred_at for each in replayed) - unit,
            "until": max(each.occurred_at for each in replayed) + unit,
        }
        return [execution_from_row(row) for row in self._work.read(_WINDOW, values)]

    def _learn(self, booked: Execution, reported: Execution) -> None:
        self._taken.add(booked.seq)
        if booked.price is None and reported.price is not None and booked.seq < self._work.state.next_seq:
            self._found.priced.append(replace(booked, price=reported.price))

    def _book(self, execution: Execution) -> None:
        name, attempt = execution.execution_id, 1
        while self._is_taken(execution.execution_id):
            attempt += 1
            execution = replace(execution, execution_id=f"{name}#{attempt}")
        self._names.add(execution.execution_id)
        self._found.new.append(execution)
        if attempt > 1 and not name.startswith(_OWN):
            self._found.reused.append((name, execution.execution_id))

    def _numbered(self, new: Sequence[Execution]) -> list[Execution]:
        """In the order in which they happened: one answer gives the same rows however it is shuffled."""
        if len(new) > 1:
            new = self._in_order(new)
        first = self._work.state.next_seq
        self._work.state.next_seq += len(new)
        return [each if each.seq == seq else replace(each, seq=seq) for seq, each in enumerate(new, start=first)]

    def _in_order(self, new: Sequence[Execution]) -> list[Execution]:
        by_key: dict[PositionKey, list[Execution]] = defaultdict(list)
        for each in sorted(new, key=lambda each: each.execution_id if each.position_qty is not None else ""):
            by_key[each.key].append(each)
        ordered: list[Execution] = []
        for key, batch in by_key.items():
            held = self._work.state.positions.get(key)
            ordered += in_fold_order(batch, held.position.qty if held else Decimal(0))
        ordered.sort(key=lambda each: (each.occurred_at.replace(microsecond=0), each.key))
        return [each if each.fold_at is None else replace(each, fold_at=None) for each in ordered]

    def _is_taken(self, execution_id: str) -> bool:
        self._booked_as(execution_id)
        return execution_id in self._names

    def _booked_as(self, execution_id: str) -> list[Execution]:
        """The executions that go by an id, those of this very report included."""
        if execution_id not in self._by_id:
            self._look_up([execution_id])
        return self._by_id[execution_id]

    def _look_up(self, execution_ids: Collection[str]) -> None:
        ids = sorted(execution_ids)
        for each in ids:
            self._by_id.setdefault(each, [])
        for start in range(0, len(ids), _MOST):
            values = {"account": self._account, "ids": ids[start : start + _MOST]}
            for row in self._work.read(_BY_ID, values):
                self._names.add(row["execution_id"])
                self._by_id[row["execution_id"]].append(execution_from_row(row))
            for row in self._work.read(_BY_SECOND_ID, values):
                self._names.add(row["alternate_id"])
                self._by_id[row["alternate_id"]].append(execution_from_row(row))


def execution_of(fill: Fill, mode: Mode, seq: int = 0) -> Execution:
    return Execution(
        key=PositionKey(mode, fill.account, fill.symbol),
        wire_symbol=fill.wire_symbol,
        execution_id=fill.execution_id,
        order_id=fill.order_id,
        side=fill.side,
        qty=fill.qty,
        price=fill.price,
        occurred_at=fill.occurred_at,
        resolution_us=fill.resolution_us,
        source=fill.source,
        seq=seq,
        commission=fill.commission,
        position_qty=fill.position_qty,
    )


def _longest_unit(executions: Iterable[Execution]) -> timedelta:
    """How far apart two reports of one fill may be: back-fills tell whole seconds."""
    return timedelta(microseconds=max(1_000_000, *(each.resolution_us for each in executions)))


def _alike(execution: Execution) -> tuple[object, ...]:
    return (execution.order_id, execution.key.symbol, execution.side, execution.qty)


def _is_said_by(booked: tuple[Any, ...] | None, fill: Fill) -> bool:
    """Word for word, as the driver gives a row: a number of SQLite's is a double, one of PostgreSQL's a decimal."""
    if booked is None or (fill.execution_id.startswith(_OWN) and fill.source is Source.REPLAY):
        return False
    symbol, side, qty, price, occurred_at = booked
    return bool(
        symbol == fill.symbol
        and occurred_at == micros_from_utc(fill.occurred_at)
        and side == fill.side
        and _is_number(qty, fill.qty)
        and _is_number(price, fill.price)
    )


def _is_number(stored: Any, value: Any) -> bool:  # noqa: ANN401  # whatever the driver makes of a number
    if stored is None or value is None:
        return stored is value
    return bool(stored == (float(value) if isinstance(stored, float) else value))
