"""What is suggested for an account whose mode nobody has given: hardly ever anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.account_modes import AccountCard, account_cards
from core.values import Mode
from tests.published import LIVE, SIM, fill, ledger, position_of, snapshot_of


def _proposal(name: str) -> Mode | None:
    return AccountCard(name, Mode.UNKNOWN, ()).proposal


@pytest.mark.parametrize("name", ["Sim1", "Sim2", "Sim10", "Sim123"])
def test_the_names_of_sierras_own_simulation_are_suggested_as_sim(name: str) -> None:
    assert _proposal(name) is Mode.SIM


@pytest.mark.parametrize(
    "name",
    [
        *("LATEST-1", "MAXSIM7", "Sim", "sim1", "SIM1", "Sim0", "Sim01", "Sim1 ", "Sim1\n", " Sim1", "XSim1", "Sim1X"),
        *("Sim-1", "Sim1.5", "Sim\N{SUPERSCRIPT ONE}", "Sim\N{ARABIC-INDIC DIGIT ONE}", "PAPER", "TEST", "120005", ""),
    ],
)
def test_no_other_name_says_anything(name: str) -> None:
    assert _proposal(name) is None


@given(st.text(max_size=12))
def test_live_is_never_suggested(name: str) -> None:
    assert _proposal(name) in (None, Mode.SIM)


@pytest.mark.parametrize("mode", [Mode.SIM, Mode.LIVE])
def test_a_mode_that_was_given_is_not_questioned(mode: Mode) -> None:
    assert AccountCard("Sim1", mode, ()).proposal is None


def test_each_card_holds_what_is_open_in_its_account() -> None:
    cards = account_cards(ledger(snapshot_of(position_of(fill(-2, "5050.00"), at=LIVE))))
    assert [(card.account, len(card.held)) for card in cards] == [(SIM.account, 0), (LIVE.account, 1)]
    assert cards[1].held[0].side == "SHORT"


def test_without_a_ledger_no_account_is_known() -> None:
    assert account_cards(None) == ()
