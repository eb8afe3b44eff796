"""What is in question about an account, from one answer of the broker to the next."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.facts import Answer, PositionReported
from core.inquiry import Inquiry
from core.reconcile import Judgement, Told, reconcile
from core.stale import Doubt
from tests.fills import at

ME = "MESZ26"


def judged(ours: int, theirs: int | None) -> dict[str, Judgement]:
    """One symbol; `theirs` None is a broker who is silent."""
    rows = (PositionReported("Sim1", ME, Decimal(theirs), at(0)),) if theirs is not None else ()
    told = Told(Answer.SILENT if theirs is None else Answer.ANSWERED, rows, "no answer")
    found = reconcile({"Sim1": {ME: Decimal(ours)}}, {"Sim1": told}, at(0).date())
    return {symbol: each for (_, symbol), each in found.items()}


def hear(inquiry: Inquiry, ours: int, *answers: int | None, revision: int = 1) -> Inquiry:
    for theirs in answers:
        found = judged(ours, theirs)
        if theirs is None:
            inquiry = inquiry.after_silence(found, at(0), revision)
        else:
            inquiry, _ = inquiry.after_listing(found, (), at(0), revision)
    return inquiry


def doubt(inquiry: Inquiry) -> Doubt | None:
    matter = inquiry.matters.get(ME)
    return matter.doubt if matter else None


def test_flat_is_believed_the_second_time_in_a_row() -> None:
    once = hear(Inquiry(), 2, 0)
    assert (doubt(once), once.wants_answer) == (None, True)
    twice = hear(once, 2, 0)
    assert (doubt(twice), twice.wants_answer) == (Doubt.FLAT, False)


def test_between_two_flats_nothing_else_may_be_said() -> None:
    for between in (2, 1, None):
        assert doubt(hear(Inquiry(), 2, 0, between, 0)) is None


def test_a_fill_between_two_flats_starts_over() -> None:
    assert doubt(hear(hear(Inquiry(), 2, 0), 3, 0)) is None


def test_another_quantity_is_believed_the_second_time_too() -> None:
    assert doubt(hear(Inquiry(), 2, 1)) is None
    assert doubt(hear(Inquiry(), 2, 1, 1)) is Doubt.DIFFERENT
    assert doubt(hear(Inquiry(), 2, 1, -2)) is None


def test_silence_is_in_question_at_once_and_ends_with_the_first_answer() -> None:
    silent = hear(Inquiry(), 2, None)
    assert (doubt(silent), silent.wants_answer) == (Doubt.SILENT, False)
    assert doubt(hear(silent, 2, 2)) is None
    assert doubt(hear(silent, 2, 0)) is None


def test_flat_and_silent_puts_nothing_in_question() -> None:
    assert hear(Inquiry(), 0, None) == Inquiry()


def test_what_only_the_broker_holds_is_to_be_adopted_the_second_time() -> None:
    first, unbooked = Inquiry().after_listing(judged(0, 2), (), at(0), 1)
    assert (unbooked, first.wants_answer) == ((), True)
    _, unbooked = first.after_listing(judged(0, 2), (), at(0), 2)
    assert unbooked == (ME,)


def test_a_fill_that_waits_for_its_position_is_not_judged() -> None:
    once = hear(Inquiry(), 2, 0)
    waiting, _ = once.after_listing(judged(2, 0), (ME,), at(0), 1)
    assert doubt(waiting) is None
    assert doubt(hear(waiting, 2, 0)) is None


def test_the_revision_is_that_of_the_last_change_of_either_side() -> None:
    asked = hear(hear(Inquiry(), 2, 0, 0, revision=7), 2, 0, revision=9)
    assert asked.matters[ME].revision == 7
    silent = hear(Inquiry(), 2, None, revision=7)
    assert silent.settled({ME: Decimal(3)}, lambda _: False, 8).matters[ME].revision == 8


def test_a_link_takes_nothing_out_of_question_but_counts_anew() -> None:
    assert doubt(hear(Inquiry(), 2, 0, 0).after_link()) is Doubt.FLAT
    assert doubt(hear(hear(Inquiry(), 2, 0).after_link(), 2, 0)) is None
    assert doubt(hear(hear(Inquiry(), 2, 0, 0).after_link(), 2, 2)) is None


def test_what_the_trader_kept_is_asked_about_when_the_broker_says_something_else() -> None:
    kept = hear(Inquiry(), 2, 0, 0).keeping(ME)
    assert doubt(hear(kept, 2, 0, None, 0, 0)) is None
    assert doubt(hear(kept, 2, 1, 1)) is Doubt.DIFFERENT
    assert doubt(hear(kept, 2, 2, 0, 0)) is Doubt.FLAT


def test_what_was_kept_in_silence_is_asked_about_when_the_broker_speaks() -> None:
    kept = hear(Inquiry(), 2, None).keeping(ME)
    assert doubt(hear(kept, 2, None, None)) is None
    assert doubt(hear(kept, 2, 0, 0)) is Doubt.FLAT


def test_what_is_kept_is_not_asked_for_over_and_over() -> None:
    kept = hear(Inquiry(), 2, 0, 0).keeping(ME)
    assert not hear(kept, 2, 0).wants_answer
    assert kept.after_difference(ME, Decimal(2), Decimal(0)) == kept
    assert kept.after_difference(ME, Decimal(2), Decimal(1)).wants_answer


answers = st.lists(st.sampled_from([None, 0, 1, 2, -1]), max_size=8)


@given(ours=st.sampled_from([1, 2, -1]), heard=answers)
def test_flat_comes_of_two_flat_listings_in_a_row_and_of_nothing_else(ours: int, heard: list[int | None]) -> None:
    is_flat_twice = heard[-2:] == [0, 0]
    assert (doubt(hear(Inquiry(), ours, *heard)) is Doubt.FLAT) is is_flat_twice


@given(ours=st.sampled_from([1, 2]), heard=answers)
def test_longs_and_shorts_are_put_in_question_alike(ours: int, heard: list[int | None]) -> None:
    mirrored = [None if each is None else -each for each in heard]
    assert doubt(hear(Inquiry(), ours, *heard)) == doubt(hear(Inquiry(), -ours, *mirrored))
