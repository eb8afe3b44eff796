"""What is said about a stale position: sentences and facts, the same for every part of the dialog."""

from decimal import Decimal

from core.stale import Doubt, StalePosition, StaleView
from core.values import PositionSide
from panels import formats

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SHORT_AGES = ((2 * _MINUTE, 1, "s"), (2 * _HOUR, _MINUTE, "min"), (2 * _DAY, _HOUR, "h"))


def age(seconds: int) -> str:
    """`2 h old`: one number, rounded down."""
    for limit, unit, name in _SHORT_AGES:
        if seconds < limit:
            return f"{seconds // unit} {name} old"
    return f"{seconds // _DAY} days old"


def held(qty: Decimal) -> str:
    """`LONG 2`, `flat`; `qty` is signed."""
    return f"{PositionSide.of(qty)} {formats.quantity(abs(qty))}" if qty else "flat"


def headline(view: StaleView) -> str:
    """The first sentence: what is in doubt, and why."""
    stale = view.stale
    position = f"{held(stale.qty)} {stale.key.symbol} @ {in_sentence(stale.entry_price, view.tick_size)}"
    named = f"{position} ({stale.key.mode}, {stale.key.account}, {age(view.age_seconds)})"
    match stale.doubt:
        case Doubt.SILENT:
            return f"Open position detected: {named}. Verify with your broker."
        case Doubt.FLAT:
            return f"The broker holds nothing, but open here: {named}."
        case Doubt.DIFFERENT:
            theirs = "something else" if stale.broker_qty is None else held(stale.broker_qty)
            return f"The broker holds {theirs}, but open here: {named}."


def in_sentence(price: Decimal | None, tick_size: Decimal | None) -> str:
    """A price within words, where a space would end it: `5050.25`."""
    return formats.average_price(price, tick_size).replace(formats.GROUP_SPACE, "")


def facts(view: StaleView) -> dict[str, str]:
    """Everything known about it, caption by caption; what does not apply is empty."""
    stale = view.stale
    confirmed = "never confirmed" if stale.verified_at is None else formats.moment(stale.verified_at)
    return {
        "account": f"{stale.key.account} · {stale.key.mode}",
        "held": f"{held(stale.qty)} {stale.key.symbol}",
        "entry": f"@ {formats.average_price(stale.entry_price, view.tick_size)} · {formats.moment(stale.entry_time)}",
        "age": age(view.age_seconds),
        "confirmed": confirmed,
        "broker": f"{stale.broker_said} · asked {formats.moment(stale.asked_at)}",
        "missing": _missing(stale),
        "expired": f"{stale.wire_symbol} has expired: it cannot be held any more" if stale.has_expired else "",
    }


def _missing(stale: StalePosition) -> str:
    if stale.doubt is not Doubt.DIFFERENT or stale.missing is None:
        return ""
    side, qty = stale.missing
    return f"{side} {formats.quantity(qty)} is missing here"
