"""What a contract traded at, at a moment gone by, as Sierra Chart recorded it."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from core.clock import Now, utc_now
from core.contracts import ContractBook
from core.session_day import SessionCalendar
from core.symbols import normalise_symbol
from core.values import micros_from_utc
from data.feeds.price_scale import PriceScale, decide_scale, unconfirmed_scale
from data.feeds.scid_file import ScidFile
from data.feeds.scid_folder import ScidFolder
from data.feeds.scid_record import ScidNotReady
from data.feeds.tick import TickBlock

_DAY = timedelta(days=1)
_OLDEST = timedelta(minutes=10)  # of trading
_BREAK = timedelta(hours=1)  # before a market of the evening roll begins its next session


class RecordedPrices:
    """Answers from the files of a Data folder. Any thread may ask: no file stays open and no answer is kept."""

    def __init__(
        self,
        folder: ScidFolder,
        contracts: ContractBook,
        calendar_of: Callable[[str], SessionCalendar],
        now: Now = utc_now,
    ) -> None:
        """`calendar_of` finds the session calendar of a normalised symbol."""
        self._folder = folder
        self._contracts = contracts
        self._calendar_of = calendar_of
        self._now = now

    def price_at(self, wire_symbol: str, at: datetime, known: tuple[datetime, Decimal] | None = None) -> Decimal | None:
        """The last trade at or before `at`, not older than ten minutes of trading.

        `known` is a moment and the price then, from a fill or another feed: by it the scale of the file is confirmed.
        None where nothing is recorded, the file cannot be read now, or its scale is not confirmed.
        """
        file = self._folder.find(wire_symbol)
        if file is None:
            return None
        symbol = normalise_symbol(wire_symbol, self._now().year)
        calendar = self._calendar_of(symbol)
        try:
            scale = self.scale_of(file, symbol, known)
            recorded = _last_trade(file, at, calendar) if scale.is_confirmed else None
        except ScidNotReady:
            return None
        return None if recorded is None else scale.price(recorded)

    def scale_of(self, file: ScidFile, symbol: str, known: tuple[datetime, Decimal] | None) -> PriceScale:
        """The scale on which `file` has the prices of a normalised symbol: confirmed by `known`, or by nothing.

        Raises:
            ScidNotReady: the file cannot be read now.
        """
        calendar = self._calendar_of(symbol)
        contract = self._contracts.find(symbol)
        tick_size = contract.tick_size if contract else None
        if known is None:
            return unconfirmed_scale(tick_size)
        recorded = _last_trade(file, known[0], calendar)
        if recorded is None:  # the file may begin only then
            recorded = _first_trade(file, known[0])
        if recorded is None:
            return unconfirmed_scale(tick_size)
        return decide_scale(self._contracts.raw_multipliers(symbol), tick_size, recorded, known[1])


def _last_trade(file: ScidFile, at: datetime, calendar: SessionCalendar) -> float | None:
    """The recorded number of the last trade that surely was at or before `at`."""
    start_us, at_us = micros_from_utc(_trading_before(at, calendar)), micros_from_utc(at)
    last = None
    for block in file.ticks_between(start_us, at_us + 1):
        settled = block.where(_settled_by(at_us, block))
        last = float(settled.price[-1]) if len(settled) else last
    return last


def _first_trade(file: ScidFile, at: datetime) -> float | None:
    """The recorded number of the first trade within the minutes behind `at`."""
    for block in file.ticks_between(micros_from_utc(at), micros_from_utc(at + _OLDEST)):
        prices = block.price[np.isfinite(block.price)]
        if len(prices):
            return float(prices[0])
    return None


def _settled_by(at_us: int, block: TickBlock) -> npt.NDArray[np.bool_]:
    """Trades, and bars that were over: a bar lasts no longer than the shortest time from one to the next."""
    steps = np.diff(block.at_us)
    longest = steps[steps > 0].min(initial=_OLDEST // timedelta(microseconds=1))
    settled: npt.NDArray[np.bool_] = np.isfinite(block.price) & (~block.is_bar | (block.at_us + longest <= at_us))
    return settled


def _trading_before(at: datetime, calendar: SessionCalendar) -> datetime:
    """The moment from which to `at` there were ten minutes of trading; holidays count as if there were."""
    if calendar.roll == time.min:
        return at - _OLDEST
    day = calendar.day_of(at)
    opened = datetime.combine(day - _DAY, calendar.roll, calendar.zone).astimezone(UTC)
    until = min(at, calendar.start_of(day + _DAY) - _BREAK)
    traded = max(timedelta(0), until - opened)
    if traded >= _OLDEST:
        return until - _OLDEST
    return calendar.start_of(day) - _BREAK - (_OLDEST - traded)
