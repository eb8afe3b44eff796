"""What the trader types, read: a value, or the sentence that says why it is none."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from panels import formats

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d:\d\d|Z)?", re.ASCII)
_MOST_DIGITS = 15  # as many as the ledger keeps exactly

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T_co]):
    """`value` is None where the field cannot be taken, and `problem` says why; `hint` is only good to know."""

    value: T_co | None
    problem: str = ""
    hint: str = ""


def read_price(text: str, tick_size: Decimal | None) -> Entry[Decimal]:
    """A price that was traded: it lies on the tick grid where that is known."""
    entry = _read_number(text, "a price")
    if entry.value is None:
        return entry
    if tick_size is None:
        return Entry(entry.value, hint="Tick size unknown: taken as it is")
    if entry.value % tick_size:
        below = entry.value // tick_size * tick_size
        return Entry(None, f"Between two ticks of {tick_size.normalize():f}: near {below:f}")
    return entry


def read_average(text: str) -> Entry[Decimal]:
    """An average price, which may lie between two ticks."""
    return _read_number(text, "an average price")


def read_quantity(text: str) -> Entry[Decimal]:
    entry = _read_number(text, "a quantity")
    if entry.value is not None and entry.value <= 0:
        return Entry(None, "A quantity above 0; the side says the rest")
    return entry


def read_time(text: str, entered: datetime, now: datetime) -> Entry[datetime]:
    """A moment of this machine's time zone, unless it names another, from the entry until now; aware, in UTC."""
    if not _TIME.fullmatch(text.strip()):
        return Entry(None, "Write it as 2026-09-15 09:38:10")
    try:
        moment = datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return Entry(None, "There is no such time")
    # The entry is shown to the second: what reads like it, is it.
    if moment < entered.replace(microsecond=0):
        return Entry(None, f"Before the entry at {formats.date_and_time(entered)}")
    if moment > now:
        return Entry(None, f"Still to come: now it is {formats.date_and_time(now)}")
    return Entry(max(moment, entered))


def _read_number(text: str, what: str) -> Entry[Decimal]:
    plain = text.replace(formats.GROUP_SPACE, "").replace(" ", "").replace(formats.MINUS, "-")
    if not plain:
        return Entry(None, f"Enter {what}")
    if "," in plain:
        return Entry(None, "Write it with a point and no comma: 5050.25")
    if not _NUMBER.fullmatch(plain):
        return Entry(None, f"Not a number: {text.strip()[:20]}")
    if sum(character.isdigit() for character in plain) > _MOST_DIGITS:
        return Entry(None, f"More than {_MOST_DIGITS} digits")
    return Entry(Decimal(plain))
