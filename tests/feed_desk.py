"""A feed without a thread, on a clock that is set by hand, and all that it hands on within reach."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from core.facts import Fact, PricesSeen
from core.feed import FeedStatus
from core.position import Position
from core.quotes import Quote, QuoteBox
from core.snapshots import LedgerSnapshot, Notice, Publication
from core.values import micros_from_utc, utc_from_micros
from data.contract_table import read_calendars, read_contract_book
from data.dtc.market import PricesRefused, Traded
from data.dtc.price_reports import TradesHeard
from data.feeds.feed import Feed
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder
from data.feeds.tape import Tape
from tests.published import fill, ledger, position_of, snapshot_of
from tests.scid_files import MOMENT_US, SECOND_US

SYMBOL = "MESZ26"
REASON = "Market data request not allowed"


def at(seconds: float) -> int:
    """So long after the moment at which everything begins, in microseconds UTC."""
    return MOMENT_US + round(seconds * SECOND_US)


def held(price: str = "5050.25", seconds: float = 0, symbol: str = SYMBOL) -> Position:
    """One lot bought then."""
    ago = micros_from_utc(datetime(2026, 9, 15, 14, 38, 12, tzinfo=UTC)) - at(seconds)
    return position_of(fill(1, price, minutes_ago=ago / SECOND_US / 60, symbol=symbol))


def holding(*positions: Position) -> LedgerSnapshot:
    return ledger(*map(snapshot_of, positions))


class FeedDesk:
    """The feed, its clock, and what came of it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.now_us = MOMENT_US
        self.tape = Tape()
        self.quotes = QuoteBox()
        self.facts: list[Fact] = []
        self.published: list[Publication] = []
        self.rewritten: list[tuple[str, int]] = []
        contracts, calendars = read_contract_book(), read_calendars()
        place = None if folder is None else ScidFolder(folder, self.now)
        self.feed = Feed(
            FeedOutlets(
                self.facts.append,
                self.published.append,
                self.quotes,
                self.tape,
                self.now,
                lambda symbol, from_us: self.rewritten.append((symbol, from_us)),
            ),
            place,
            None if place is None else RecordedPrices(place, contracts, calendars, self.now),
            lambda fact: contracts.define(fact.symbol, fact.contract),
            calendars,
        )

    def now(self) -> datetime:
        return utc_from_micros(self.now_us)

    def wait(self, seconds: float) -> "FeedDesk":
        """Time passes, and the files are looked at."""
        self.now_us += round(seconds * SECOND_US)
        while self.feed.poll():
            pass
        return self

    def refuse(self, symbol: str = SYMBOL) -> "FeedDesk":
        self.feed.hear(PricesRefused(symbol, REASON))
        return self

    def hold(self, *positions: Position) -> "FeedDesk":
        self.feed.hear(holding(*(positions or (held(),))))
        return self

    def trade(self, *trades: tuple[float, float], symbol: str = SYMBOL) -> "FeedDesk":
        """Trades heard over DTC, each with its second and its price."""
        heard = [Traded(symbol, price, at(seconds), 1, 1) for seconds, price in trades]
        self.feed.hear(TradesHeard(symbol, heard))
        return self

    def status(self, symbol: str = SYMBOL) -> FeedStatus:
        return self.feed.statuses()[symbol]

    def notices(self) -> list[str]:
        self.feed.statuses()
        return [each.text for each in self.published if isinstance(each, Notice)]

    def prices(self, symbol: str = SYMBOL) -> list[float]:
        """All that is on the tape, in the order of time."""
        prices: list[float] = self.tape.ticks(symbol, 0, 2 * MOMENT_US).prices.tolist()
        return prices

    def told(self) -> list[float]:
        """What the ledger was told, in turn."""
        return [price for seen in self._seen() for price in seen.ticks.prices]

    def quote(self, symbol: str = SYMBOL) -> Quote:
        return self.quotes.latest()[symbol]

    def _seen(self) -> Iterable[PricesSeen]:
        return (fact for fact in self.facts if isinstance(fact, PricesSeen))
