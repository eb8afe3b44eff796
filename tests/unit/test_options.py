"""Where an option stands does not matter: before its command or behind it."""

from pathlib import Path

from app.options import parse


def test_an_option_before_its_command_counts_as_behind_it() -> None:
    assert parse(["--data-dir", "d1", "trades"]).data_dir == Path("d1")
    assert parse(["trades", "--data-dir", "d1"]).data_dir == Path("d1")
    assert parse(["--dtc", "127.0.0.1:5", "reconcile"]).dtc == ("127.0.0.1", 5)


def test_the_one_behind_the_command_has_the_last_word() -> None:
    assert parse(["--data-dir", "d1", "audit", "--data-dir", "d2"]).data_dir == Path("d2")


def test_what_nobody_asked_for_keeps_its_default() -> None:
    assert parse(["stats"]).data_dir is None
    assert parse(["reconcile"]).dtc == ("127.0.0.1", 11099)
    assert parse(["demo"]).seconds is None
