"""When the broker stands behind what we hold, and when not."""

from core.confirmation import Confirmation
from tests.fills import at

CONFIRMED = Confirmation().after_listing({"MESZ26": True}, at(0))


def test_silence_confirms_nothing() -> None:
    assert not Confirmation().covers("MESZ26")
    assert not Confirmation().covers_all
    assert Confirmation().expired(at(1000)) == Confirmation()


def test_a_listing_confirms_what_it_names_and_that_the_rest_is_flat() -> None:
    assert CONFIRMED.covers("MESZ26")
    assert CONFIRMED.covers("MNQZ26")
    assert CONFIRMED.covers_all


def test_an_empty_listing_confirms_an_account_that_is_flat() -> None:
    assert Confirmation().after_listing({}, at(0)).covers_all


def test_a_listing_that_differs_in_one_symbol_still_stands_behind_the_others() -> None:
    confirmation = Confirmation().after_listing({"MESZ26": False, "MNQZ26": True}, at(0))
    assert not confirmation.covers("MESZ26")
    assert confirmation.covers("MNQZ26")
    assert not confirmation.covers_all


def test_one_position_reported_says_nothing_of_the_others() -> None:
    confirmation = Confirmation().after_report("MESZ26", agrees=True, at=at(0))
    assert confirmation.covers("MESZ26")
    assert not confirmation.covers("MNQZ26")
    assert not confirmation.covers_all


def test_a_fill_stays_confirmed_for_two_seconds_without_a_position() -> None:
    filled = CONFIRMED.after_fill("MESZ26", at(10))
    assert filled.expired(at(12)).covers("MESZ26")
    assert not filled.expired(at(12.001)).covers("MESZ26")
    assert filled.expired(at(12.001)).covers("MNQZ26")


def test_a_position_that_agrees_ends_the_wait() -> None:
    settled = CONFIRMED.after_fill("MESZ26", at(10)).after_report("MESZ26", agrees=True, at=at(11))
    assert settled.waiting == ()
    assert settled.expired(at(60)).covers("MESZ26")


def test_an_older_position_report_right_behind_a_fill_refutes_nothing() -> None:
    waiting = CONFIRMED.after_fill("MESZ26", at(10)).after_report("MESZ26", agrees=False, at=at(11))
    assert waiting.covers("MESZ26")
    assert not waiting.expired(at(13)).covers("MESZ26")


def test_a_position_report_that_differs_refutes_at_once_when_no_fill_is_new() -> None:
    assert not CONFIRMED.after_report("MESZ26", agrees=False, at=at(10)).covers("MESZ26")


def test_a_position_report_that_differs_after_the_grace_refutes() -> None:
    late = CONFIRMED.after_fill("MESZ26", at(10)).after_report("MESZ26", agrees=False, at=at(12.5))
    assert not late.covers("MESZ26")
    assert late.waiting == ()


def test_the_oldest_fill_without_a_report_that_agrees_counts_for_the_grace() -> None:
    twice = CONFIRMED.after_fill("MESZ26", at(10)).after_fill("MESZ26", at(11.5))
    assert twice.expired(at(11.9)).covers("MESZ26")
    assert not twice.expired(at(13)).covers("MESZ26")
    assert len(twice.waiting) == 1


def test_trading_on_and_on_against_the_brokers_word_confirms_nothing() -> None:
    """Reports disagree all the time, and a fill is always in its grace."""
    confirmation = CONFIRMED
    for tenth in range(40):
        now = at(10 + tenth / 2)
        confirmation = confirmation.after_fill("MESZ26", now).after_report("MESZ26", agrees=False, at=now).expired(now)
        listed = confirmation.after_listing({"MESZ26": False}, now)
        assert confirmation.covers("MESZ26") is listed.covers("MESZ26") is listed.covers_all is (tenth <= 4)


def test_a_first_listing_that_disagrees_confirms_nothing_though_a_fill_is_in_its_grace() -> None:
    filled = Confirmation().after_fill("MESZ26", at(10))
    listed = filled.after_listing({"MESZ26": False}, at(10.5))
    assert not listed.covers("MESZ26")
    assert not listed.covers_all
    assert listed.after_report("MESZ26", agrees=True, at=at(11)).covers_all


def test_what_was_refuted_is_confirmed_again_by_a_report_that_agrees() -> None:
    refuted = CONFIRMED.after_report("MESZ26", agrees=False, at=at(10))
    assert refuted.after_report("MESZ26", agrees=True, at=at(20)).covers_all


def test_a_listing_older_than_a_new_fill_leaves_it_its_grace() -> None:
    filled = CONFIRMED.after_fill("MESZ26", at(10))
    listed = filled.after_listing({"MESZ26": False}, at(11))
    assert listed.covers("MESZ26")
    assert not listed.expired(at(13)).covers("MESZ26")
    assert not filled.after_listing({"MESZ26": False}, at(13)).covers("MESZ26")


def test_a_listing_that_agrees_ends_every_wait() -> None:
    assert CONFIRMED.after_fill("MESZ26", at(10)).after_listing({"MESZ26": True}, at(11)).waiting == ()
