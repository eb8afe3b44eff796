"""What is in question about one account: what the broker said last, what the trader is asked, what he has answered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from core.reconcile import Judgement, Verdict
from core.stale import Doubt

_DOUBTS = {Verdict.SILENT: Doubt.SILENT, Verdict.FLAT: Doubt.FLAT, Verdict.DIFFERENT: Doubt.DIFFERENT}
# These are believed when the broker says them in two listings in a row.
_TO_BE_SAID_TWICE = (Verdict.FLAT, Verdict.DIFFERENT, Verdict.UNBOOKED)


@dataclass(frozen=True, slots=True)
class Matter:
    """One open position in question; `revision` is the ledger's when either side of it last changed."""

    doubt: Doubt
    qty: Decimal
    broker_qty: Decimal | None
    broker_average: Decimal | None
    broker_said: str
    asked_at: datetime
    revision: int

    def is_answered_by(self, kept: "Matter | None") -> bool:
        """True when the trader has kept the position against these very words; silence says nothing new."""
        if kept is None:
            return False
        if self.doubt is Doubt.SILENT:
            return True
        return (self.doubt, self.qty, self.broker_qty) == (kept.doubt, kept.qty, kept.broker_qty)

    def following(self, before: "Matter | None") -> "Matter":
        """The same matter keeps its revision, however often it is heard."""
        if before is None:
            return self
        same = replace(before, broker_said=self.broker_said, asked_at=self.asked_at, revision=self.revision)
        return replace(self, revision=before.revision) if same == self else self


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Mappings go by normalised symbol.

    `suspected` holds our quantity and his where the last listing differed. `kept` are matters that the trader has
    answered with "still open". With `wants_answer` the broker has to be asked once more.
    """

    matters: Mapping[str, Matter] = field(default_factory=dict)
    suspected: Mapping[str, tuple[Decimal, Decimal | None]] = field(default_factory=dict)
    kept: Mapping[str, Matter] = field(default_factory=dict)
    wants_answer: bool = False

    def after_listing(
        self, judged: Mapping[str, Judgement], waiting: Collection[str], at: datetime, revision: int
    ) -> tuple["Inquiry", tuple[str, ...]]:
        """The broker listed all positions; also the symbols that he holds, says so twice, and we have not booked.

        What waits for a report behind its newest fill is not judged yet.
        """
        matters, suspected, unbooked = {}, {}, []
        is_new = False
        for symbol, judgement in judged.items():
            if symbol in waiting or judgement.is_agreed or judgement.verdict is Verdict.UNCLEAR:
                continue
            if judgement.verdict in _TO_BE_SAID_TWICE:
                suspected[symbol] = (judgement.ours, judgement.theirs)
                if not self._has_heard(symbol, judgement):
                    is_new = True
                    continue
            if judgement.verdict is Verdict.UNBOOKED:
                unbooked.append(symbol)
            else:
                matters[symbol] = _matter(judgement, at, revision).following(self.matters.get(symbol))
        agreed = {symbol for symbol, judgement in judged.items() if judgement.is_agreed}
        kept = {symbol: each for symbol, each in self.kept.items() if symbol not in agreed}
        after = Inquiry(_unanswered(matters, kept), suspected, kept, wants_answer=is_new)
        return after, tuple(unbooked)

    def after_silence(self, judged: Mapping[str, Judgement], at: datetime, revision: int) -> "Inquiry":
        """The broker gave no answer: whatever is open is in question, and what he said before counts no more."""
        silent = {
            symbol: _matter(judgement, at, revision).following(self.matters.get(symbol))
            for symbol, judgement in judged.items()
            if judgement.verdict is Verdict.SILENT
        }
        return Inquiry(_unanswered(silent, self.kept), {}, self.kept)

    def after_difference(self, symbol: str, ours: Decimal, theirs: Decimal | None) -> "Inquiry":
        """Something speaks against what we hold: the broker is asked, unless this is in question already."""
        known = self.matters.get(symbol) or self.kept.get(symbol)
        is_known = known is not None and known.qty == ours and theirs in (known.broker_qty, None)
        return self if is_known else replace(self, wants_answer=True)

    def after_link(self) -> "Inquiry":
        """A link began or ended: what it was about to find out is open again; what was in question stays so."""
        return Inquiry(self.matters, kept=self.kept)

    def settled(self, held: Mapping[str, Decimal], is_agreed: Callable[[str], bool], revision: int) -> "Inquiry":
        """Without what is settled: closed, agreed on, or changed by a fill since the broker spoke of it."""
        if not self.matters and not self.kept:
            return self
        matters = {
            symbol: matter if matter.qty == held[symbol] else replace(matter, qty=held[symbol], revision=revision)
            for symbol, matter in self.matters.items()
            if _stands(symbol, matter, held) and not is_agreed(symbol)
        }
        kept = {
            symbol: matter
            for symbol, matter in self.kept.items()
            if _stands(symbol, matter, held) and not is_agreed(symbol)
        }
        return replace(self, matters=matters, kept=kept)

    def keeping(self, symbol: str) -> "Inquiry":
        """The trader says that the position is still open."""
        return replace(self.without(symbol), kept={**self.kept, symbol: self.matters[symbol]})

    def without(self, symbol: str) -> "Inquiry":
        return replace(self, matters={name: each for name, each in self.matters.items() if name != symbol})

    def asking(self) -> "Inquiry":
        return replace(self, wants_answer=True)

    def _has_heard(self, symbol: str, judgement: Judgement) -> bool:
        pair = (judgement.ours, judgement.theirs)
        known = (self.matters.get(symbol), self.kept.get(symbol))
        return self.suspected.get(symbol) == pair or pair in [(each.qty, each.broker_qty) for each in known if each]


def _matter(judgement: Judgement, at: datetime, revision: int) -> Matter:
    doubt = _DOUBTS[judgement.verdict]
    return Matter(doubt, judgement.ours, judgement.theirs, judgement.average, judgement.said, at, revision)


def _unanswered(matters: Mapping[str, Matter], kept: Mapping[str, Matter]) -> dict[str, Matter]:
    return {symbol: each for symbol, each in matters.items() if not each.is_answered_by(kept.get(symbol))}


def _stands(symbol: str, matter: Matter, held: Mapping[str, Decimal]) -> bool:
    """What the broker kept silent about stays in question however it changes."""
    return symbol in held and (matter.doubt is Doubt.SILENT or matter.qty == held[symbol])
