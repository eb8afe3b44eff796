"""The commission schedule in the ledger, and what a new rate changes about the past."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select, update

from core.commands import SetCommission
from core.commission import ANY_ACCOUNT, CommissionRate, CommissionSchedule
from core.contracts import ContractBook
from core.errors import CommandRefused
from core.execution import Execution
from core.position import fold, trade_closed_by
from core.symbols import root_of
from core.trade_record import net_pnl, r_multiple
from core.values import PositionKey, Source
from data import fill_statements as sql
from data.rows import execution_from_row
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

FROM_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEDULE = TABLES["commissionschedule"]
_UPSERT = sql.upsert("commissionschedule")
_SINCE = select(sql.EXECUTION).where(sql.EXECUTION.c.occurred_at >= bindparam("since"))
_CHARGE = (
    update(sql.EXECUTION).where(sql.EXECUTION.c.seq == bindparam("row_seq")).values(commission=bindparam("charged"))
)
_OF_KEY = select(sql.EXECUTION).where(sql.IS_KEY, sql.IS_FOLDED).order_by(sql.EXECUTION.c.fold_at, sql.EXECUTION.c.seq)
_TRADES = select(sql.TRADE).where(*(sql.TRADE.c[name] == bindparam(name) for name in ("mode", "account", "symbol")))
_NET = (
    update(sql.TRADE)
    .where(sql.TRADE.c.id == bindparam("trade"))
    .values({name: bindparam(f"new_{name}") for name in ("commission", "net_pnl", "r_multiple")})
)


def load_commissions(connection: Connection) -> CommissionSchedule:
    rows = connection.execute(select(_SCHEDULE)).mappings()
    return CommissionSchedule(
        CommissionRate(row["account"], row["root"], row["per_side"], row["currency"], row["valid_from"]) for row in rows
    )


def charged(work: UnitOfWork, executions: Iterable[Execution]) -> list[Execution]:
    """The executions with what they cost: the report's own figure, else the schedule's, else unknown."""
    if not work.state.commissions.rates:
        return list(executions)
    return [
        each if each.commission is not None else replace(each, commission=_scheduled(work, each)) for each in executions
    ]


def seed_commissions(work: UnitOfWork, rates: Iterable[CommissionRate]) -> None:
    """Gives a ledger without a schedule its first one."""
    if not work.state.commissions.rates:
        for rate in rates:
            _save(work, rate)


def set_commission(work: UnitOfWork, command: SetCommission, contracts: ContractBook) -> None:
    """Puts a rate into the schedule, and into every execution that it holds for.

    Raises:
        CommandRefused: the rate is negative, or in another currency than the product's.
    """
    rate = command.rate
    if not rate.root or not rate.per_side.is_finite() or rate.per_side < 0:
        raise CommandRefused(f"A commission of {rate.per_side} a side for {rate.root or 'no product'} makes no sense")
    executions = _held_for(work, rate)
    _refuse_other_currency(rate, executions, contracts)
    _save(work, rate)
    recharged = _recharge(work, executions)
    for key in sorted({execution.key for execution in recharged.values()}):
        _renew(work, key, recharged)
    who = rate.account or "all accounts"
    detail = f"{rate.root} {rate.per_side:f} {rate.currency} a side for {who}: {len(recharged)} executions charged"
    work.append_event("commission_set", account=rate.account or None, detail=detail)


def _save(work: UnitOfWork, rate: CommissionRate) -> None:
    row = {
        "account": rate.account,
        "root": rate.root,
        "valid_from": rate.valid_from,
        "per_side": rate.per_side,
        "currency": rate.currency,
    }
    work.run(_UPSERT, row)
    work.state.commissions = work.state.commissions.including(rate)


def _held_for(work: UnitOfWork, rate: CommissionRate) -> list[Execution]:
    executions = (execution_from_row(row) for row in work.read(_SINCE, {"since": rate.valid_from}))
    return [
        each
        for each in executions
        if root_of(each.key.symbol) == rate.root and rate.account in (ANY_ACCOUNT, each.key.account)
    ]


def _refuse_other_currency(rate: CommissionRate, executions: Iterable[Execution], contracts: ContractBook) -> None:
    for symbol in {execution.key.symbol for execution in executions}:
        contract = contracts.find(symbol)
        if contract is not None and contract.currency != rate.currency:
            raise CommandRefused(f"{symbol} is in {contract.currency}: its commission cannot be in {rate.currency}")


def _recharge(work: UnitOfWork, executions: Iterable[Execution]) -> dict[int, Execution]:
    """The executions whose commission changes, by number. What an import said of its own goes first and stays."""
    changed: dict[int, Execution] = {}
    for each in executions:
        has_own = each.source is Source.IMPORT and each.commission is not None
        cost = _scheduled(work, each)
        if not has_own and not each.is_assumed and cost != each.commission:
            changed[each.seq] = replace(each, commission=cost)
            work.write(_CHARGE, {"row_seq": each.seq, "charged": cost})
    return changed


def _scheduled(work: UnitOfWork, execution: Execution) -> Decimal | None:
    root = root_of(execution.key.symbol)
    return work.state.commissions.commission(execution.key.account, root, execution.qty, execution.occurred_at)


def _renew(work: UnitOfWork, key: PositionKey, recharged: Mapping[int, Execution]) -> None:
    """Trades, the open position and fills that still wait to be folded take over what changed."""
    named = {"mode": key.mode, "account": key.account, "symbol": key.symbol}
    position, changes = fold(execution_from_row(row) for row in work.read(_OF_KEY, named))
    trades = [trade for _, change in changes if (trade := trade_closed_by(change)) is not None]
    commissions = {trade.id: trade.commission for trade in trades}
    for row in work.read(_TRADES, named):
        commission = commissions.get(row["id"])
        if commission != row["commission"]:
            net = net_pnl(row["realized_pnl"], commission)
            r = r_multiple(row["realized_pnl"] if net is None else net, row["initial_risk"])
            work.write(
                _NET, {"trade": row["id"], "new_commission": commission, "new_net_pnl": net, "new_r_multiple": r}
            )
    held = work.state.positions.get(key)
    if held is not None and position is not None:
        work.save_position(replace(held, position=replace(held.position, commission=position.commission)))
    account = work.state.accounts[key.account]
    unfolded = tuple(recharged.get(each.seq, each) for each in account.unfolded)
    work.state.accounts[key.account] = replace(account, unfolded=unfolded)
