"""What a ledger has to make of what it is told, said once more and without the program: it imports nothing of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from tests.battery.reference import Deal, Range, Walk, walk

Key = tuple[str, str]  # account, symbol
DAY = 86_400_000_000
BACK_FILL_DEADLINE = 15_000_000


@dataclass(frozen=True)
class Report:
    """One fill as told: `qty` is signed, `at` in microseconds."""

    account: str
    symbol: str
    id: str
    order: str
    qty: int
    price: Fraction | None
    at: int

    @property
    def key(self) -> Key:
        return (self.account, self.symbol)

    @property
    def identity(self) -> tuple[object, ...]:
        return (self.account, self.id, self.symbol, self.qty, self.price, self.at // DAY)


@dataclass
class Account:
    """`ordering_since` is set while the back-fill is on the way, and `waiting` is what came meanwhile."""

    ordering_since: int | None = None
    waiting: list[tuple[Key, Deal]] = field(default_factory=list)
    seen_meanwhile: dict[str, Range] = field(default_factory=dict)


class ReferenceLedger:
    """Keeps every deal of every key in its order; nothing else is remembered but the prices between two of them."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.deals: dict[Key, list[Deal]] = defaultdict(list)
        self.duplicates = 0
        self._known: set[tuple[object, ...]] = set()
        self._between: dict[tuple[int, int], Range] = {}
        self._running: dict[Key, Range] = {}

    @property
    def count(self) -> int:
        return len(self._known)

    @property
    def waiting_count(self) -> int:
        return sum(len(account.waiting) for account in self.accounts.values())

    def walks(self) -> dict[Key, Walk]:
        """What each key comes to, the prices since its last deal included."""
        walks = {key: walk(deals) for key, deals in self.deals.items()}
        for key, walked in walks.items():
            if walked.open is not None and key in self._running:
                walked.open.see(*self._running[key])
        return walks

    def link_up(self, names: Sequence[str], now: int) -> None:
        """A log-on, and the list of accounts that follows it."""
        for name in {*names, *self.accounts}:
            self.accounts.setdefault(name, Account()).ordering_since = now
        for name in set(self.accounts) - set(names):
            self._fold_waiting(name)

    def link_down(self) -> None:
        for name in self.accounts:
            self._fold_waiting(name)

    def restart(self) -> None:
        """What was only in memory is gone."""
        self.duplicates = 0
        for name, account in self.accounts.items():
            account.seen_meanwhile = {}
            self._fold_waiting(name)

    def expire(self, now: int) -> None:
        for name, account in self.accounts.items():
            if account.ordering_since is not None and now - account.ordering_since > BACK_FILL_DEADLINE:
                self._fold_waiting(name)

    def tell(self, reports: Iterable[Report]) -> None:
        """Fills, live or listed; those known already count as duplicates."""
        fresh: dict[str, list[tuple[Key, Deal]]] = defaultdict(list)
        for report in reports:
            account = self.accounts.setdefault(report.account, Account())
            if report.identity in self._known:
                self.duplicates += 1
                continue
            self._known.add(report.identity)
            deal = Deal(len(self._known), report.order, report.qty, report.price, report.at)
            (fresh[report.account] if account.ordering_since is None else account.waiting).append((report.key, deal))
        for batch in fresh.values():
            self._fold(batch)

    def listed(self, name: str, reports: Iterable[Report]) -> None:
        self.tell(reports)
        self.accounts.setdefault(name, Account())
        self._fold_waiting(name)

    def see(self, symbol: str, seen: Range) -> None:
        for key in [key for key in self.deals if key[1] == symbol and walk(self.deals[key]).open is not None]:
            account = self.accounts[key[0]]
            if account.ordering_since is None:
                self._running[key] = _wider(self._running.get(key), seen)
            else:
                account.seen_meanwhile[symbol] = _wider(account.seen_meanwhile.get(symbol), seen)

    def _fold_waiting(self, name: str) -> None:
        account = self.accounts[name]
        waiting, meanwhile = account.waiting, account.seen_meanwhile
        self.accounts[name] = Account()
        self._fold(waiting)
        for symbol, seen in meanwhile.items():
            key = (name, symbol)
            if key not in {key for key, _ in waiting} and walk(self.deals[key]).open is not None:
                self._running[key] = _wider(self._running.get(key), seen)

    def _fold(self, batch: Iterable[tuple[Key, Deal]]) -> None:
        by_key: dict[Key, list[Deal]] = defaultdict(list)
        for key, deal in batch:
            by_key[key].append(deal)
        for key, deals in by_key.items():
            deals.sort(key=_moment)
            before = self.deals[key]
            running = self._running.pop(key, None)
            if before and deals[0].at < before[-1].at:
                self._fold_again(key, deals, running)
            else:
                if before and running is not None:
                    self._between[before[-1].number, deals[0].number] = running
                self._keep(key, [*before, *deals])

    def _fold_again(self, key: Key, late: Sequence[Deal], running: Range | None) -> None:
        """A stretch that a late deal cuts in two keeps no prices, nor does the running one when its start moved."""
        last = self.deals[key][-1]
        self._keep(key, sorted([*self.deals[key], *late], key=_moment))
        if running is not None and self.deals[key][-1].number == last.number:
            self._running[key] = running
        if walk(self.deals[key]).open is None:
            self._running.pop(key, None)

    def _keep(self, key: Key, deals: Sequence[Deal]) -> None:
        """Prices belong to two neighbours between which something was open; where nothing was, they are forgotten."""
        walked = Walk()
        kept: list[Deal] = []
        for deal in deals:
            pair = (kept[-1].number if kept else 0, deal.number)
            if walked.open is None:
                self._between.pop(pair, None)
            kept.append(replace(deal, seen=self._between.get(pair)))
            walked.take(kept[-1])
        self.deals[key] = kept


def _wider(known: Range | None, seen: Range) -> Range:
    return seen if known is None else (min(known[0], seen[0]), max(known[1], seen[1]))


def _moment(deal: Deal) -> tuple[int, int]:
    return (deal.at, deal.number)
