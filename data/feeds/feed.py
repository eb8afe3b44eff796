"""Which source each symbol has its prices from, and what becomes of them."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from core.facts import ContractDefined
from core.feed import FeedState, FeedStatus
from core.session_day import SessionCalendar
from core.snapshots import LedgerSnapshot, Notice
from core.values import micros_from_utc
from data.dtc.market import PricesBegan, PricesRefused
from data.dtc.price_reports import PriceReport, StreamAlive, StreamEnded, TradesHeard
from data.feeds import feed_words
from data.feeds.dtc_source import DtcSource
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder
from data.feeds.scid_source import ScidSource
from data.feeds.wanted import Wanted, wanted_in

_LINGER = timedelta(minutes=30)  # a closed trade is followed so much longer
_SILENT_STATES = (FeedState.NO_FILE, FeedState.NO_FOLDER)

Heard = PriceReport | ContractDefined | LedgerSnapshot


class Feed:
    """Gives each symbol one source at a time. It has no thread of its own: the feed thread calls everything here.

    Where the DTC server gives prices they are taken from there. Where it refuses them, and the symbol is wanted, its
    .scid file is followed, if the Data folder is known.
    """

    def __init__(
        self,
        outlets: FeedOutlets,
        folder: ScidFolder | None,
        recorded: RecordedPrices | None,
        define: Callable[[ContractDefined], None],
        calendar_of: Callable[[str], SessionCalendar],
    ) -> None:
        """`recorded` reads `folder`, both None where it is not known; `define` hears the server's own contracts."""
        self._outlets = outlets
        self._folder = folder
        self._recorded = recorded
        self._define = define
        self._calendar_of = calendar_of
        self._started_us = micros_from_utc(outlets.now())
        self._streams: dict[str, DtcSource] = {}
        self._files: dict[str, ScidSource] = {}
        self._told_until_us: dict[str, int] = {}
        self._refused: dict[str, str] = {}  # why, by symbol
        self._wanted: Mapping[str, Wanted] = {}
        self._released_us: dict[str, int] = {}  # when symbols with a file ceased to be wanted
        self._explained: set[tuple[str, FeedState]] = set()

    def hear(self, heard: Heard) -> None:
        """What the dtc thread or the ledger tells."""
        match heard:
            case PricesBegan(symbol):
                self._take_stream(symbol)
            case PricesRefused(symbol, reason):
                self._refused[symbol] = reason
                self._streams.pop(symbol, None)
                self._assign()
            case ContractDefined():
                self._define(heard)
            case LedgerSnapshot():
                self._want(wanted_in(heard))
            case _:
                self._hear_stream(heard)

    def _hear_stream(self, heard: TradesHeard | StreamAlive | StreamEnded) -> None:
        if isinstance(heard, TradesHeard):
            if heard.symbol in self._streams:
                self._streams[heard.symbol].hear(heard.trades)
            return
        for stream in self._streams.values():
            if isinstance(heard, StreamAlive):
                stream.note_alive(heard.at_us)
            else:
                stream.end()

    def poll(self) -> bool:
        """Reads what files have more; True where one has still more."""
        has_more = False
        for source in list(self._files.values()):
            has_more |= source.poll()
        return has_more

    def statuses(self) -> dict[str, FeedStatus]:
        """How every symbol's prices flow now; what the trader has to do about it he is told once."""
        found = {symbol: stream.status() for symbol, stream in self._streams.items()}
        found |= {symbol: source.status() for symbol, source in self._files.items()}
        for symbol, reason in self._refused.items():
            if symbol in self._wanted and symbol not in found:
                words = feed_words.refused_without_folder(symbol, reason)
                found[symbol] = FeedStatus(symbol, None, FeedState.NO_FOLDER, words)
        for status in found.values():
            self._explain(status)
        return found

    def tidy(self) -> None:
        """Lets go of what nobody needs any more: old rows, and files of symbols that have been flat for long."""
        now = self._outlets.now()
        long_ago_us = micros_from_utc(now - _LINGER)
        for symbol, released_us in list(self._released_us.items()):
            if released_us < long_ago_us:
                self._drop_file(symbol)
        for symbol in self._outlets.tape.symbols:
            self._outlets.tape.forget(symbol, self._kept_since_us(symbol))

    def _want(self, wanted: Mapping[str, Wanted]) -> None:
        now_us = micros_from_utc(self._outlets.now())
        self._wanted = wanted
        for symbol, source in self._files.items():
            if symbol in wanted:
                source.wanted = wanted[symbol]
                self._released_us.pop(symbol, None)
            else:
                self._released_us.setdefault(symbol, now_us)
        self._assign()

    def _take_stream(self, symbol: str) -> None:
        self._refused.pop(symbol, None)
        self._drop_file(symbol)
        self._streams[symbol] = DtcSource(symbol, self._outlets)

    def _assign(self) -> None:
        """Every wanted symbol that is refused over DTC has its file followed."""
        if self._folder is None or self._recorded is None:
            return
        for symbol, wanted in self._wanted.items():
            if symbol in self._refused and symbol not in self._files:
                self._files[symbol] = ScidSource(
                    wanted,
                    self._folder,
                    self._recorded,
                    self._calendar_of(symbol),
                    self._outlets,
                    since_us=self._since_us(symbol),
                    told_until_us=self._news_since_us(wanted),
                )

    def _drop_file(self, symbol: str) -> None:
        source = self._files.pop(symbol, None)
        self._released_us.pop(symbol, None)
        if source is not None:
            self._told_until_us[symbol] = source.told_until_us

    def _since_us(self, symbol: str) -> int:
        """What another source has put on the tape is not put there twice."""
        watermark_us = self._outlets.tape.watermark_us(symbol)
        since_us = self._kept_since_us(symbol)
        return since_us if watermark_us is None else max(since_us, watermark_us + 1)

    def _news_since_us(self, wanted: Wanted) -> int:
        """What was told before, and what went by before anything was open, is no news to the ledger."""
        told_us = self._told_until_us.get(wanted.symbol, self._started_us)
        now_us = micros_from_utc(self._outlets.now())
        return max(told_us, now_us if wanted.since_us is None else wanted.since_us - 1)

    def _kept_since_us(self, symbol: str) -> int:
        """The begin of the session, or of the oldest position that is open."""
        calendar = self._calendar_of(symbol)
        session_us = micros_from_utc(calendar.start_of(calendar.day_of(self._outlets.now())))
        wanted = self._wanted.get(symbol)
        entered_us = wanted.since_us if wanted else None
        return session_us if entered_us is None else min(session_us, entered_us)

    def _explain(self, status: FeedStatus) -> None:
        mark = (status.symbol, status.state)
        if status.state in _SILENT_STATES and mark not in self._explained:
            self._explained.add(mark)
            self._outlets.publish(Notice(status.sentence))
