"""From the executions of a position to the stops at which the course of each trade is told."""

from collections.abc import Iterable

from core.execution import Execution
from core.position import Position, fold, position_after, trade_closed_by
from core.trade_course import Stop
from core.values import micros_from_utc


def stops_of(executions: Iterable[Execution]) -> dict[int, list[Stop] | None]:
    """The stops of every trade, by the trade's id; the last may still be open.

    `executions` are those of one key in the order of their fold, the first of them from flat. A reversing fill is the
    last stop of one trade and the first of the next. A fill that happened earlier than it was folded keeps the time at
    which it happened. None where the price of any fill is unknown, or was only assumed.
    """
    stops: dict[int, list[Stop] | None] = {}
    for execution, change in fold(executions)[1]:
        closed, position = trade_closed_by(change), position_after(change)
        if closed is not None:
            _append(stops, closed.id, execution, None)
        if position is not None:
            _append(stops, position.trade_id, execution, position)
    return stops


def _append(stops: dict[int, list[Stop] | None], trade: int, execution: Execution, position: Position | None) -> None:
    so_far = stops.setdefault(trade, [])
    if so_far is None:
        return
    after = position.holding if position else None
    if execution.price is None or execution.is_assumed:
        stops[trade] = None
    else:
        so_far.append(Stop(micros_from_utc(execution.occurred_at), execution.resolution_us, execution.price, after))
