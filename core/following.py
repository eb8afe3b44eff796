"""Where the view goes when it follows the account that is traded in: late enough never to flicker."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.snapshots import FillTold, LedgerSnapshot

QUIET = 2.0  # seconds in which only one account was traded in
HOLD = 10.0  # seconds for which the trader's own choice stands


@dataclass(frozen=True, slots=True)
class Following:
    """The account of the newest fill and since when only it was traded in, by a clock in seconds that never goes back.

    `held_until` is when the trader's own choice may be overruled.
    """

    account: str | None = None
    since: float = 0.0
    held_until: float = 0.0

    def after_fill(self, account: str, now: float) -> "Following":
        """More fills of the same account delay nothing; one of another account starts the wait anew."""
        return self if account == self.account else replace(self, account=account, since=now)

    def after_choice(self, now: float) -> "Following":
        """The trader looks where he wants to: what was filled before has no say any more."""
        return Following(held_until=now + HOLD)

    @property
    def due(self) -> float | None:
        """When the view should be at `account`; None while nothing was filled."""
        return None if self.account is None else max(self.since + QUIET, self.held_until)


def fills_told(before: LedgerSnapshot | None, after: LedgerSnapshot) -> Iterator[tuple[str, FillTold]]:
    """The newest fill of each account that was told as it happened between two snapshots, oldest first.

    What a back-fill brings happened before, and what is on disk at the start is no news.
    """
    if before is None:
        return
    known = {each.account: each.newest_fill for each in before.accounts}
    new = [(each.newest_fill, each.account) for each in after.accounts if each.newest_fill is not None]
    for told, account in sorted(new, key=lambda each: each[0].seq):
        if known.get(account) != told:
            yield account, told
