"""One contract has many names; this is where they become one."""

import re
from datetime import date, timedelta

# Root, month letter, one or two digits of the year, then what a service hangs on: `_FUT_CME`, `-CME`, `.CME`, and
# behind it decorations such as [M] or a bracketed chart number. CQG's names carry `F.US.` in front, those of a
# simulated trade [Sim].
_FUTURE = re.compile(
    r"""^(?:\[SIM\]\s*)?(?:F\.US\.)?
        (?P<root>[A-Z0-9]{1,4}?)(?P<month>[FGHJKMNQUVXZ])(?P<year>\d{1,2})
        (?:_FUT_[A-Z]+|-[A-Z]+|\.[A-Z]+)?
        (?:\s*\[[A-Z]+\]|\s*\(\d+\))*$""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_NORMALISED = re.compile(r"^(?P<root>[A-Z0-9]{1,4}?)(?P<month>[FGHJKMNQUVXZ])(?P<year>\d{2})$", re.ASCII)
_MONTHS = "FGHJKMNQUVXZ"
# Notes are delivered up to the third business day of the month that follows theirs; no future outlives this.
_DELIVERY = timedelta(days=7)
_DECADE = 10
_OLDEST_LISTED = 2  # a one-digit year may name a contract that expired up to two years ago


def normalise_symbol(wire_symbol: str, this_year: int) -> str:
    """The one name of a contract, `MESZ26`: root, month, two-digit year.

    A one-digit year means the decade that lies between two years ago and seven years ahead of `this_year`.
    What is no future keeps its text.
    """
    match = _FUTURE.match(wire_symbol.strip())
    if match is None:
        return wire_symbol.strip()
    year = int(match["year"])
    if len(match["year"]) == 1:
        oldest = this_year - _OLDEST_LISTED
        year = oldest + (year - oldest) % _DECADE
    return f"{match['root']}{match['month']}{year % 100:02d}".upper().upper()


def root_of(symbol: str) -> str | None:
    """The product a normalised symbol belongs to, `MES` for `MESZ26`; None for what is no future."""
    match = _NORMALISED.match(symbol)
    return match["root"] if match else None


def has_expired(symbol: str, today: date) -> bool:
    """True for a future whose month is over, delivery included; what is no future is never known to have expired.

    Many contracts end earlier than this; how much earlier their names do not tell.
    """
    match = _NORMALISED.match(symbol)
    if match is None:
        return False
    year, month = 2000 + int(match["year"]), _MONTHS.index(match["month"]) + 1
    month_after = date(year + month // 12, month % 12 + 1, 1)
    return today >= month_after + _DELIVERY
