"""Where the view goes when it follows: late enough never to flicker, and never against the trader's own choice."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.following import HOLD, QUIET, Following, fills_told
from core.snapshots import AccountSnapshot, FillTold
from tests.published import LIVE, SIM, account, ledger

_BURSTS = st.lists(st.tuples(st.sampled_from(["A", "B"]), st.floats(0, QUIET)), min_size=1, max_size=30)


def _told(snapshot: AccountSnapshot, seq: int) -> AccountSnapshot:
    return replace(snapshot, newest_fill=FillTold(seq, "MESZ26"))


def test_nothing_is_due_before_the_first_fill() -> None:
    assert Following().due is None
    assert Following().after_choice(5).due is None


def test_a_fill_is_followed_after_a_quiet_moment() -> None:
    following = Following().after_fill("A", 100)
    assert (following.account, following.due) == ("A", 100 + QUIET)


def test_an_account_that_is_traded_in_without_pause_is_followed_all_the_same() -> None:
    following = Following()
    for tenth in range(40):
        following = following.after_fill("A", 100 + tenth / 10)
    assert following.due == 100 + QUIET


@given(_BURSTS)
def test_a_burst_from_both_accounts_moves_the_view_once_to_the_newest(burst: list[tuple[str, float]]) -> None:
    following, now, moves = Following(), 100.0, []
    for name, pause in burst:
        now += pause * 0.99
        if following.due is not None and following.due <= now:
            moves.append(following.account)
        following = following.after_fill(name, now)
    names = [name for name, _ in burst]
    assert following.account == names[-1]
    assert following.due is not None
    assert following.due <= now + QUIET
    # On its way the view moved only where one account alone was traded in for the whole quiet moment.
    assert all(moved in names for moved in moves)
    if all(before != after for before, after in pairwise(names)):
        assert moves == []


def test_the_traders_own_choice_stands_for_a_while() -> None:
    following = Following().after_fill("A", 99).after_choice(100)
    assert following.due is None
    assert following.after_fill("B", 103).due == 100 + HOLD
    assert following.after_fill("B", 109.5).due == 109.5 + QUIET


def test_what_is_on_disk_at_the_start_is_no_news() -> None:
    assert list(fills_told(None, ledger(accounts=(_told(account(), 7),)))) == []


def test_each_account_tells_its_newest_fill_in_the_order_of_the_ledger() -> None:
    before = ledger(accounts=(_told(account(), 3), account(LIVE)))
    after = ledger(accounts=(_told(account(), 9), _told(account(LIVE), 8)))
    assert [name for name, _ in fills_told(before, after)] == [LIVE.account, SIM.account]
    assert list(fills_told(after, after)) == []
