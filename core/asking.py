"""When the broker may be asked again about an account: one question at a time, and never in a hurry."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# A position follows its fill within two seconds: asked sooner, the broker may not know yet.
PAUSE = timedelta(seconds=2)
# The link answers for a silent broker long before; a question that got lost must not end all questions.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked about one account, and when; a clock that was set back holds nothing up."""

    asked_at: datetime | None = None
    heard_at: datetime | None = None
    is_pending: bool = False

    def may_ask(self, now: datetime) -> bool:
        if self.is_pending and _is_within(PATIENCE, self.asked_at, now):
            return False
        return not _is_within(PAUSE, self.asked_at, now) and not _is_within(PAUSE, self.heard_at, now)

    def asked(self, now: datetime) -> "Asking":
        return replace(self, asked_at=now, is_pending=True)

    def heard(self, now: datetime) -> "Asking":
        """The broker answered, or the link did for him."""
        return replace(self, heard_at=now, is_pending=False)


def _is_within(span: timedelta, since: datetime | None, now: datetime) -> bool:
    return since is not None and timedelta(0) <= now - since < span
