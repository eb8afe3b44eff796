"""What we hold against what the broker says, position by position. Pure: it judges, and changes nothing.

Identity is the normalised symbol; the broker's average price decides nothing, he may average differently. Silence and
refusal are no answer, and never "flat".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.facts import Answer, PositionReported
from core.symbols import has_expired

_FLAT = Decimal(0)
# Signed quantities of one account by normalised symbol; what is missing is flat.
Quantities = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Told:
    """How the broker answered the question for one account's positions; without an answer `positions` say nothing."""

    answer: Answer
    positions: tuple[PositionReported, ...] = ()
    reason: str = ""


class Verdict(StrEnum):
    AGREED = "agreed"
    SILENT = "silent"  # open here, and he did not say
    FLAT = "flat"  # open here, flat there
    DIFFERENT = "different"  # open on both sides, in another quantity or on the other side
    UNBOOKED = "unbooked"  # flat here, open there
    PHANTOM = "phantom"  # flat here, and there in a contract that is no more
    UNCLEAR = "unclear"  # flat here, and he contradicts himself


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comes of one position: `ours` and `theirs` are signed, `theirs` None where the broker did not say."""

    verdict: Verdict
    ours: Decimal
    theirs: Decimal | None
    average: Decimal | None = None
    wire_symbol: str = ""
    said: str = ""

    @property
    def is_agreed(self) -> bool:
        """True where nothing speaks against what we hold; a contract that is no more does not."""
        return self.verdict in (Verdict.AGREED, Verdict.PHANTOM)


def reconcile(
    ours: Mapping[str, Quantities], theirs: Mapping[str, Told], today: date
) -> dict[tuple[str, str], Judgement]:
    """Judges every position of the accounts in `theirs`, which are those that this connection shows; no other.

    A symbol that is flat on both sides needs no judgement; `today` tells which contracts have expired.
    """
    judged = {}
    for account, told in theirs.items():
        for symbol, judgement in _judge_account(ours.get(account, {}), told, today):
            judged[account, symbol] = judgement
    return judged


def _judge_account(ours: Quantities, told: Told, today: date) -> Iterable[tuple[str, Judgement]]:
    if told.answer is Answer.NOT_HERE:
        return
    rows = _rows_by_symbol(told)
    for symbol in sorted({*rows, *(symbol for symbol, qty in ours.items() if qty)}):
        held = ours.get(symbol, _FLAT)
        if told.answer is Answer.ANSWERED:
            yield symbol, _judge(symbol, held, rows.get(symbol, ()), today)
        elif held:
            said = told.reason or "no reason given"
            yield symbol, Judgement(Verdict.SILENT, held, None, said=f"{told.answer}: {said}")


def _rows_by_symbol(told: Told) -> dict[str, tuple[PositionReported, ...]]:
    """Rows of quantity 0 are contracts that were traded once: they say no more than a missing row."""
    rows: dict[str, tuple[PositionReported, ...]] = defaultdict(tuple)
    if told.answer is Answer.ANSWERED:
        for row in sorted(told.positions, key=lambda row: (row.wire_symbol, row.qty, str(row.average))):
            if row.qty:
                rows[row.symbol] = (*rows[row.symbol], row)
    return rows


def _judge(symbol: str, held: Decimal, rows: tuple[PositionReported, ...], today: date) -> Judgement:
    if len({row.qty for row in rows}) > 1:
        # One contract under two names, and each says something else.
        said = "contradicts himself: " + " and ".join(f"{row.wire_symbol or symbol} {row.qty:f}" for row in rows)
        return Judgement(Verdict.SILENT if held else Verdict.UNCLEAR, held, None, said=said)
    if not rows:
        return Judgement(Verdict.FLAT, held, _FLAT, said="flat")
    row = rows[0]
    said = f"{'LONG' if row.qty > 0 else 'SHORT'} {abs(row.qty):f}"
    verdict = _verdict(held, row.qty, is_expired=has_expired(symbol, today))
    return Judgement(verdict, held, row.qty, row.average, row.wire_symbol, said)


def _verdict(held: Decimal, theirs: Decimal, *, is_expired: bool) -> Verdict:
    if held == theirs:
        return Verdict.AGREED
    if held:
        return Verdict.DIFFERENT
    return Verdict.PHANTOM if is_expired else Verdict.UNBOOKED
