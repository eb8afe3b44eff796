"""Records remembered by their place, which tell whether a file is still the one they were read from."""

from typing import NamedTuple

from data.feeds.scid_file import DISORDER_US, OpenScid
from data.feeds.scid_record import RECORD_BYTES, stamp_of
from data.feeds.tick import Rows

ANCHORED = 16  # records to an anchor: equal trades may follow each other, so one alone could be another one's twin

_MOST = 256


class _Anchor(NamedTuple):
    first: int
    records: bytes


class ScidAnchors:
    """Anchors of one file, oldest first, spread over all of it that was read.

    What is put in, taken out or left out between two anchors moves all records behind it, so the last anchor alone
    tells of nearly every rewrite; the earlier ones tell how far back it goes.
    """

    def __init__(self) -> None:
        self._anchors: list[_Anchor] = []
        self._turn = 0
        self._identity: tuple[int, int] | None = None

    @property
    def last(self) -> bytes:
        """The records that were read last; none where none were."""
        return self._anchors[-1].records if self._anchors else b""

    def remember(self, scid: OpenScid, end: int, rows: Rows) -> None:
        """Takes in what was read of `scid` last, up to, not with, record number `end`."""
        self._identity = scid.identity
        if len(self._anchors) >= _MOST:
            del self._anchors[1:-1:2]
        records = (self.last + rows.tobytes())[-ANCHORED * RECORD_BYTES :]
        if records:
            self._anchors.append(_Anchor(end - len(records) // RECORD_BYTES, records))

    def changed_from(self, scid: OpenScid) -> int | None:
        """The time from which on `scid` may differ from what was read, 0 for all of it; None while it holds.

        The last anchor is looked at each time, of the earlier ones one in turn; all of them where one fails or the
        file was replaced.
        """
        if not self._anchors:
            return None
        self._turn = (self._turn + 1) % len(self._anchors)
        is_same = scid.identity == self._identity
        self._identity = scid.identity
        if is_same and _holds(scid, self._anchors[-1]) and _holds(scid, self._anchors[self._turn]):
            return None
        return self._first_change(scid)

    def _first_change(self, scid: OpenScid) -> int | None:
        sure_until = 0
        for anchor in self._anchors:
            if not _holds(scid, anchor):
                return sure_until
            sure_until = max(0, stamp_of(anchor.records[-RECORD_BYTES:]) - DISORDER_US)
        return None


def _holds(scid: OpenScid, anchor: _Anchor) -> bool:
    return scid.read(anchor.first, len(anchor.records) // RECORD_BYTES).tobytes() == anchor.records
