"""Where prices come from and how far behind they are, in a few words."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.feed import FeedSource, FeedState, FeedStatus
from panels import formats
from panels.parts import frame, text_label
from panels.tone import Tone, set_tone

_SECOND_US = 1_000_000
_WORTH_SAYING_US = 500_000  # over DTC prices come at once, and a tenth of a second is the clocks' difference
_TONES = {
    FeedState.LIVE: Tone.GAIN,
    FeedState.RESTING: Tone.PLAIN,
    FeedState.WAITING: Tone.PLAIN,
    FeedState.LAGGING: Tone.WARNING,
    FeedState.UNCONFIRMED: Tone.WARNING,
    FeedState.STALE: Tone.LOSS,
    FeedState.NO_FILE: Tone.LOSS,
    FeedState.NO_FOLDER: Tone.LOSS,
}
_WORDS = {
    FeedState.RESTING: "market closed",
    FeedState.WAITING: "none yet",
    FeedState.UNCONFIRMED: "scale unconfirmed",
    FeedState.STALE: "stale",
    FeedState.NO_FILE: ".scid file missing",
    FeedState.NO_FOLDER: "Data folder unknown",
}
_WITHOUT = (FeedState.NO_FILE, FeedState.NO_FOLDER)


class FeedMark(QWidget):
    """Says how the prices in view flow; not there while no symbol has a feed."""

    def __init__(self) -> None:
        super().__init__()
        self._dot = frame("dot")
        self._words = text_label("feed_word", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._dot)
        layout.addWidget(self._words)
        self.hide()

    def render_feeds(self, feeds: tuple[FeedStatus, ...]) -> None:
        """Shows the first; the others are told with it when the mouse rests on it."""
        self.setVisible(bool(feeds))
        if not feeds:
            return
        self._words.setText(feed_words(feeds[0]))
        set_tone(self._dot, _TONES[feeds[0].state])
        self._words.setToolTip("\n".join(f"{each.symbol}: {each.sentence or feed_words(each)}" for each in feeds))


def feed_words(feed: FeedStatus) -> str:
    """`Prices .scid · 0.4 s behind`."""
    words = _WORDS.get(feed.state)
    if feed.state is FeedState.STALE and feed.newest_at is not None:
        words = f"stale since {formats.moment(feed.newest_at)}"
    if words is None:
        words = _lag_words(feed)
    who = "No prices" if feed.state in _WITHOUT else f"Prices {feed.source}"
    return f"{who} · {words}" if words else who


def _lag_words(feed: FeedStatus) -> str:
    if feed.lag_us is None or (feed.source is FeedSource.DTC and feed.lag_us < _WORTH_SAYING_US):
        return ""
    return f"{formats.lag(feed.lag_us / _SECOND_US)} behind"
