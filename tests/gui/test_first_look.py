"""Which side of the ledger the window opens on, before the trader has chosen one."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from core.clock import ExchangeClock
from core.snapshots import Publication
from core.state_manager import StateManager
from core.values import Mode
from core.views import OpenView, Selection
from tests.published import LIVE, NOW, SIM, account, fill, ledger, position_of, snapshot_of

_UNKNOWN = Selection(Mode.UNKNOWN, "LATEST-1")
_NOWHERE = Selection(Mode.SIM, None)


def _open(qtbot: QtBot) -> tuple[StateManager, Callable[[Publication], None]]:
    state = StateManager(ExchangeClock(lambda: NOW), _NOWHERE)

    def publish(publication: Publication) -> None:
        with qtbot.waitSignal(state.revision_changed):
            state.publish(publication)

    return state, publish


def test_it_opens_where_something_is_held(qtbot: QtBot) -> None:
    state, publish = _open(qtbot)
    held = snapshot_of(position_of(fill(2, "5050.25"), at=_UNKNOWN))
    publish(ledger(held, accounts=(account(LIVE), account(_UNKNOWN))))
    assert state.selection == _UNKNOWN
    assert isinstance(state.position.focus, OpenView)


def test_it_opens_on_sim_where_there_is_a_sim_account(qtbot: QtBot) -> None:
    state, publish = _open(qtbot)
    held = snapshot_of(position_of(fill(2, "5050.25"), at=_UNKNOWN))
    publish(ledger(held, accounts=(account(SIM), account(_UNKNOWN))))
    assert state.selection == SIM


def test_where_all_is_flat_it_opens_on_the_first_account_there_is(qtbot: QtBot) -> None:
    state, publish = _open(qtbot)
    publish(ledger(accounts=(account(_UNKNOWN), account(LIVE))))
    assert state.selection == LIVE


def test_a_mode_the_trader_chose_stays_even_without_an_account(qtbot: QtBot) -> None:
    state, publish = _open(qtbot)
    state.select_mode(Mode.LIVE)
    publish(ledger(accounts=(account(SIM),)))
    assert state.selection == Selection(Mode.LIVE, None)


def test_accounts_that_are_listed_later_change_no_mode(qtbot: QtBot) -> None:
    state, publish = _open(qtbot)
    publish(ledger(accounts=()))
    publish(ledger(revision=2, accounts=(account(LIVE), account(_UNKNOWN))))
    assert state.selection == _NOWHERE
    publish(ledger(revision=3, accounts=(account(LIVE), account(SIM))))
    assert state.selection == SIM
