"""How values read on the screen: each kind of figure has one form, and unknown is a dash, never 0."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from core.values import PositionSide

UNKNOWN = "—"
MINUS = "\N{MINUS SIGN}"
# The text face has no thin space, and a borrowed one would make the line taller.
GROUP_SPACE = "\N{NO-BREAK SPACE}"

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_CENTS = Decimal("0.01")
_MOST_DECIMALS = 8
_FEW_SECONDS = 10


def price(value: Decimal | None, tick_size: Decimal | None) -> str:
    """`5 053.75`: with the decimals of the tick, or as it came where the tick is unknown."""
    if value is None:
        return UNKNOWN
    decimals = _decimals(value if tick_size is None else tick_size)
    return f"{value:,.{decimals}f}".replace(",", GROUP_SPACE).replace("-", MINUS)


def average_price(value: Decimal | None, tick_size: Decimal | None) -> str:
    """A price that may lie between two ticks: at least two decimals then, so that it is not taken for a traded one."""
    if value is None or tick_size is None or value % tick_size == 0:
        return price(value, tick_size)
    return price(value, min(tick_size, _CENTS))


def money(value: Decimal | None, currency: str | None) -> str:
    """`$51,284.50`, below 0 with a true minus; a currency without a sign stands in front as its code."""
    if value is None:
        return UNKNOWN
    rounded = value.quantize(_CENTS, rounding=ROUND_HALF_EVEN)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{_currency_sign(currency)}{abs(rounded):,.2f}"


def signed_money(value: Decimal | None, currency: str | None) -> str:
    """`+$52.50`, the sign before the currency; 0 has none."""
    text = money(value, currency)
    return f"+{text}" if value is not None and value.quantize(_CENTS) > 0 else text


def points(value: Decimal | None, tick_size: Decimal | None) -> str:
    """`+3.50 pts`."""
    return UNKNOWN if value is None else f"{_signed(value, average_price(abs(value), tick_size))} pts"


def ticks(value: Decimal | None) -> str:
    """`+14 ticks`, `+1 tick`, with one decimal where an average price lies between two ticks."""
    if value is None:
        return UNKNOWN
    decimals = 0 if value == value.to_integral_value() else 1
    unit = "tick" if abs(value) == 1 else "ticks"
    return f"{_signed(value, f'{abs(value):,.{decimals}f}')} {unit}"


def quantity(value: Decimal) -> str:
    return f"{value.normalize():f}"


def holding(side: PositionSide, qty: Decimal, symbol: str) -> str:
    """`LONG 2 MESZ26`, whatever the sign of `qty`."""
    return f"{side} {quantity(abs(qty))} {symbol}"


def count(value: int) -> str:
    """`48 212`."""
    return f"{value:,}".replace(",", GROUP_SPACE)


def percent(share: Decimal | None, decimals: int = 0) -> str:
    """A share of 1 as `74%`."""
    if share is None:
        return UNKNOWN
    text = f"{share * 100:,.{decimals}f}%"
    return text.replace("-", MINUS)


def ratio(value: Decimal | None) -> str:
    return UNKNOWN if value is None else f"{value:,.2f}".replace("-", MINUS)


def r_multiple(value: Decimal | None) -> str:
    """`+1.25 R`: a result in units of the initial risk."""
    return UNKNOWN if value is None else f"{_signed(value, f'{abs(value):,.2f}')} R"


def duration(seconds: int) -> str:
    """`hh:mm:ss`; days go on counting as hours."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def lag(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min`, `2 h`: the finer the smaller."""
    if seconds < _FEW_SECONDS:
        return f"{seconds:.1f} s"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def time_between(start: datetime, end: datetime) -> str:
    return duration(max(0, (end - start) // timedelta(seconds=1)))


def moment(at: datetime) -> str:
    """`09:38:10` in this machine's time zone, with the date in front unless that is today's."""
    local = at.astimezone()
    is_today = local.date() == datetime.now(UTC).astimezone().date()
    return f"{local:%H:%M:%S}" if is_today else date_and_time(at)


def date_and_time(at: datetime) -> str:
    """`2026-01-12 09:38:10` in this machine's time zone."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _currency_sign(currency: str | None) -> str:
    if currency is None:
        return ""
    return _SYMBOLS.get(currency, f"{currency}{GROUP_SPACE}")


def _signed(value: Decimal, magnitude: str) -> str:
    if value == 0:
        return magnitude
    return f"{'+' if value > 0 else MINUS}{magnitude}"


def _decimals(grid: Decimal) -> int:
    exponent = grid.normalize().as_tuple().exponent
    return min(_MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0
