"""Every row of the table, in the ledger: what is verified, in question, adopted, left out, or not confirmable here."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.commands import ConfirmMode
from core.facts import AccountsListed, Answer, LinkDown
from core.statistics import summarise
from core.trade_filter import TradeFilter
from core.values import Mode, Side
from data.audit import audit
from data.journal import Journal
from tests.fills import at, figures, fill
from tests.integration.conftest import LINK_UP, ON_BOTH, Books, handle_all, listed, log_on, position_in
from tests.integration.reconciling import Desk

DATABASES = ON_BOTH
ME = "MESZ26"
BOTH_SIDES = pytest.mark.parametrize("qty", [2, -2], ids=["long", "short"])


@BOTH_SIDES
def test_open_and_the_same_quantity_is_verified_without_a_question(books: Books, qty: int) -> None:
    desk = Desk.begin(books)
    desk.holds(qty)
    desk.lists({ME: qty, "MESM25": 0}, average="1.00")
    assert position_in(desk.snapshot).is_verified
    assert (desk.snapshot.stale, desk.account().is_verified) == ((), True)


@BOTH_SIDES
@pytest.mark.parametrize("answer", [Answer.SILENT, Answer.REFUSED])
def test_open_and_silent_is_in_question_until_the_broker_answers(books: Books, qty: int, answer: Answer) -> None:
    desk = Desk.begin(books)
    desk.holds(qty)
    desk.lists({ME: qty})
    desk.is_silent(answer=answer, reason="busy")
    stale = desk.stale
    assert (stale.doubt, stale.broker_qty, stale.missing) == ("silent", None, None)
    assert stale.broker_said == f"{answer.value}: busy"
    assert figures(stale.qty, stale.entry_price) == (qty, 5000)
    assert not position_in(desk.snapshot).is_verified
    assert desk.asked == []
    desk.lists({ME: qty})
    assert (desk.snapshot.stale, position_in(desk.snapshot).is_verified) == ((), True)


def test_flat_and_silent_is_only_unverified(books: Books) -> None:
    desk = Desk.begin(books)
    desk.is_silent()
    assert (desk.snapshot.stale, desk.account().is_verified) == ((), False)


def test_each_open_position_of_a_silent_account_is_in_question_oldest_first(books: Books) -> None:
    desk = Desk.begin(books, "Sim1", "120005")
    desk.holds(1, symbol="MNQZ26")
    desk.holds(-1)
    desk.holds(1, account="120005")
    desk.is_silent()
    desk.is_silent("120005")
    keys = [(each.key.account, each.key.symbol) for each in desk.snapshot.stale]
    assert keys == [("Sim1", "MNQZ26"), ("Sim1", ME), ("120005", ME)]


def test_flat_and_flat_is_verified_flat(books: Books) -> None:
    desk = Desk.begin(books)
    desk.lists({"MESM25": 0})
    assert desk.account().is_verified


@BOTH_SIDES
def test_open_and_flat_is_asked_again_and_in_question_the_second_time(books: Books, qty: int) -> None:
    desk = Desk.begin(books)
    desk.holds(qty)
    desk.lists({ME: 0})
    assert (desk.snapshot.stale, position_in(desk.snapshot).is_verified) == ((), False)
    desk.later(2)
    assert desk.asked == ["Sim1"]
    desk.lists({})
    stale = desk.stale
    assert (stale.doubt, stale.broker_said, stale.has_expired) == ("flat", "flat", False)
    assert stale.missing == (Side.SELL if qty > 0 else Side.BUY, Decimal(abs(qty)))
    assert stale.revision == desk.snapshot.revision
    assert position_in(desk.snapshot).position.qty == qty
    assert audit(books.place) == []


@BOTH_SIDES
@pytest.mark.parametrize(("times", "change"), [(2, 1), (-1, -2)], ids=["more", "other side"])
def test_open_and_another_quantity_is_in_question_with_the_fill_that_would_explain_it(
    books: Books, qty: int, times: int, change: int
) -> None:
    desk = Desk.begin(books)
    desk.holds(qty)
    desk.lists({ME: qty * times}, average="5001.25")
    assert desk.snapshot.stale == ()
    desk.lists({ME: qty * times}, average="5001.25")
    stale = desk.stale
    assert stale.doubt == "different"
    assert figures(stale.broker_qty, stale.broker_average) == (qty * times, 5001.25)
    missing = qty * change
    assert stale.missing == (Side.BUY if missing > 0 else Side.SELL, Decimal(abs(missing)))


def test_an_unasked_flat_that_disagrees_beyond_the_grace_is_asked_about(books: Books) -> None:
    desk = Desk.begin(books)
    desk.ledger.handle(fill(1, "5000.00", 0))
    desk.lists({ME: 1})
    desk.later(10)
    desk.reports(0)
    assert desk.asked == ["Sim1"]
    assert desk.snapshot.stale == ()
    desk.lists_twice({ME: 0})
    assert desk.stale.doubt == "flat"


def test_a_report_older_than_the_fill_before_it_is_not_asked_about(books: Books) -> None:
    desk = Desk.begin(books)
    desk.lists({})
    desk.later(5)
    desk.ledger.handle(fill(1, "5000.00", 8))
    desk.reports(0)
    desk.later(1)
    desk.reports(1)
    desk.later(10)
    assert (desk.asked, desk.account().is_verified) == ([], True)


def test_a_listing_within_the_grace_of_a_fill_counts_for_nothing(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1)
    desk.lists({ME: 0})
    desk.ledger.handle(fill(1, "5001.00", 13))
    desk.later(-1)
    desk.lists({ME: 0})
    assert desk.snapshot.stale == ()
    desk.lists_twice({ME: 0})
    assert desk.stale.doubt == "flat"


def test_while_a_back_fill_is_under_way_nothing_is_in_question(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1)
    handle_all(desk.ledger, [LINK_UP, AccountsListed(("Sim1",))])
    desk.lists_twice({ME: 0})
    assert desk.snapshot.stale == ()
    desk.ledger.handle(listed(fill(-1, "5003.00", 9)))
    assert (desk.snapshot.positions, desk.snapshot.stale) == ((), ())
    assert books.value("SELECT realized_pnl FROM traderecord") == 15


@BOTH_SIDES
def test_flat_and_open_twice_is_adopted_at_the_brokers_average_and_counted_apart(books: Books, qty: int) -> None:
    desk = Desk.begin(books)
    desk.lists({})
    desk.lists({ME: qty}, average="5000.25")
    assert (desk.held(), desk.notices) == ({}, [])
    desk.lists({ME: qty}, average="5000.25")
    position = position_in(desk.snapshot)
    assert figures(position.position.qty, position.position.entry_price) == (qty, 5000.25)
    assert (position.position.wire_symbol, position.is_verified) == ("F.US.MESZ26", True)
    assert position.position.excursion_now is None
    side = "LONG" if qty > 0 else "SHORT"
    assert desk.notices == [
        f"Sim1: the broker holds {side} 2 MESZ26 that no fill explains; adopted at his average of 5000.25"
    ]
    assert books.value("SELECT source FROM execution") == "inferred"
    assert "adopted" in books.events()
    desk.ledger.handle(fill(-qty, "5010.25", 60))
    assert books.rows("SELECT exit_reason, mae, mfe FROM traderecord")[0][:] == ("adopted", None, None)
    (statistics,) = summarise(Journal.at(books.place).trades(TradeFilter()))
    assert (statistics.n, statistics.left_out, statistics.adopted) == (0, 1, 1)
    assert audit(books.place) == []


def test_an_average_that_nobody_tells_is_unknown(books: Books) -> None:
    desk = Desk.begin(books)
    desk.lists_twice({ME: 1})
    assert position_in(desk.snapshot).position.entry_price is None


def test_what_was_adopted_gives_way_to_its_fills_and_counts_like_any_trade(books: Books) -> None:
    desk = Desk.begin(books)
    desk.lists_twice({ME: 2}, average="5000.25")
    desk.later(5)
    desk.ledger.handle(listed(fill(1, "5000.00", 1), fill(1, "5000.50", 1.5)))
    assert desk.held() == {("Sim1", ME): 2}
    desk.ledger.handle(fill(-2, "5001.25", 9))
    assert books.rows("SELECT exit_reason, realized_pnl, mae FROM traderecord")[0][:] == (None, 10, 0)
    (statistics,) = summarise(Journal.at(books.place).trades(TradeFilter()))
    assert (statistics.n, statistics.adopted) == (1, 0)
    assert audit(books.place) == []


def test_a_phantom_is_left_out_said_once_and_leaves_the_account_verified(books: Books) -> None:
    desk = Desk.begin(books)
    desk.lists_twice({"MESM25": 1})
    desk.reports(1, symbol="MESM25")
    assert desk.notices == ["Sim1: the broker still lists LONG 1 MESM25, which has expired; it is left out"]
    assert (desk.held(), desk.account().is_verified, desk.asked) == ({}, True, [])


def test_an_own_position_in_an_expired_contract_is_in_question_and_says_so(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1, symbol="MESM25")
    desk.lists_twice({})
    assert (desk.stale.doubt, desk.stale.has_expired) == ("flat", True)


def test_an_account_that_is_not_listed_goes_by_its_fills_and_is_never_judged(books: Books) -> None:
    desk = Desk.begin(books, "Sim1", "PA-1")
    desk.holds(1, account="PA-1")
    desk.lists({ME: 1}, "PA-1")
    assert desk.account("PA-1").is_verified
    handle_all(desk.ledger, [LinkDown("cut", desk.now), *log_on("Sim1")])
    desk.lists_twice({}, "PA-1")
    desk.is_silent("PA-1")
    desk.reports(0, "PA-1")
    desk.later(20)
    assert desk.notices == ["PA-1 cannot be confirmed over this connection; it goes by its fills"]
    account = desk.account("PA-1")
    assert (account.is_confirmable, account.is_verified, desk.snapshot.stale) == (False, False, ())
    assert (desk.account().is_confirmable, desk.asked) == (True, [])
    assert desk.held() == {("PA-1", ME): 1}
    desk.ledger.handle(LinkDown("cut", desk.now))
    assert desk.account("PA-1").is_confirmable
    handle_all(desk.ledger, log_on("Sim1"))
    assert len(desk.notices) == 2


def test_what_is_told_of_an_account_that_is_not_listed_is_neither_adopted_nor_verified(books: Books) -> None:
    desk = Desk.begin(books, "Sim1", "PA-1")
    handle_all(desk.ledger, [LinkDown("cut", desk.now), *log_on("Sim1")])
    desk.lists_twice({ME: 1}, "PA-1")
    desk.lists_twice({}, "PA-1")
    assert (desk.held(), desk.account("PA-1").verified_at) == ({}, None)


def test_nothing_is_asked_while_the_fills_are_still_being_read(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1)
    handle_all(desk.ledger, [LINK_UP, AccountsListed(("Sim1",))])
    desk.reports(0)
    desk.later(1)
    assert desk.asked == []
    desk.ledger.handle(listed())
    desk.later(1)
    assert desk.asked == ["Sim1"]


def test_an_account_met_by_a_fill_that_no_list_names_is_not_confirmable_either(books: Books) -> None:
    desk = Desk.begin(books, "Sim1")
    desk.ledger.handle(fill(1, "5000.00", 1, account="PA-1"))
    assert desk.notices == ["PA-1 cannot be confirmed over this connection; it goes by its fills"]
    desk.ledger.handle(fill(1, "5000.00", 2, account="PA-1"))
    assert len(desk.notices) == 1


def test_an_account_that_the_broker_cannot_confirm_here_is_said_once(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1)
    desk.is_silent()
    assert desk.doubts == [("Sim1", "silent")]
    desk.is_silent(answer=Answer.NOT_HERE, reason="simulation inside Sierra")
    desk.is_silent(answer=Answer.NOT_HERE, reason="simulation inside Sierra")
    assert desk.notices == ["Sim1 cannot be confirmed over this connection; it goes by its fills"]
    assert (desk.account().is_confirmable, desk.snapshot.stale) == (False, ())
    desk.lists({ME: 1})
    assert (desk.account().is_confirmable, desk.account().is_verified) == (True, True)


def test_a_matter_settles_itself_by_a_late_fill(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(2)
    desk.lists_twice({})
    desk.ledger.handle(fill(-2, "5001.00", 9))
    assert desk.snapshot.stale == ()
    assert books.events().count("doubt_settled") == 1
    assert audit(books.place) == []


def test_a_matter_settles_itself_by_a_listing_or_a_report_that_agrees(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(2)
    desk.lists_twice({})
    desk.lists({ME: 2})
    assert desk.snapshot.stale == ()
    desk.lists_twice({})
    assert desk.stale.doubt == "flat"
    desk.reports(2)
    assert desk.snapshot.stale == ()


def test_a_fill_that_does_not_settle_it_has_the_matter_asked_anew(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(2)
    desk.lists_twice({})
    desk.asked.clear()
    desk.ledger.handle(fill(-1, "5001.00", 14))
    assert desk.snapshot.stale == ()
    desk.later(5)
    assert desk.asked == ["Sim1"]
    desk.lists_twice({})
    assert figures(desk.stale.qty) == (1,)


def test_price_ticks_and_the_same_answer_again_leave_the_revision(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(2)
    desk.lists_twice({})
    before = desk.stale
    desk.ledger.handle(fill(1, "5000.00", 30, account="120005"))
    desk.lists({})
    assert desk.snapshot.revision > before.revision
    assert desk.stale.revision == before.revision
    assert desk.stale.asked_at > before.asked_at


def test_without_a_link_what_was_in_question_stays_and_a_new_one_judges_anew(books: Books) -> None:
    desk = Desk.begin(books, "Sim1", "120005")
    desk.holds(1)
    desk.holds(1, account="120005")
    desk.lists_twice({})
    desk.is_silent("120005")
    desk.ledger.handle(LinkDown("cut", desk.now))
    assert desk.doubts == [("Sim1", "flat"), ("120005", "silent")]
    desk.later(100)
    assert desk.doubts == [("Sim1", "flat"), ("120005", "silent")]
    handle_all(desk.ledger, log_on("Sim1", "120005"))
    desk.lists({ME: 1})
    desk.lists({ME: 1}, "120005")
    assert desk.doubts == []


def test_after_a_restart_nothing_is_in_question_before_the_broker_was_asked(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(1)
    desk.lists_twice({})
    assert desk.doubts
    books.close()
    again = Desk.begin(books)
    assert (again.snapshot.stale, position_in(again.snapshot).is_verified) == ((), False)
    again.lists({})
    assert again.snapshot.stale == ()
    again.lists({})
    assert again.doubts == [("Sim1", "flat")]


def test_an_account_of_unknown_mode_is_asked_about_like_any_other_and_keeps_its_question(books: Books) -> None:
    desk = Desk.begin(books, "Nobody")
    desk.holds(1, account="Nobody")
    desk.lists_twice({}, "Nobody")
    before = desk.stale
    desk.ledger.carry_out(ConfirmMode("Nobody", Mode.SIM))
    assert (before.key.mode, desk.stale.key.mode) == (Mode.UNKNOWN, Mode.SIM)


def test_the_broker_is_asked_one_thing_at_a_time_and_never_in_a_hurry(books: Books) -> None:
    desk = Desk.begin(books)
    desk.holds(2)
    desk.lists({ME: 1})
    for _ in range(40):
        desk.later(0.1)
    assert desk.asked == ["Sim1"]
    for held in (3, 1, 3, 1):
        desk.ledger.handle(fill(1, "5000.00", 1, account="120005"))
        desk.lists({ME: held})
        desk.later(0.1)
    assert len(desk.asked) == 4
    desk.asked.clear()
    desk.lists({ME: 1})
    desk.later(100)
    assert desk.asked == ["Sim1"]


def test_a_question_is_put_only_once_what_led_to_it_is_on_disk(books: Books) -> None:
    asked: list[object] = []
    ledger = books.open(on_question=lambda _name: asked.append(books.events()[-1]))
    handle_all(ledger, [*log_on("Sim1"), fill(1, "5000.00", 1)])
    books.at(5)
    ledger.expire()
    assert asked == ["broker_disagrees"]


def test_what_is_known_here_survives_times_that_run_backwards(books: Books) -> None:
    """The broker's answer carries a time before the fill it follows: what is adopted comes behind it all the same."""
    desk = Desk.begin(books)
    desk.holds(1)
    desk.ledger.handle(fill(-1, "5002.00", 100))
    books.now = at(20)
    desk.later(5)
    desk.lists_twice({ME: -1}, average="5003.00")
    position = position_in(desk.snapshot).position
    assert position.entry_time >= at(100)
    assert figures(position.entry_price) == (5003,)
    assert books.value("SELECT count(*) FROM traderecord") == 1
    assert books.now < position.entry_time + timedelta(seconds=1)
    assert audit(books.place) == []
