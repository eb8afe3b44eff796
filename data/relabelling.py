"""An account's mode is a label that the trader gives; all that is booked for the account carries it."""

from dataclasses import replace

from sqlalchemy import bindparam, update

from core.commands import ConfirmMode
from core.errors import CommandRefused
from core.execution import Execution
from core.position import Position
from core.values import Mode, PositionKey
from data.ledger_state import LedgerState
from data.schema import TABLES
from data.unit_of_work import UnitOfWork

_LABELLED = [
    update(table).where(table.c.account == bindparam("of_account")).values(mode=bindparam("new_mode"))
    for table in TABLES.values()
    if "mode" in table.columns and "account" in table.columns
]


def confirm_mode(work: UnitOfWork, command: ConfirmMode) -> None:
    """Relabels the account in every table, in this one transaction.

    Raises:
        CommandRefused: there is no such account, or it has a position or a working order in the other mode.
    """
    account = work.state.accounts.get(command.account)
    if account is None:
        raise CommandRefused(f"Nobody has listed an account {command.account}")
    if account.mode is command.mode:
        return
    _refuse_while_trading(work.state, command, account.mode)
    for statement in _LABELLED:
        work.write(statement, {"of_account": command.account, "new_mode": command.mode})
    _relabel(work.state, command)
    work.append_event("mode_confirmed", account=command.account, detail=f"{account.mode} is {command.mode}")


def _refuse_while_trading(state: LedgerState, command: ConfirmMode, mode: Mode) -> None:
    """What was never known may be answered at any time."""
    if mode is Mode.UNKNOWN:
        return
    name = command.account
    if any(key.account == name for key in state.positions) or state.accounts[name].unfolded:
        raise CommandRefused(f"{name} has an open position: its mode stays {mode} until it is flat")
    if any(order.account == name and order.is_at_work for order in state.orders.values()):
        raise CommandRefused(f"{name} has a working order: its mode stays {mode} until there is none")


def _relabel(state: LedgerState, command: ConfirmMode) -> None:
    name, mode = command.account, command.mode

    def key_of(key: PositionKey) -> PositionKey:
        return replace(key, mode=mode) if key.account == name else key

    def executed(execution: Execution) -> Execution:
        return replace(execution, key=key_of(execution.key))

    def held(position: Position) -> Position:
        return replace(position, key=key_of(position.key))

    state.positions = {
        key_of(key): replace(each, position=held(each.position)) for key, each in state.positions.items()
    }
    state.newest_folded = {
        key_of(key): replace(each, newest=executed(each.newest)) for key, each in state.newest_folded.items()
    }
    state.assumed = {
        key_of(key): tuple(replace(one, execution=executed(one.execution)) for one in each)
        for key, each in state.assumed.items()
    }
    account = state.accounts[name]
    state.accounts[name] = replace(account, mode=mode, unfolded=tuple(executed(each) for each in account.unfolded))
