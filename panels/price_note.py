"""What there is to say of a last price that must not be taken for the market's."""

from core.views import OpenView
from panels import formats

UNCONFIRMED = (
    "A number as Sierra Chart recorded it: no known price has confirmed its scale yet, so nothing is reckoned with it"
)


def price_note(view: OpenView) -> str:
    """`last price 14:03:07` where it is old, `scale unconfirmed` where that is so; else empty."""
    if view.last_price is None or view.last_price_at is None:
        return ""
    notes = [] if view.is_price_confirmed else ["scale unconfirmed"]
    if view.is_price_old:
        notes.append(f"last price {formats.moment(view.last_price_at)}")
    return " · ".join(notes)


def price_text(view: OpenView) -> str:
    """The price; with a question mark where it is unconfirmed."""
    text = formats.price(view.last_price, view.contract.tick_size if view.contract else None)
    return text if view.is_price_confirmed or view.last_price is None else f"{text} ?"
