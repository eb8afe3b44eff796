"""A day's P&L against fractions: what was realised when, whatever became of the trade afterwards."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.contracts import Contract
from core.day_pnl import DayPnl, day_pnl, realised_parts
from core.execution import Execution
from core.position import fold, trade_closed_by
from core.session_day import CHICAGO
from tests.fills import MES, at, execution, figures

_DAY = CHICAGO.day_of(at(0))
_CASES = st.lists(
    st.tuples(st.integers(-4, 4).filter(bool), st.integers(380, 420), st.integers(0, 400)), min_size=1, max_size=25
)


def _executions(cases: list[tuple[int, int, int]]) -> list[Execution]:
    return [
        replace(execution(qty, str(price * Decimal("0.25")), seq), commission=Decimal(cents) / 100)
        for seq, (qty, price, cents) in enumerate(cases, start=1)
    ]


def _days_apart(executions: list[Execution]) -> list[Execution]:
    return [replace(each, occurred_at=at(place * 86_400)) for place, each in enumerate(executions)]


def test_a_part_that_is_taken_off_counts_before_the_trade_is_flat() -> None:
    day = day_pnl([execution(2, "100", 1), execution(-1, "103", 2)], _DAY, CHICAGO, MES, Decimal(4))
    assert figures(day.gross, day.open_pnl) == (15, 20)
    assert day.commission is None
    assert (day.realised, day.total) == (None, None)


def test_realised_is_after_commission_and_the_total_holds_what_is_open() -> None:
    fills = [replace(each, commission=Decimal("0.5")) for each in (execution(2, "100", 1), execution(-1, "103", 2))]
    day = day_pnl(fills, _DAY, CHICAGO, MES, Decimal(4))
    assert figures(day.realised, day.open_pnl, day.total) == (14, 20, 34)


def test_a_trade_over_two_days_counts_on_both() -> None:
    fills = [execution(2, "100", 1), execution(-1, "103", 2), replace(execution(-1, "99", 3), occurred_at=at(86_400))]
    tomorrow = CHICAGO.day_of(at(86_400))
    assert day_pnl(fills, _DAY, CHICAGO, MES).gross == 15
    assert day_pnl(fills, tomorrow, CHICAGO, MES).gross == -5


def test_a_late_fill_counts_on_the_day_on_which_it_happened() -> None:
    late = replace(execution(-1, "103", 2), occurred_at=at(60), fold_at=at(86_400))
    assert day_pnl([execution(1, "100", 1), late], _DAY, CHICAGO, MES).gross == 15


def test_a_price_nobody_knows_leaves_the_day_unknown_only_where_it_is_closed() -> None:
    fills = [execution(1, None, 1), execution(1, "100", 2)]
    assert day_pnl(fills, _DAY, CHICAGO, MES).gross == 0
    assert day_pnl([*fills, execution(-1, "103", 3)], _DAY, CHICAGO, MES).gross is None
    assert [part for _, part in realised_parts([*fills, execution(-2, "103", 3), *_round_trip()])][-2:] == [0, 2]


def _round_trip() -> list[Execution]:
    return [execution(1, "100", 4), execution(-1, "102", 5)]


def test_while_the_contract_is_unknown_only_nothing_is_known_to_be_nothing() -> None:
    assert day_pnl([], _DAY, CHICAGO, None) == DayPnl(Decimal(0), Decimal(0), Decimal(0))
    assert day_pnl(_round_trip(), _DAY, CHICAGO, None).gross is None
    assert day_pnl([execution(1, "100", 1)], _DAY, CHICAGO, None, Decimal(3)).open_pnl is None
    assert day_pnl([], _DAY, CHICAGO, MES, None).total is None


def test_positions_of_one_account_add_up() -> None:
    both = DayPnl(Decimal(10), Decimal(1), Decimal(3)).joined(DayPnl(Decimal(-4), Decimal(2), Decimal(-1)))
    assert figures(both.realised, both.open_pnl, both.total) == (3, 2, 5)


@given(_CASES)
def test_every_part_is_what_fractions_say(cases: list[tuple[int, int, int]]) -> None:
    executions = _executions(cases)
    for (_, part), expected in zip(realised_parts(executions), _in_fractions(cases), strict=True):
        assert part is not None
        # The average of what is open is kept to eight places: over many lots and adds that sums up, far below a cent.
        assert abs(Fraction(part) - expected) <= Fraction(1, 10**5)


@given(_CASES)
def test_the_days_of_a_trade_add_up_to_all_it_came_to(cases: list[tuple[int, int, int]]) -> None:
    executions = _days_apart(_executions(cases))
    days = {CHICAGO.day_of(each.occurred_at) for each in executions}
    total = sum((_known(day_pnl(executions, day, CHICAGO, _POINT).realised) for day in days), Decimal(0))
    position, changes = fold(executions)
    closed = sum((_known(trade.points) for _, change in changes if (trade := trade_closed_by(change))), Decimal(0))
    banked = _known(position.realized_points) if position else Decimal(0)
    commission = sum(_known(each.commission) for each in executions)
    # Each time the average of what is open is rounded, what was banked before moves by the last of its places.
    assert abs(total - (closed + banked - commission)) <= Decimal("1e-6") * bool(position)


_POINT = Contract(Decimal("0.25"), Decimal(1), "USD")


def _known(value: Decimal | None) -> Decimal:
    assert value is not None
    return value


def _in_fractions(cases: list[tuple[int, int, int]]) -> list[Fraction]:
    held, average, parts = 0, Fraction(0), []
    for qty, ticks, _ in cases:
        price = Fraction(ticks, 4)
        closing = min(abs(held), abs(qty)) if held * qty < 0 else 0
        parts.append(closing * (price - average) * (1 if held > 0 else -1))
        opening = abs(qty) - closing
        if opening:
            kept = abs(held) - closing
            average = (average * kept + price * opening) / (kept + opening)
        held += qty
    return parts
