"""The link asks anew when it is wanted to: at once, with or without a connection, and only for the asking."""

import queue
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.facts import (
    AccountsListed,
    Answer,
    FillsListed,
    FillsUnavailable,
    LinkUp,
    PositionsListed,
    PositionsUnavailable,
)
from core.snapshots import LinkState, LinkStatus, Notice
from data.dtc import messages as dtc
from data.dtc.codec import encode
from data.dtc.timing import Timing
from tests.rude_server import PATIENCE_S, QUICK, WELCOME, Heard, answering, cut, linked, say, serving

REFUSAL = WELCOME[:16] + encode(dtc.LogonResponse(Result=3, ResultText="no"))
pytestmark = pytest.mark.says  # each loss is a warning in the log


def no_accounts(question: dtc.Message) -> Iterator[dtc.Message]:
    if isinstance(question, dtc.TradeAccountsRequest):
        yield dtc.TradeAccountResponse(RequestID=question.RequestID, TotalNumberMessages=1)


def refuse_positions(question: dtc.Message) -> Iterator[dtc.Message]:
    """Tells its account, refuses its positions, and ignores all else."""
    if isinstance(question, dtc.TradeAccountsRequest):
        yield dtc.TradeAccountResponse(RequestID=question.RequestID, TotalNumberMessages=1, TradeAccount="Sim1")
    if isinstance(question, dtc.CurrentPositionsRequest):
        yield dtc.CurrentPositionsReject(RequestID=question.RequestID, RejectText="no")


def test_a_refusal_is_told_and_tried_again_only_when_the_trader_wants_it() -> None:
    heard = Heard()
    with serving(say(REFUSAL), say(REFUSAL), say(WELCOME)) as port, linked(port, heard) as link:
        for _ in range(2):
            assert heard.status(LinkState.REFUSED) == "The server refused the logon: no"
            time.sleep(0.3)
            assert not any(isinstance(event, LinkUp) for event in heard.rest())
            link.reconcile()
        heard.until(LinkUp)
    states = [event.state for event in heard.all if isinstance(event, LinkStatus)]
    assert states == [LinkState.CONNECTING, LinkState.REFUSED] * 2 + [LinkState.CONNECTING, LinkState.UP]


def test_stopping_after_a_refusal_is_no_different() -> None:
    heard = Heard()
    with serving(say(REFUSAL)) as port, linked(port, heard):
        heard.status(LinkState.REFUSED)


def test_who_asks_for_a_round_does_not_wait_for_the_next_try() -> None:
    heard = Heard()
    slow = Timing(first_pause=60, longest_pause=60)
    with serving(cut(WELCOME), say(WELCOME)) as port, linked(port, heard, slow) as link:
        heard.status(LinkState.DOWN)
        link.reconcile()
        heard.until(LinkUp)


def test_a_round_is_asked_for_on_an_open_connection_and_its_end_is_told() -> None:
    ended: queue.SimpleQueue[bool] = queue.SimpleQueue()
    heard = Heard()
    heard.outlets = replace(heard.outlets, round_ended=lambda: ended.put(True))
    with serving(answering(no_accounts)) as port, linked(port, heard) as link:
        assert ended.get(timeout=PATIENCE_S)
        heard.until(AccountsListed)
        link.reconcile()
        assert ended.get(timeout=PATIENCE_S)
        heard.until(AccountsListed)
    assert ended.empty()


def test_a_server_that_keeps_silent_or_refuses_leaves_everything_unknown_and_the_link_up() -> None:
    heard = Heard()
    timing = replace(QUICK, answer_deadline=0.05, first_retry=0.05)
    with serving(answering(refuse_positions)) as port, linked(port, heard, timing):
        for _ in range(3):
            assert heard.until(PositionsUnavailable).answer is Answer.REFUSED
        assert heard.until(FillsUnavailable).answer is Answer.SILENT
    assert not any(isinstance(event, PositionsListed | FillsListed) for event in heard.rest())
    assert sum(isinstance(event, LinkUp) for event in heard.all) == 1
    told = [event.text for event in heard.all if isinstance(event, Notice)]
    assert len(told) == len(set(told)) == 2
