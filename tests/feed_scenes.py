"""The states of a feed, for pictures of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.feed import FeedSource, FeedState, FeedStatus
from core.quotes import Quote
from data.feeds import feed_words
from tests.published import NOW, quote

_LIVE = FeedStatus("MESZ26", FeedSource.SCID, FeedState.LIVE, lag_us=400_000, newest_at=NOW)
_OLD = NOW - timedelta(seconds=95)


def feed_scenes() -> Iterator[tuple[str, FeedStatus, Quote | None]]:
    """Each with its name and the last price there is."""
    yield "feed-live", _LIVE, quote(5053.75)
    lagging = replace(_LIVE, state=FeedState.LAGGING, lag_us=5_200_000)
    yield "feed-lagging", lagging, quote(5053.75)
    stale = replace(_LIVE, state=FeedState.STALE, newest_at=_OLD)
    yield "feed-stale", stale, quote(5053.75, _OLD)._replace(is_recorded=True)
    unconfirmed = replace(_LIVE, state=FeedState.UNCONFIRMED)
    yield "feed-unconfirmed", unconfirmed, quote(505375.0)._replace(is_confirmed=False)
    missing = feed_words.no_file("MESZ26", Path("C:/SierraChart/Data"))
    yield "feed-no-file", replace(_LIVE, state=FeedState.NO_FILE, sentence=missing), None
    refused = feed_words.refused_without_folder("MESZ26", "Market data is not allowed for this symbol.")
    yield "feed-no-folder", FeedStatus("MESZ26", None, FeedState.NO_FOLDER, refused), None
