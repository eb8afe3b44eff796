"""The link with the practice exchange at the other end: real sockets, real bytes."""

from decimal import Decimal
from itertools import pairwise

import pytest

from core.facts import (
    AccountsListed,
    ContractDefined,
    Fill,
    FillsListed,
    LinkDown,
    LinkUp,
    PositionReported,
    PositionsListed,
    PricesSeen,
)
from core.snapshots import LinkState, LinkStatus
from core.values import Side, Source
from data.dtc.link import Address, Link
from data.practice.listing import DEFAULT_SYMBOL, LIVE_ACCOUNT, SIM_ACCOUNT
from data.practice.opening import open_practice
from data.practice.server import serving
from tests.rude_server import QUICK, Heard, end, linked, wait_until


def test_the_link_is_up_before_any_fact() -> None:
    heard = Heard()
    with serving(open_practice()) as server, linked(server.port, heard):
        heard.until(PositionsListed, 2)
        facts = [event for event in heard.all if not isinstance(event, LinkStatus)]
        assert isinstance(facts[0], LinkUp)
        assert facts[0].is_practice
        assert [type(fact) for fact in facts].count(LinkUp) == 1
        (accounts,) = (fact for fact in facts if isinstance(fact, AccountsListed))
        assert set(accounts.accounts) == {SIM_ACCOUNT, LIVE_ACCOUNT}
        states = [event.state for event in heard.all if isinstance(event, LinkStatus)]
        assert states == [LinkState.CONNECTING, LinkState.UP]


def test_a_live_fill_comes_with_its_position_and_is_in_the_next_history() -> None:
    heard = Heard()
    with serving(open_practice()) as server:
        with linked(server.port, heard):
            heard.until(FillsListed, 2)
            server.submit(SIM_ACCOUNT, DEFAULT_SYMBOL, Side.SELL, 2)
            filled = [heard.until(Fill)]
            while sum(fill.qty for fill in filled) < 2:
                filled.append(heard.until(Fill))
            assert all(fill.source is Source.LIVE and fill.side is Side.SELL for fill in filled)
            assert heard.until(PositionReported).qty == Decimal(-2)
        again = Heard()
        with linked(server.port, again):
            listed = [again.until(FillsListed), again.until(FillsListed)]
            (past,) = (answer.fills for answer in listed if answer.account == SIM_ACCOUNT)
            assert [(fill.execution_id, fill.price) for fill in past] == [(f.execution_id, f.price) for f in filled]


def test_prices_that_went_by_before_a_fill_are_handed_on_before_it() -> None:
    heard = Heard()
    with serving(open_practice(trader_seed=3)) as server, linked(server.port, heard):
        heard.until(Fill, 3)
        facts = [event for event in heard.all if isinstance(event, PricesSeen | Fill)]
    for before, fact in pairwise(facts):
        if isinstance(fact, Fill) and isinstance(before, PricesSeen):
            assert before.symbol == fact.symbol
    assert any(isinstance(fact, PricesSeen) for fact in facts)


def test_quotes_land_in_the_box() -> None:
    heard = Heard()
    with serving(open_practice()) as server, linked(server.port, heard):
        heard.until(ContractDefined)
        wait_until(lambda: heard.quotes.tick_count > 3)
        (symbol,) = heard.quotes.latest()
        seen = heard.until(PricesSeen)
        assert seen.symbol == symbol
        assert seen.prices.low <= seen.prices.high


def test_the_end_is_said_and_nothing_comes_after_it() -> None:
    heard = Heard()
    with serving(open_practice()) as server, linked(server.port, heard):
        heard.until(FillsListed, 2)
    down = heard.rest()[-1]
    assert isinstance(down, LinkDown)
    assert down.reason == "Heatline was closed"


@pytest.mark.says
def test_a_stopped_exchange_is_said_and_a_new_one_is_found_again() -> None:
    heard = Heard()
    with serving(open_practice()) as server:
        port = server.port
        link = Link(Address("127.0.0.1", port), heard.outlets, QUICK)
        link.start()
        heard.until(LinkUp)
    assert "stopping" in heard.until(LinkDown).reason
    assert heard.status(LinkState.DOWN).startswith("Link lost: ")
    assert heard.status(LinkState.DOWN).startswith(f"Nobody answers at 127.0.0.1:{port}")
    with serving(open_practice(port)):
        heard.until(LinkUp)
        end(link)
