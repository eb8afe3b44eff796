"""What an older panel left about a position counts only where it can be about that very position."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import OldStateIgnored
from core.execution import Execution
from core.heat import Heat
from core.old_state import OldState, TakenOver, fitting, position_meant, with_old_heat
from core.position import Position, fold
from core.values import Mode, PositionKey, micros_from_utc
from tests.fills import SIM_KEY, at, execution, prices

_NOW = at(7200)
_SAVED_AT = at(3600)


def position(*executions: Execution, key: PositionKey = SIM_KEY, entered: datetime | None = None) -> Position:
    """One lot long at 5000, or what the executions make, entered a second into the day or when said."""
    opened, _ = fold(executions or [execution(1, "5000.00", 1, key=key)])
    assert opened is not None
    return opened if entered is None else replace(opened, entry_time=entered)


def old(
    mode: Mode = Mode.SIM,
    account: str = "Sim1",
    *,
    entered: datetime | None = None,
    heat: datetime | None = None,
    low: str | None = None,
    high: str | None = None,
) -> OldState:
    return OldState(
        "state_sim_Sim1.json",
        "digest",
        mode,
        account,
        entered or at(1),
        heat,
        None if low is None else Decimal(low),
        None if high is None else Decimal(high),
    )


def taken(state: OldState, held: Position | None = None, heat: Heat | None = None) -> TakenOver:
    return fitting(state, held or position(), heat, _SAVED_AT, _NOW)


_keys = st.builds(
    PositionKey, st.sampled_from(Mode), st.sampled_from(["Sim1", "120005"]), st.sampled_from(["MESZ26", "MNQZ26"])
)


@given(
    keys=st.sets(_keys),
    seconds=st.lists(st.integers(-200, 200), min_size=12, max_size=12),
    mode=st.sampled_from([Mode.SIM, Mode.LIVE]),
    account=st.sampled_from(["Sim1", "120005"]),
)
def test_a_position_is_meant_only_if_it_alone_has_the_mode_the_account_and_the_minute(
    keys: set[PositionKey], seconds: list[int], mode: Mode, account: str
) -> None:
    held = [position(key=key, entered=at(after)) for key, after in zip(sorted(keys), seconds, strict=False)]
    fits = [
        each
        for each in held
        if each.key.mode == mode
        and each.key.account == account
        and abs((each.entry_time - at(0)).total_seconds()) <= 60
    ]
    state = old(mode, account, entered=at(0))
    if len(fits) == 1:
        assert position_meant(state, held) is fits[0]
    else:
        with pytest.raises(OldStateIgnored):
            position_meant(state, held)


@pytest.mark.parametrize(("seconds", "is_meant"), [(60, True), (-60, True), (60.000001, False), (-60.000001, False)])
def test_sixty_seconds_are_still_the_same_entry(seconds: float, *, is_meant: bool) -> None:
    held = position(entered=at(0) + timedelta(seconds=seconds))
    if is_meant:
        assert position_meant(old(entered=at(0)), [held]) is held
    else:
        with pytest.raises(
            OldStateIgnored, match="no open position of SIM Sim1 was entered at 2026-09-15 14:30:00 UTC"
        ):
            position_meant(old(entered=at(0)), [held])


def test_an_account_whose_mode_nobody_said_is_never_meant() -> None:
    with pytest.raises(OldStateIgnored, match="nobody has said yet that Sim1 is SIM"):
        position_meant(old(), [position(key=replace(SIM_KEY, mode=Mode.UNKNOWN))])


def test_two_positions_of_one_minute_are_named_and_neither_is_meant() -> None:
    with pytest.raises(OldStateIgnored, match="MESZ26, MNQZ26 were entered at the same time"):
        position_meant(old(), [position(), position(key=replace(SIM_KEY, symbol="MNQZ26"))])


def test_both_extremes_are_taken() -> None:
    assert taken(old(low="4990", high="5010")).prices == prices("4990", "5010")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("4990", None, ("4990", "4990")),
        (None, "5010", ("5010", "5010")),
        ("0", "5010", ("5010", "5010")),
        ("4990", "50100", ("4990", "4990")),
        ("4000", "6000", ("4000", "6000")),
    ],
)
def test_an_extreme_more_than_a_fifth_from_the_entry_is_refused_by_itself(
    low: str | None, high: str | None, expected: tuple[str, str]
) -> None:
    assert taken(old(low=low, high=high)).prices == prices(*expected)


@pytest.mark.parametrize(("low", "high"), [("3999.99", "6000.01"), (None, None), ("-5000", None)])
def test_a_file_with_nothing_to_believe_is_ignored(low: str | None, high: str | None) -> None:
    with pytest.raises(OldStateIgnored, match="nothing in it fits LONG 1 MESZ26"):
        taken(old(low=low, high=high))


@pytest.mark.parametrize(
    "executions",
    [
        (execution(1, "5000", 1), execution(1, "5001", 2)),
        (execution(2, "5000", 1), execution(-1, "5001", 2)),
        (execution(1, None, 1),),
    ],
    ids=["added to", "reduced", "without a price"],
)
def test_extremes_count_only_while_what_was_entered_is_what_is_held(executions: tuple[Execution, ...]) -> None:
    """Else nobody knows with which quantity the price was lived through."""
    with pytest.raises(OldStateIgnored):
        taken(old(low="4990", high="5010"), position(*executions))


def test_several_fills_of_the_order_that_entered_are_one_entry() -> None:
    held = position(execution(1, "5000", 1, order="A"), execution(1, "5000.25", 2, order="A"))
    assert taken(old(low="4990"), held).prices == prices("4990")


_RUNNING = Heat(total_us=5, spell_began_us=micros_from_utc(at(100)))


@pytest.mark.parametrize(
    ("heat", "began", "is_taken"),
    [
        (_RUNNING, at(50), True),
        (_RUNNING, at(4000), True),
        (_RUNNING, _NOW, True),
        (_RUNNING, at(7201), False),
        (_RUNNING, at(1), False),
        (_RUNNING, at(0), False),
        (Heat(), at(50), False),
        (Heat(), _SAVED_AT, False),
        (Heat(), at(3601), True),
        (None, at(50), False),
    ],
)
def test_a_spell_of_heat_counts_if_it_can_be_the_one_that_runs(
    heat: Heat | None, began: datetime, *, is_taken: bool
) -> None:
    """It lies after the entry and not ahead, and what was seen since does not speak against it."""
    found = taken(old(heat=began, low="4990"), heat=heat).heat_since
    assert found == (began if is_taken else None)


def test_the_spell_goes_on_from_the_old_start_and_the_time_unseen_is_not_counted() -> None:
    after = with_old_heat(_RUNNING, TakenOver(None, at(50)), is_wider=False)
    assert after == replace(_RUNNING, spell_began_us=micros_from_utc(at(50)))


def test_prices_that_went_by_unseen_leave_the_fall_from_the_best_unknown() -> None:
    after = with_old_heat(_RUNNING, TakenOver(prices("4990"), None), is_wider=True)
    assert after == replace(_RUNNING, peak=None, pullback=None)


def test_what_was_taken_is_said_in_words() -> None:
    both = TakenOver(prices("4990.00", "5010.25"), at(50))
    assert str(both) == "prices 4990.00 to 5010.25 and heat since 2026-09-15 14:30:50 UTC"
    assert str(TakenOver(None, at(50))) == "heat since 2026-09-15 14:30:50 UTC"
