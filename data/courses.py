"""A course that was told becomes part of the ledger: into the stretches of its executions, and folded from there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import bindparam, select

from core.contracts import Contract
from core.course_told import CourseTold, StretchTold
from core.execution import Execution
from core.heat import Heat
from core.money import excursion_figures
from core.position import Change, Position, Trade, apply_execution, position_after, trade_closed_by
from core.price_path import PricePath
from core.trade_record import TradeRecord
from core.values import PriceRange, utc_from_micros
from data.course_figures import BACK_FILLED, COURSE_TOLD, CourseFigures, outermost
from data.fill_statements import TRADE, UPSERT_PATH
from data.folding import derive
from data.ledger_state import Held
from data.rows import Row, contract_from_row, trade_from_row
from data.schema import TABLES
from data.trade_executions import executions_of
from data.unit_of_work import UnitOfWork

_PATH = TABLES["pricepath"]
_TRADE_ROW = select(TRADE).where(TRADE.c.id == bindparam("trade"))
_PATH_ROW = select(_PATH).where(_PATH.c.trade_id == bindparam("trade"))


@dataclass(frozen=True, slots=True)
class _Step:
    """One execution of the trade, folded with the stretch that it ends; `is_mended` where its row has another."""

    execution: Execution
    change: Change
    is_mended: bool


def take_course(work: UnitOfWork, told: CourseTold) -> None:
    """Mends the figures of a trade, open or closed, unless it is made of other executions by now.

    A stretch that is wholly recorded becomes what is recorded of it; elsewhere what was seen stays, too. Told once more
    the same course changes nothing, and what is final only another final one does.
    """
    found = executions_of(work.read, told.trade_id)
    if found is None or found.own != told.executions:
        return
    behind = dict(zip(told.executions[1:], told.stretches, strict=False))
    steps, position = _fold(found.since_flat, behind, told.trade_id)
    if told.is_closed:
        trades = (trade_closed_by(step.change) for step in steps)
        trade = next((each for each in trades if each is not None and each.id == told.trade_id), None)
        if trade is not None:
            _mend_trade(work, told, trade, steps)
    elif position is not None:
        _mend_position(work, told, position, steps)


def _fold(
    since_flat: Sequence[Execution], behind: Mapping[int, StretchTold], trade_id: int
) -> tuple[list[_Step], Position | None]:
    steps: list[_Step] = []
    position: Position | None = None
    for execution in since_flat:
        told = behind.get(execution.seq)
        if told is not None and position is not None and position.trade_id == trade_id:
            mended = replace(execution, stretch=_lived_through(position.stretch, execution.stretch, told))
        else:
            mended = execution
        change = apply_execution(position, mended)
        steps.append(_Step(mended, change, mended.stretch != execution.stretch))
        position = position_after(change)
    return steps, position


def _lived_through(began: PriceRange | None, seen: PriceRange | None, told: StretchTold) -> PriceRange | None:
    """What a stretch holds that began at a fill's price."""
    ranges = [each for each in (began, told.prices, None if told.is_whole else seen) if each is not None]
    return PriceRange(min(each.low for each in ranges), max(each.high for each in ranges)) if ranges else None


def _mend_trade(work: UnitOfWork, told: CourseTold, trade: Trade, steps: Sequence[_Step]) -> None:
    row = next(iter(work.read(_TRADE_ROW, {"trade": trade.id})), None)
    if row is None or (row["excursion_final"] and not told.is_final):
        return
    record, contract = trade_from_row(row), contract_from_row(row)
    mended = _with_extremes(record, trade, contract)
    figures = None
    if record.coverage is None or told.coverage >= record.coverage:
        figures = CourseFigures.of(told, record, contract)
        mended = replace(mended, **figures.columns(contract, mended.mae, mended.mfe))
        _keep_path(work, told)
    work.derive([derive(step.execution, step.change) for step in steps if step.is_mended])
    if mended != record:
        work.save_trade(mended)
        work.state.courses_told += 1
        if figures is not None:
            work.append_event(COURSE_TOLD, key=trade.key, trade_id=trade.id, detail=figures.as_text())


def _with_extremes(record: TradeRecord, trade: Trade, contract: Contract | None) -> TradeRecord:
    figures, prices = excursion_figures(trade.excursion, contract), trade.excursion.prices if trade.excursion else None
    return replace(
        record,
        mae=figures.mae,
        mfe=figures.mfe,
        mae_points=figures.mae_points,
        mfe_points=figures.mfe_points,
        trade_min_price=prices.low if prices else None,
        trade_max_price=prices.high if prices else None,
        mae_possible=outermost(record.mae_possible, figures.mae, min),
        mfe_possible=outermost(record.mfe_possible, figures.mfe, max),
    )


def _keep_path(work: UnitOfWork, told: CourseTold) -> None:
    if told.path is None or not len(told.path.at_us):
        return
    row = _path_row(told.trade_id, told.path, is_whole=told.is_path_whole)
    kept = next(iter(work.read(_PATH_ROW, {"trade": told.trade_id})), None)
    if kept is None or (dict(kept) != row and told.is_path_whole >= kept["is_whole"]):
        work.run(UPSERT_PATH, row)


def _path_row(trade_id: int, path: PricePath, *, is_whole: bool) -> Row:
    points = zip((path.at_us - path.start_us).tolist(), path.prices.tolist(), strict=True)
    return {
        "trade_id": trade_id,
        "begins_at": utc_from_micros(path.start_us),
        "ends_at": utc_from_micros(path.end_us),
        "is_whole": is_whole,
        "points": json.dumps([list(point) for point in points], separators=(",", ":")),
    }


def _mend_position(work: UnitOfWork, told: CourseTold, folded: Position, steps: Sequence[_Step]) -> None:
    """What was seen since the record was read stays in the stretch that runs, and in the heat."""
    held = work.state.positions.get(folded.key)
    if held is None or held.position.trade_id != folded.trade_id:
        return
    running = [each for each in (held.position.stretch, told.stretches[-1].prices) if each is not None]
    position = folded
    for prices in running:
        position = position.having_seen(prices)
    heat = _heat_of(held, told)
    mended = replace(held, position=position, heat=heat, context=told.context or held.context)
    work.derive([derive(step.execution, step.change) for step in steps if step.is_mended])
    if mended == held:
        return
    work.save_position(mended)
    if position.excursion_now != held.position.excursion_now or (held.heat is None) != (heat is None):
        detail = f"{' + '.join(sorted(told.sources))} {told.coverage:f}"
        work.append_event(BACK_FILLED, key=folded.key, trade_id=folded.trade_id, detail=detail)


def _heat_of(held: Held, told: CourseTold) -> Heat | None:
    """Each of the two may lack what the other has: a gap here, the newest ticks there."""
    ours, theirs = held.heat, told.heat
    if ours is None or theirs is None:
        return ours or theirs
    return Heat(
        peak=_most(ours.peak, theirs.peak),
        pullback=_most(ours.pullback, theirs.pullback),
        total_us=max(ours.total_us, theirs.total_us),
        spell_began_us=theirs.spell_began_us if _is_gap(ours, theirs) else ours.spell_began_us,
        counted_until_us=theirs.counted_until_us if _is_gap(ours, theirs) else ours.counted_until_us,
    )


def _is_gap(ours: Heat, theirs: Heat) -> bool:
    """Whether they know of a spell that was interrupted for us, and is still running for both."""
    return (
        ours.spell_began_us is not None
        and theirs.spell_began_us is not None
        and (theirs.spell_began_us < ours.spell_began_us or ours.counted_until_us is None)
    )


def _most(ours: Decimal | None, theirs: Decimal | None) -> Decimal | None:
    return max((each for each in (ours, theirs) if each is not None), default=None)
