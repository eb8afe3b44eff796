"""What a session day has come to: each execution counts on the day on which it happened, not when its trade is flat."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.contracts import Contract
from core.execution import Execution
from core.money import money
from core.position import Closed, Flipped, Opened, Reduced, fold
from core.session_day import SessionCalendar

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DayPnl:
    """Money of one session day, in one currency; what cannot be known is None.

    `gross` is what the day's executions realised, `commission` what all of them cost, `open_pnl` what is open now.
    """

    gross: Decimal | None = _ZERO
    commission: Decimal | None = _ZERO
    open_pnl: Decimal | None = _ZERO

    @property
    def realised(self) -> Decimal | None:
        """After commission."""
        return None if self.gross is None or self.commission is None else self.gross - self.commission

    @property
    def total(self) -> Decimal | None:
        return _plus(self.realised, self.open_pnl)

    def joined(self, other: "DayPnl") -> "DayPnl":
        """Both together: two positions of one account and currency."""
        return DayPnl(
            _plus(self.gross, other.gross),
            _plus(self.commission, other.commission),
            _plus(self.open_pnl, other.open_pnl),
        )


def day_pnl(
    executions: Iterable[Execution],
    day: date,
    calendar: SessionCalendar,
    contract: Contract | None,
    open_points: Decimal | None = _ZERO,
) -> DayPnl:
    """The day of one position; `open_points` is what is open now, in points times quantity.

    `executions` are those of one key in the order of their fold, the first of them from flat: a trade that is closed
    in parts over some days counts on each of them.
    """
    result = DayPnl(open_pnl=money(open_points, contract) if open_points != _ZERO else _ZERO)
    for execution, points in realised_parts(executions):
        if calendar.day_of(execution.occurred_at) == day:
            gross = money(points, contract) if points != _ZERO else _ZERO
            result = result.joined(DayPnl(gross, execution.commission))
    return result


def realised_parts(executions: Iterable[Execution]) -> Iterator[tuple[Execution, Decimal | None]]:
    """What each execution realised, in points times quantity; those of one trade add up to what it came to.

    Opening and adding realise nothing, whatever their price. None where a price that it takes is unknown.
    """
    booked: Decimal | None = _ZERO
    for execution, change in fold(executions)[1]:
        part: Decimal | None = _ZERO
        match change:
            case Opened():
                booked = _ZERO
            case Reduced(position=position):
                part, booked = _minus(position.realized_points, booked), position.realized_points
            case Closed(trade=trade) | Flipped(trade=trade):
                part, booked = _minus(trade.points, booked), _ZERO
        yield execution, part


def _minus(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else whole - part


def _plus(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left + right
