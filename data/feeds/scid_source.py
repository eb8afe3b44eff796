"""Prices of one symbol as Sierra Chart writes them into its .scid file."""

from core.feed import FeedSource, FeedState, FeedStatus, rounded_lag
from core.session_day import SessionCalendar
from core.values import micros_from_utc, utc_from_micros
from data.feeds import feed_words
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.price_scale import PriceScale
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_file import ScidFile
from data.feeds.scid_folder import ScidFolder
from data.feeds.scid_news import LateNews
from data.feeds.scid_record import ScidNotReady
from data.feeds.scid_rows import ScidRows
from data.feeds.scid_scale import ScidScale
from data.feeds.scid_tail import Polled, ScidTail
from data.feeds.tick import TickBlock
from data.feeds.wanted import Wanted

QUIET_S = 30  # of trading without a trade, and what is shown is old

_SECOND_US = 1_000_000
_LATE_US = 2 * _SECOND_US
_LOOK_AGAIN_US = 2 * _SECOND_US  # for a file that is not there
_PATIENCE_US = 2 * _SECOND_US  # with a file that cannot be read: it may be just being replaced
_MOST_POLLS = 8  # in a row, before others have their turn


class ScidSource:
    """Follows the file of one symbol and writes on the tape what is in it. Lives on the feed thread.

    Nothing reaches the tape or the ledger before a known price has confirmed the scale. `since_us` is where the tape
    shall begin; `told_until_us` what the ledger has heard already, or need not hear.
    """

    def __init__(
        self,
        wanted: Wanted,
        folder: ScidFolder,
        recorded: RecordedPrices,
        calendar: SessionCalendar,
        outlets: FeedOutlets,
        *,
        since_us: int,
        told_until_us: int,
    ) -> None:
        self.wanted = wanted
        self._folder = folder
        self._calendar = calendar
        self._outlets = outlets
        self._since_us = since_us
        self._news = LateNews(wanted.symbol, outlets.post, told_until_us)
        self._scale = ScidScale(recorded)
        self._rows = ScidRows()
        self._file: ScidFile | None = None
        self._tail: ScidTail | None = None
        self._rewritten_from_us: int | None = None  # what was taken back and is being read anew
        self._trouble_since_us: int | None = None
        self._next_look_us = 0
        self._seen_us: int | None = None  # the time of the newest price
        self._lag_us: int | None = None
        self._status = FeedStatus(wanted.symbol, FeedSource.SCID, FeedState.WAITING)

    @property
    def told_until_us(self) -> int:
        """What the ledger has heard, for the source that comes next."""
        return self._news.told_until_us

    def poll(self) -> bool:
        """Reads what is new; True where there is more to read at once."""
        now_us = micros_from_utc(self._outlets.now())
        try:
            file = self._find(now_us)
            if file is None:
                self._say(FeedState.NO_FILE, feed_words.no_file(self.wanted.symbol, self._folder.path))
                return False
            scale = self._scale.of(file, self.wanted, now_us)
            has_more = self._follow(file, scale, now_us) if scale.is_confirmed else self._glance(file, scale)
        except ScidNotReady as not_ready:
            self._bear_with(not_ready, now_us)
            return False
        self._trouble_since_us = None
        self._judge(scale, now_us)
        return has_more

    def status(self) -> FeedStatus:
        return self._status

    def _find(self, now_us: int) -> ScidFile | None:
        is_readable = self._file is not None and self._trouble_since_us is None
        if not is_readable and now_us >= self._next_look_us:
            self._next_look_us = now_us + _LOOK_AGAIN_US
            found = self._folder.find(self.wanted.wire_symbol)
            if self._file is not None and found is not None and found.path != self._file.path:
                self._take_back(0)
            self._file = found or self._file
        return self._file

    def _glance(self, file: ScidFile, scale: PriceScale) -> bool:
        """The last number that was recorded, for the eye alone."""
        with file.opened() as scid:
            count = scid.record_count
        last = file.read(count - 1, 1) if count else None
        if last is not None and len(last):
            self._show(last, scale)
        return False

    def _follow(self, file: ScidFile, scale: PriceScale, now_us: int) -> bool:
        tail = self._tail or self._begin(file)
        polled = tail.poll()
        for _ in range(_MOST_POLLS):
            if polled.trouble is not None:
                raise ScidNotReady(polled.state, polled.trouble)
            if polled.rewritten is not None:
                self._take_back(polled.rewritten.from_us)
                return True
            self._take(polled, scale, now_us)
            if not polled.has_more:
                break
            polled = tail.poll()
        self._news.hand_on(is_caught_up=not polled.has_more)
        if not polled.has_more and self._rewritten_from_us is not None:
            self._outlets.rewritten(self.wanted.symbol, self._rewritten_from_us)
            self._rewritten_from_us = None
        return polled.has_more

    def _begin(self, file: ScidFile) -> ScidTail:
        """What is older than the file's first record nobody vouches for."""
        since_us = self._since_us if self._rewritten_from_us is None else self._rewritten_from_us
        first = file.read(0, 1)
        start_us = max(since_us, first.earliest_us) if len(first) else micros_from_utc(self._outlets.now())
        if self._outlets.tape.watermark_us(self.wanted.symbol) == start_us - 1:
            start_us -= 1  # from where another source left off, nothing is missing
        self._outlets.tape.begin_stretch(self.wanted.symbol, FeedSource.SCID, start_us)
        self._tail = ScidTail(file, since_us, self._outlets.now)
        return self._tail

    def _take_back(self, from_us: int) -> None:
        """What was read from then on is read anew; where all of it is another, on another scale, perhaps."""
        if not from_us:
            self._scale.doubt()
        from_us = max(self._since_us, from_us)
        earlier_us = self._rewritten_from_us
        self._rewritten_from_us = from_us if earlier_us is None else min(earlier_us, from_us)
        self._outlets.tape.take_back(self.wanted.symbol, self._rewritten_from_us)
        self._news.begin_anew()
        self._tail = None

    def _take(self, polled: Polled, scale: PriceScale, now_us: int) -> None:
        rows = self._rows.of(polled.ticks, scale)
        symbol, tape = self.wanted.symbol, self._outlets.tape
        if len(rows):
            tape.append(symbol, rows)
            tape.cover(symbol, int(rows.at_us.max()))
            self._news.gather(rows)
            self._show(polled.ticks, scale)
            self._note_lag(polled.ticks, now_us)
        bar = polled.running_bar
        if bar is not None and self._rows.has_grown(bar):
            # Its stamp is its beginning; what is new in it has happened just now.
            self._show(bar, scale, now_us)

    def _note_lag(self, ticks: TickBlock, now_us: int) -> None:
        """What was in the file before, and bars, which have the time of their beginning, tell nothing of it."""
        is_live = not self._news.is_reading_up and not ticks.is_bar.any()
        self._lag_us = rounded_lag(now_us - ticks.latest_us) if is_live else None

    def _show(self, block: TickBlock, scale: PriceScale, at_us: int | None = None) -> None:
        price = float(scale.price(float(block.price[-1])))
        self._seen_us = int(block.at_us[-1]) if at_us is None else at_us
        self._outlets.quotes.observe_recorded(self.wanted.symbol, price, self._seen_us, is_confirmed=scale.is_confirmed)

    def _judge(self, scale: PriceScale, now_us: int) -> None:
        symbol, is_open = self.wanted.symbol, self._calendar.is_open(self._outlets.now())
        if self._seen_us is None:
            self._say(FeedState.WAITING, feed_words.nothing_yet(symbol))
        elif is_open and now_us - self._seen_us > QUIET_S * _SECOND_US and self._file is not None:
            self._say(FeedState.STALE, feed_words.quiet_file(self._file.path, QUIET_S))
        elif not scale.is_confirmed:
            self._say(FeedState.UNCONFIRMED, feed_words.unconfirmed(symbol))
        elif not is_open:
            self._say(FeedState.RESTING)
        elif self._lag_us is not None and self._lag_us > _LATE_US:
            self._say(FeedState.LAGGING, feed_words.lagging(symbol, self._lag_us))
        else:
            self._say(FeedState.LIVE)

    def _bear_with(self, trouble: ScidNotReady, now_us: int) -> None:
        """A file that is just being replaced is no news; one that stays away is."""
        if self._trouble_since_us is None:
            self._trouble_since_us = now_us
        if now_us - self._trouble_since_us >= _PATIENCE_US:
            self._say(FeedState.NO_FILE, str(trouble))

    def _say(self, state: FeedState, sentence: str = "") -> None:
        newest_at = None if self._seen_us is None else utc_from_micros(self._seen_us)
        lag_us = self._lag_us if state in (FeedState.LIVE, FeedState.LAGGING) else None
        self._status = FeedStatus(self.wanted.symbol, FeedSource.SCID, state, sentence, lag_us, newest_at)
