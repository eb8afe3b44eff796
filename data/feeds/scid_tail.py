"""A .scid file followed while Sierra writes it: each trade once, in the order of the file, whatever is rewritten."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.clock import Now, utc_now
from core.values import micros_from_utc
from data.feeds.scid_anchors import ANCHORED, ScidAnchors
from data.feeds.scid_file import DISORDER_US, OpenScid, ScidFile
from data.feeds.scid_record import RECORD, RECORD_BYTES, FileState, ScidNotReady, to_block
from data.feeds.tick import Rows, TickBlock

_MOST = 65_536  # records a poll: 2.6 MB
_NO_TICKS = to_block(np.empty(0, RECORD))


@dataclass(frozen=True, slots=True)
class Rewritten:
    """From this moment on the file may say something else than before: what was read of it is to be read anew.

    `from_us` is microseconds UTC; 0 means all of it.
    """

    from_us: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the file is behind: its newest time, the delay of what came last, and since when nothing has come.

    All in microseconds; None while nothing has come yet.
    """

    newest_us: int | None = None
    delay_us: int | None = None
    quiet_since_us: int | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll found.

    `ticks` were never handed on before; `running_bar` is the last bar as it stands, which replaces the one of the poll
    before; `rewritten` concerns what was handed on earlier, too; `has_more` asks for another poll at once. `trouble`
    is a sentence for the trader, given unless the state is READY.
    """

    state: FileState
    lag: Lag
    ticks: TickBlock = _NO_TICKS
    running_bar: TickBlock | None = None
    rewritten: Rewritten | None = None
    has_more: bool = False
    trouble: str | None = None


class _Found(NamedTuple):
    """Records that followed in the file; `has_more` where a poll could not take them all."""

    rows: Rows
    has_more: bool


class ScidTail:
    """Follows one file from a moment on. One thread polls.

    Start-up, and recovery from a rewrite, are one path: the place in the file is looked up by the newest time handed
    on, and records up to there are skipped. Those that share that very time are told apart by their bytes.
    """

    def __init__(self, file: ScidFile, since_us: int, now: Now = utc_now) -> None:
        """Hands on what happened at or after `since_us`, microseconds UTC."""
        self._file = file
        self._now = now
        self._anchors = ScidAnchors()
        self._position: int | None = None  # the number of the next record; None while it has to be looked up
        self._newest_us = since_us - 1
        self._at_newest: Counter[bytes] = Counter()
        self._to_skip: Counter[bytes] | None = None  # while skipping: records of the newest time already handed on
        self._untold: list[int] = []  # times from which on the file changed, until a poll gets through to say so
        self._lag = Lag()

    def poll(self) -> Polled:
        """Everything new, up to a bounded number of records; what the file is like where it cannot be read."""
        try:
            with self._file.opened() as scid:
                return self._follow(scid)
        except ScidNotReady as not_ready:
            return Polled(not_ready.state, self._lag, trouble=str(not_ready))

    def _follow(self, scid: OpenScid) -> Polled:
        changed_from = self._anchors.changed_from(scid)
        if changed_from is not None:
            self._untold.append(changed_from)
        if changed_from is not None or self._position is None:
            self._look_up(scid)
        found = self._read_on(scid)
        if found is None:
            return Polled(FileState.READY, self._lag, has_more=True)
        rows, running_bar = _part_running_bar(found)
        ticks = self._unseen(to_block(rows))
        self._untold += self._stepped_back_to(ticks)
        self._note(scid, rows, ticks)
        rewritten = Rewritten(min(self._untold)) if self._untold else None
        self._untold.clear()
        return Polled(FileState.READY, self._lag, ticks, running_bar, rewritten, found.has_more)

    def _look_up(self, scid: OpenScid) -> None:
        self._anchors, self._position = ScidAnchors(), None
        position = scid.first_near(self._newest_us)
        before = scid.read(max(0, position - ANCHORED), min(position, ANCHORED))
        self._anchors.remember(scid, position, before)
        self._position, self._to_skip = position, Counter(self._at_newest)

    def _read_on(self, scid: OpenScid) -> _Found | None:
        """What follows the last anchor, read together with it; None where that is no longer there, as of now."""
        position, anchor = self._position or 0, self._anchors.last
        overlap = len(anchor) // RECORD_BYTES
        rows = scid.read(position - overlap, _MOST + overlap)
        if rows[:overlap].tobytes() != anchor:
            return None
        has_more = position + len(rows) - overlap < scid.record_count
        rows = rows[overlap:]
        return _Found(rows if has_more else _without_hole_at_end(rows), has_more)

    def _unseen(self, block: TickBlock) -> TickBlock:
        """All of them, unless the place was looked up: then what is not known to have been handed on."""
        if self._to_skip is None:
            return block
        later = block.at_us > self._newest_us
        first_later = int(later.argmax()) if later.any() else len(block)
        news = self._news_at_newest(block.where(slice(0, first_later)), self._to_skip)
        if first_later < len(block):  # from there on nothing was seen before, even where stamps step back again
            self._to_skip = None
        return (
            block.where(np.concatenate((news, np.ones(len(block) - first_later, np.bool_)))) if first_later else block
        )

    def _news_at_newest(self, block: TickBlock, to_skip: Counter[bytes]) -> npt.NDArray[np.bool_]:
        news: npt.NDArray[np.bool_] = block.at_us == self._newest_us
        for number in np.flatnonzero(news).tolist():
            record = block.rows[number].tobytes()
            if to_skip[record]:
                to_skip[record] -= 1
                news[number] = False
        return news

    def _stepped_back_to(self, ticks: TickBlock) -> list[int]:
        """The times of records that were put behind far later ones, out of order."""
        newest_us = self._newest_us if self._at_newest else 0
        if not len(ticks) or (ticks.is_in_order and ticks.earliest_us >= newest_us):
            return []
        newest_before = np.maximum(np.maximum.accumulate(ticks.at_us), newest_us)
        far_back: list[int] = ticks.at_us[ticks.at_us < newest_before - DISORDER_US].tolist()
        return far_back

    def _note(self, scid: OpenScid, rows: Rows, ticks: TickBlock) -> None:
        if len(rows):
            self._position = (self._position or 0) + len(rows)
            self._anchors.remember(scid, self._position, rows[-ANCHORED:])
        if not len(ticks):
            return
        if ticks.latest_us > self._newest_us:
            self._newest_us = ticks.latest_us
            self._at_newest.clear()
        self._at_newest.update(_records_at(self._newest_us, ticks))
        now_us = micros_from_utc(self._now())
        self._lag = Lag(self._newest_us, now_us - ticks.latest_us, now_us)


def _records_at(at_us: int, ticks: TickBlock) -> list[bytes]:
    first = int(np.searchsorted(ticks.at_us, at_us)) if ticks.is_in_order else 0
    return [ticks.rows[first + n].tobytes() for n in np.flatnonzero(ticks.at_us[first:] == at_us).tolist()]


def _without_hole_at_end(rows: Rows) -> Rows:
    """Records of stamp 0 at the end of a file are not written yet."""
    if not len(rows) or rows["time"][-1]:
        return rows
    written = np.flatnonzero(rows["time"])
    return rows[: written[-1] + 1] if len(written) else rows[:0]


def _part_running_bar(found: _Found) -> tuple[Rows, TickBlock | None]:
    """The last bar of the file is rewritten in place until the next one begins, so it is not handed on as settled."""
    rows = found.rows
    if found.has_more or not len(rows):
        return rows, None
    last = to_block(rows[-1:])
    return (rows[:-1], last) if last.is_bar.any() else (rows, None)
