"""Where the wire ends: messages become facts, and sentinels, floats, epochs and 1-based enums die here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from core.clock import Now
from core.contracts import Contract
from core.facts import BalanceReported, ContractDefined, Fill, InputRefused, PositionReported
from core.symbols import normalise_symbol
from core.values import Side, Source, utc_from_micros
from data.dtc.enums import BuySell, OrderUpdateReason, SecurityType
from data.dtc.messages import (
    AccountBalanceUpdate,
    HistoricalOrderFillResponse,
    Number,
    OrderUpdate,
    PositionUpdate,
    SecurityDefinitionResponse,
)
from data.dtc.refusal import refuse_fill

# DBL_MAX and FLT_MAX mean unset. Nothing real is as large as this, and no time below it leaves the calendar.
_UNSET = 1e17
# Outside of this no quantity is real, and a table could not hold what adds up.
_SMALLEST_QTY, _LARGEST_QTY = Decimal("1e-6"), Decimal(10**9)
_HIGHEST_PRICE = Decimal("1e9")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCK_ERROR = timedelta(days=1)
_SECOND_US = 1_000_000
_MILLISECOND_US = 1_000
# The unit of a time field changed under one and the same protocol version, so its magnitude tells.
_SECONDS_BELOW = 1e11
_MILLISECONDS_BELOW = 1e14
_SIDES = {BuySell.BUY: Side.BUY, BuySell.SELL: Side.SELL}
_FILL_REASONS = (OrderUpdateReason.ORDER_FILLED, OrderUpdateReason.ORDER_FILLED_PARTIALLY)
_FLOAT32_DIGITS = 7
_AS_SENT = Decimal(1)


@dataclass(frozen=True, slots=True)
class WireTime:
    """A moment and how coarse its source is, in microseconds."""

    at: datetime
    resolution_us: int


def known_number(value: Number) -> float | int | None:
    """The number, or None for what the protocol leaves unset."""
    return value if value is not None and abs(value) < _UNSET else None


def exact(value: Number) -> Decimal | None:
    """The decimal that a wire double stands for: its shortest text."""
    number = known_number(value)
    return None if number is None else Decimal(repr(number)).normalize() + 0


def exact_float32(value: Number) -> Decimal | None:
    """The decimal behind a float32 that was widened on the way (0.009999999776 is 0.01)."""
    number = known_number(value)
    return None if number is None else Decimal(f"{number:.{_FLOAT32_DIGITS}g}").normalize() + 0


def wire_time(value: Number) -> WireTime | None:
    """A time in seconds, milliseconds or microseconds since 1970; 0 and unset are None."""
    micros = wire_micros(value)
    if micros is None or value is None:
        return None
    unit = _unit_us(value)
    return WireTime(utc_from_micros(micros), unit if micros % unit == 0 else 1)


def wire_micros(value: Number) -> int | None:
    """As `wire_time`, as microseconds: ticks come too often for more."""
    if value is None or not 0 < value < _UNSET:
        return None
    return round(value * _unit_us(value))


def price_scale(definition: SecurityDefinitionResponse) -> Decimal:
    """What turns this symbol's prices on the wire into those a trader knows."""
    scale = exact_float32(definition.DisplayPriceMultiplier)
    return scale if scale is not None and scale > 0 else _AS_SENT


def reports_fill(update: OrderUpdate) -> bool:
    return update.OrderUpdateReason in _FILL_REASONS


def _unscaled(_wire_symbol: str) -> Decimal:
    return _AS_SENT


def _unit_us(number: float) -> int:
    if number < _SECONDS_BELOW:
        return _SECOND_US
    return _MILLISECOND_US if number < _MILLISECONDS_BELOW else 1


class Translator:
    """Turns messages into facts, by the clock given and nothing else."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def symbol(self, wire_symbol: str | None) -> str:
        """The normalised name of a wire symbol; empty for none."""
        return normalise_symbol(wire_symbol or "", self._now().year)

    def fill(self, update: OrderUpdate, scale: Decimal = _AS_SENT) -> Fill | InputRefused | None:
        """The fill an order update reports; None for all other reasons, whatever its last-fill fields hold.

        Status 3 is a resting bracket child, reason 1 and 3 restate: none of them is a fill. A price on the wire times
        `scale` is the price a trader knows.
        """
        if not reports_fill(update):
            return None
        wire = _WireFill(
            account=update.TradeAccount or "",
            wire_symbol=update.Symbol or "",
            order_id=update.ServerOrderID or "",
            execution_id=update.LastFillExecutionID or "",
            side=update.BuySell,
            qty=update.LastFillQuantity,
            price=update.LastFillPrice,
            time=update.LastFillDateTime,
            filled_qty=exact(update.FilledQuantity),
            message=update,
        )
        return self._fill(wire, Source.LIVE, scale)

    def past_fills(
        self, responses: Iterable[HistoricalOrderFillResponse], scale_of: Callable[[str], Decimal] = _unscaled
    ) -> Iterator[Fill | InputRefused]:
        """The fills of one back-fill answer, oldest first, without its sentinel; `scale_of` is asked by wire symbol."""
        filled: dict[str, Decimal] = {}
        for response in sorted(responses, key=lambda response: wire_micros(response.DateTime) or 0):
            if response.NoOrderFills:
                continue
            order_id = response.ServerOrderID or ""
            filled[order_id] = filled.get(order_id, Decimal(0)) + (exact(response.Quantity) or 0)
            wire = _WireFill(
                account=response.TradeAccount or "",
                wire_symbol=response.Symbol or "",
                order_id=order_id,
                execution_id=response.UniqueExecutionID or "",
                side=response.BuySell,
                qty=response.Quantity,
                price=response.Price,
                time=response.DateTime,
                filled_qty=filled[order_id],
                message=response,
            )
            fill = self._fill(wire, Source.REPLAY, scale_of(wire.wire_symbol))
            if isinstance(fill, Fill):
                fill = replace(fill, position_qty=exact(response.PositionQuantity))
            yield fill

    def position(self, update: PositionUpdate, scale: Decimal = _AS_SENT) -> PositionReported | InputRefused | None:
        """The broker's word on one position; None for the sentinel of an empty answer, which names no symbol.

        A price on the wire times `scale` is the price a trader knows.
        """
        qty = exact(update.Quantity)
        if update.NoPositions or not (update.Symbol or qty):
            return None
        if qty is None or not update.TradeAccount or not update.Symbol:
            return _refused(update.TradeAccount, "A position without a readable quantity, account or symbol", update)
        average = _price(update.AveragePrice, scale) if qty else None
        return PositionReported(
            update.TradeAccount, self.symbol(update.Symbol), qty, self._now(), average, update.Symbol
        )

    def balance(self, update: AccountBalanceUpdate) -> BalanceReported | InputRefused | None:
        """An account's cash; None for the sentinel of an empty answer."""
        if update.NoAccountBalances or not update.TradeAccount:
            return None
        cash = exact(update.CashBalance)
        if cash is None:
            return _refused(update.TradeAccount, "A balance that is no number", None)
        return BalanceReported(update.TradeAccount, cash, update.AccountCurrency or None, self._now())

    def contract(self, definition: SecurityDefinitionResponse) -> ContractDefined | None:
        """A contract's worth; None where the server does not know the symbol (security type 0)."""
        tick = exact_float32(definition.MinPriceIncrement)
        tick_value = exact_float32(definition.CurrencyValuePerIncrement)
        if definition.SecurityType == SecurityType.UNSET or not tick or not tick_value or not definition.Currency:
            return None
        if tick < 0 or tick_value < 0 or not definition.Symbol:
            return None
        contract = Contract(tick, (tick_value / tick).normalize() + 0, definition.Currency)
        return ContractDefined(self.symbol(definition.Symbol), contract)

    def _fill(self, wire: "_WireFill", source: Source, scale: Decimal) -> Fill | InputRefused:
        side = _SIDES.get(BuySell(wire.side)) if wire.side in tuple(BuySell) else None
        qty = exact(wire.qty)
        fault = _fault(wire, side, qty)
        if fault is not None or side is None or qty is None:
            return refuse_fill(wire.message, self.symbol(wire.wire_symbol), f"A fill without a readable {fault}")
        price = _price(wire.price, scale)
        time = self._time_of(wire)
        fill = Fill(
            account=wire.account,
            symbol=self.symbol(wire.wire_symbol),
            wire_symbol=wire.wire_symbol,
            execution_id=wire.execution_id,
            order_id=wire.order_id,
            side=side,
            qty=qty,
            price=price,
            occurred_at=time.at,
            resolution_us=time.resolution_us,
            source=source,
        )
        return fill if fill.execution_id else replace(fill, execution_id=_own_id(fill, wire.filled_qty))

    def _time_of(self, wire: "_WireFill") -> WireTime:
        """When it happened; now, where the report names no time or one at which it cannot have happened."""
        now, time = self._now(), wire_time(wire.time)
        if time is None or not _EARLIEST <= time.at <= now + _CLOCK_ERROR:
            return WireTime(now, _SECOND_US)
        return time


@dataclass(frozen=True, slots=True)
class _WireFill:
    """What live and historical fill messages have in common, as sent."""

    account: str
    wire_symbol: str
    order_id: str
    execution_id: str
    side: int | None
    qty: Number
    price: Number
    time: Number
    filled_qty: Decimal | None
    message: OrderUpdate | HistoricalOrderFillResponse


def _fault(wire: _WireFill, side: Side | None, qty: Decimal | None) -> str | None:
    """The first thing without which a fill cannot be booked; an odd price or time is no such thing."""
    if not wire.account:
        return "account"
    if not wire.wire_symbol:
        return "symbol"
    if side is None:
        return "side"
    return "quantity" if qty is None or not _SMALLEST_QTY <= qty <= _LARGEST_QTY else None


def _price(wire: Number, scale: Decimal) -> Decimal | None:
    """The price a trader knows; 0 is how a report says that it has none, and nothing trades at what is absurd."""
    price = exact(wire)
    if not price or abs(price * scale) > _HIGHEST_PRICE:
        return None
    return (price * scale).normalize() + 0


def _own_id(fill: Fill, filled_qty: Decimal | None) -> str:
    """An id for a fill that has none: its order and how much of it was filled by then."""
    if fill.order_id and filled_qty is not None:
        return f"~{fill.order_id}:{filled_qty:f}"
    return f"~{fill.symbol}:{fill.occurred_at.isoformat()}:{fill.side}:{fill.qty:f}:{fill.price}"


def _refused(account: str | None, reason: str, raw: object) -> InputRefused:
    return InputRefused(account or None, reason, "" if raw is None else repr(raw))
