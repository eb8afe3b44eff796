"""Money of closed trades is filled in once a contract's worth becomes known."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, select, update

from core.contracts import Contract
from core.money import excursion_figures, money
from core.position import Trade, fold, trade_closed_by
from core.trade_record import net_pnl
from core.values import Mode, PositionKey
from data.course_figures import COURSE_TOLD, CourseFigures
from data.fill_statements import FILL_IN_MONEY, TRADE
from data.rows import Row
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

_WITHOUT_MONEY = select(TRADE.c.id, TRADE.c.mode, TRADE.c.account, TRADE.c.symbol).where(
    TRADE.c.symbol == bindparam("of_symbol"), TRADE.c.point_value.is_(None)
)
_EVENT = TABLES["positionevent"]
_NEWEST_TOLD = (
    select(_EVENT.c.detail)
    .where(_EVENT.c.kind == COURSE_TOLD, _EVENT.c.trade_id == bindparam("of_trade"))
    .order_by(_EVENT.c.id.desc())
    .limit(1)
)
_COURSE_MONEY = ("mae_possible", "mfe_possible", "max_pullback")
_FILL_IN_COURSE = (
    update(TRADE)
    .where(TRADE.c.id == bindparam("trade"), TRADE.c.coverage.is_not(None))
    .values({name: bindparam(name) for name in _COURSE_MONEY})
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def fill_in_money(work: UnitOfWork, symbol: str, contract: Contract) -> None:
    """Folds the trades again for their points; everything but money stays as it is in their rows."""
    rows = work.read(_WITHOUT_MONEY, {"of_symbol": symbol})
    wanted = {row["id"] for row in rows}
    for key in sorted({PositionKey(Mode(row["mode"]), row["account"], row["symbol"]) for row in rows}):
        for _, change in fold(work.executions_since_flat(key, _LONG_AGO))[1]:
            trade = trade_closed_by(change)
            if trade is not None and trade.id in wanted:
                row = _money_row(trade, contract)
                work.run(FILL_IN_MONEY, row)
                _fill_in_course(work, row, contract)
                work.append_event("money_known", key=key, trade_id=trade.id)


def _fill_in_course(work: UnitOfWork, row: Row, contract: Contract) -> None:
    """What is possible, and the deepest fall, where the record of prices has been looked into."""
    for told in work.read(_NEWEST_TOLD, {"of_trade": row["trade"]}):
        columns = CourseFigures.from_text(told["detail"]).columns(contract, row["mae"], row["mfe"])
        work.write(_FILL_IN_COURSE, {"trade": row["trade"], **{name: columns[name] for name in _COURSE_MONEY}})


def _money_row(trade: Trade, contract: Contract) -> Row:
    figures, gross = excursion_figures(trade.excursion, contract), money(trade.points, contract)
    return {
        "trade": trade.id,
        "realized_pnl": gross,
        "net_pnl": net_pnl(gross, trade.commission),
        "mae": figures.mae,
        "mfe": figures.mfe,
        "point_value": contract.point_value,
        "tick_size": contract.tick_size,
        "currency": contract.currency,
    }
