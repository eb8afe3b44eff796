"""The broker is asked one thing at a time, and never in a hurry."""

from core.asking import Asking
from tests.fills import at


def test_the_first_question_may_be_asked_at_once() -> None:
    assert Asking().may_ask(at(0))


def test_a_second_question_waits_for_the_answer_to_the_first() -> None:
    asked = Asking().asked(at(0))
    assert not asked.may_ask(at(30))
    assert asked.heard(at(30)).may_ask(at(32))


def test_questions_are_two_seconds_apart() -> None:
    answered = Asking().asked(at(0)).heard(at(0.1))
    assert not answered.may_ask(at(2))
    assert answered.may_ask(at(2.1))


def test_an_answer_that_nobody_asked_for_is_followed_by_a_pause_too() -> None:
    assert not Asking().heard(at(0)).may_ask(at(1.9))


def test_a_question_that_got_lost_does_not_end_all_questions() -> None:
    assert Asking().asked(at(0)).may_ask(at(60))


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert Asking().asked(at(100)).heard(at(100)).may_ask(at(0))
