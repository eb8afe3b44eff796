"""What time it is at the exchange, which during a replay is the recording's time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]

# An exchange and a trader's machine differ by network delay and clock error; beyond that it is another time altogether.
_SAME_TIME = timedelta(minutes=5)


def utc_now() -> datetime:
    return datetime.now(UTC)


class ExchangeClock:
    """Runs on from the newest exchange time seen, by the local clock."""

    def __init__(self, now: Now = utc_now) -> None:
        self._local_now = now
        self._offset = timedelta(0)

    def observe(self, exchange_time: datetime) -> None:
        offset = exchange_time - self._local_now()
        self._offset = offset if abs(offset) > _SAME_TIME else timedelta(0)

    def now(self) -> datetime:
        return self._local_now() + self._offset

    def local_now(self) -> datetime:
        """This machine's own time, whatever is replayed."""
        return self._local_now()
