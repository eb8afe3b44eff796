"""Prices: which symbols are watched, how this server writes their prices, and the trades that go by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from core.clock import Now
from core.facts import ContractDefined
from core.values import micros_from_utc
from data.dtc import messages as dtc
from data.dtc.enums import AtBidOrAsk, RequestAction
from data.dtc.requests import Question, Requests
from data.dtc.translate import Translator, exact_float32, known_number, price_scale, wire_micros

_Trade = dtc.MarketDataUpdateTrade | dtc.MarketDataUpdateTradeCompact | dtc.MarketDataUpdateTradeWithUnbundledIndicator
_MOST_SYMBOLS = 1000  # nobody trades more; a server that names more must not fill the memory
_PRICE_DIGITS = 9  # finer than any grid, coarser than a float's noise


_KNOWN_HITS: dict[int, int] = {AtBidOrAsk.AT_BID: -1, AtBidOrAsk.AT_ASK: 1}


class Traded(NamedTuple):
    """One trade that went by; `at_us` is the venue's time in microseconds.

    `volume` is 0 where it was not told; `hit` is 1 for a trade at the ask, -1 at the bid, 0 where that was not told.
    """

    symbol: str
    price: float
    at_us: int
    volume: int = 0
    hit: int = 0


@dataclass(frozen=True, slots=True)
class PricesBegan:
    """The server has taken a subscription: from here on no trade of the symbol is missing while the link holds."""

    symbol: str


@dataclass(frozen=True, slots=True)
class PricesRefused:
    """The server gives this connection no prices of a symbol."""

    symbol: str
    reason: str


@dataclass(slots=True)
class _Watched:
    """One symbol; `is_settled` once its definition has come, or will not come."""

    wire_symbol: str
    symbol: str
    symbol_id: int
    question: int = 0  # the request for the definition, 0 where it came unasked
    scale: Decimal = Decimal(1)
    float_scale: float = 1.0
    tick: float | None = None
    is_settled: bool = False
    has_begun: bool = False

    def define(self, definition: dtc.SecurityDefinitionResponse) -> None:
        self.scale = price_scale(definition)
        self.float_scale = float(self.scale)
        tick = exact_float32(definition.MinPriceIncrement)
        self.tick = float(tick) if tick else None

    def price(self, wire: dtc.Number) -> float | None:
        """The price a trader knows."""
        number = known_number(wire)
        if number is None or self.float_scale == 1.0:
            return number
        return round(number * self.float_scale, _PRICE_DIGITS)

    def price_of_float32(self, wire: dtc.Number) -> float | None:
        """As `price`, for a float32 that was widened: its noise is gone on the tick grid, else with the 8th digit."""
        number = known_number(wire)
        if number is None:
            return None
        if self.tick is None:
            return float(f"{number * self.float_scale:.7g}")
        return round(round(number * self.float_scale / self.tick) * self.tick, _PRICE_DIGITS)


class Market:
    """Asks for definitions and trades, once for each symbol.

    A symbol's trades are asked for when its definition is settled, so no price is ever read on the wrong scale.
    """

    def __init__(self, now: Now, send: Callable[[dtc.Message], None], requests: Requests) -> None:
        self._now = now
        self._send = send
        self._requests = requests
        self._translate = Translator(now)
        self._watched: dict[str, _Watched] = {}
        self._by_id: dict[int, _Watched] = {}

    def watch(self, wire_symbol: str, monotonic: float) -> None:
        """Asks for a symbol's definition and then its trades, once."""
        if not wire_symbol or wire_symbol in self._watched or len(self._watched) >= _MOST_SYMBOLS:
            return
        question = self._requests.ask(Question.DEFINITION, wire_symbol, monotonic)
        self._add(wire_symbol, question)
        self._send(dtc.SecurityDefinitionForSymbolRequest(RequestID=question, Symbol=wire_symbol))

    def is_settled(self, wire_symbol: str) -> bool:
        """Whether the scale of this symbol's prices is as well known as it ever will be."""
        watched = self._watched.get(wire_symbol)
        return watched.is_settled if watched is not None else len(self._watched) >= _MOST_SYMBOLS

    def scale(self, wire_symbol: str) -> Decimal:
        watched = self._watched.get(wire_symbol)
        return Decimal(1) if watched is None else watched.scale

    def settle(self, wire_symbol: str) -> None:
        """The definition has come, or will not come: asks for the trades."""
        watched = self._watched.get(wire_symbol)
        if watched is None or watched.is_settled:
            return
        watched.is_settled = True
        self._requests.close(Question.DEFINITION, watched.question)
        self._send(
            dtc.MarketDataRequest(RequestAction=RequestAction.SUBSCRIBE, SymbolID=watched.symbol_id, Symbol=wire_symbol)
        )

    def define(self, definition: dtc.SecurityDefinitionResponse) -> ContractDefined | None:
        """Takes in a definition, asked for or not; None where the server does not know the symbol.

        A server that names a symbol unasked means it to be watched.
        """
        request = self._requests.close(Question.DEFINITION, definition.RequestID)
        wire_symbol = (definition.Symbol or "") if request is None else request.subject
        contract = self._translate.contract(definition)
        if contract is not None and wire_symbol not in self._watched and len(self._watched) < _MOST_SYMBOLS:
            self._add(wire_symbol)
        if wire_symbol in self._watched and definition.SecurityType:
            self._watched[wire_symbol].define(definition)
        self.settle(wire_symbol)
        return contract

    def begin(self, snapshot: dtc.MarketDataSnapshot) -> Iterable[PricesBegan]:
        """A subscription is answered by the state of the market, or by the first trade."""
        watched = self._by_id.get(snapshot.SymbolID or 0)
        return () if watched is None or watched.has_begun else self._begin(watched)

    def reject(self, reject: dtc.MarketDataReject) -> Iterable[PricesRefused]:
        watched = self._by_id.get(reject.SymbolID or 0)
        if watched is None:
            return ()
        watched.has_begun = False
        return (PricesRefused(watched.symbol, reject.RejectText or "no reason given"),)

    def trade(
        self, trade: dtc.MarketDataUpdateTrade | dtc.MarketDataUpdateTradeWithUnbundledIndicator
    ) -> Iterable[Traded | PricesBegan]:
        watched = self._by_id.get(trade.SymbolID or 0)
        return () if watched is None else self._traded(watched, watched.price(trade.Price), trade)

    def compact_trade(self, trade: dtc.MarketDataUpdateTradeCompact) -> Iterable[Traded | PricesBegan]:
        watched = self._by_id.get(trade.SymbolID or 0)
        return () if watched is None else self._traded(watched, watched.price_of_float32(trade.Price), trade)

    def _traded(self, watched: _Watched, price: float | None, trade: _Trade) -> Iterable[Traded | PricesBegan]:
        if price is None:
            return ()
        micros = wire_micros(trade.DateTime)
        at_us = micros_from_utc(self._now()) if micros is None else micros
        volume = known_number(trade.Volume) or 0
        hit = _KNOWN_HITS.get(trade.AtBidOrAsk or 0, 0)
        traded = Traded(watched.symbol, price, at_us, int(volume), hit)
        return (traded,) if watched.has_begun else (*self._begin(watched), traded)

    def _begin(self, watched: _Watched) -> Iterable[PricesBegan]:
        watched.has_begun = True
        return (PricesBegan(watched.symbol),)

    def _add(self, wire_symbol: str, question: int = 0) -> None:
        watched = _Watched(wire_symbol, self._translate.symbol(wire_symbol), len(self._watched) + 1, question)
        self._watched[wire_symbol] = watched
        self._by_id[watched.symbol_id] = watched
