"""`heatline reconcile`: what it asks a broker, what it says of his answers, and how it ends."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.cli import main
from data.dtc import messages as dtc
from data.dtc.codec import encode
from data.dtc.session import PRACTICE_SERVER_NAME
from tests.dtc_talk import definition, past_fill
from tests.fills import at, fill
from tests.integration.conftest import Books, handle_all
from tests.rude_server import WELCOME, answering, cut, say, serving, welcome

SIM, LIVE = "Sim1", "120005"
NOT_HERE = "Non-simulated Trade Account (120005) cannot be used with Trade Simulation Mode"
REFUSAL = WELCOME[:16] + encode(dtc.LogonResponse(Result=3, ResultText="not today"))
pytestmark = pytest.mark.says  # each loss is a warning in the log


@dataclass
class Broker:
    """Answers for two accounts; a text instead of positions is why he does not."""

    positions: dict[str, dict[str, int] | str]
    accounts: tuple[str, ...] = (LIVE, SIM)
    fills: dict[str, list[dtc.HistoricalOrderFillResponse]] = field(default_factory=dict)
    asked: list[dtc.Message] = field(default_factory=list)

    def answer(self, question: dtc.Message) -> Iterator[dtc.Message]:
        self.asked.append(question)
        match question:
            case dtc.TradeAccountsRequest():
                for account in self.accounts or ("",):
                    yield dtc.TradeAccountResponse(
                        RequestID=question.RequestID, TotalNumberMessages=len(self.accounts) or 1, TradeAccount=account
                    )
            case dtc.HistoricalOrderFillsRequest():
                rows = self.fills.get(question.TradeAccount or "", [dtc.HistoricalOrderFillResponse(NoOrderFills=1)])
                for row in rows:
                    row.RequestID, row.TotalNumberMessages = question.RequestID, len(rows)
                    yield row
            case dtc.OpenOrdersRequest():
                yield dtc.OrderUpdate(RequestID=question.RequestID, OrderUpdateReason=1, NoOrders=1)
            case dtc.AccountBalanceRequest():
                yield dtc.AccountBalanceUpdate(RequestID=question.RequestID, NoAccountBalances=1)
            case dtc.CurrentPositionsRequest():
                yield from self._positions(question)
            case dtc.SecurityDefinitionForSymbolRequest():
                yield definition(question.Symbol or "", RequestID=question.RequestID)

    def _positions(self, question: dtc.CurrentPositionsRequest) -> Iterator[dtc.Message]:
        held = self.positions.get(question.TradeAccount or "", {})
        if isinstance(held, str):
            yield dtc.CurrentPositionsReject(RequestID=question.RequestID, RejectText=held)
            return
        if not held:
            yield dtc.PositionUpdate(RequestID=question.RequestID, NoPositions=1)
        for number, (symbol, qty) in enumerate(held.items(), 1):
            yield dtc.PositionUpdate(
                RequestID=question.RequestID,
                TotalNumberMessages=len(held),
                MessageNumber=number,
                TradeAccount=question.TradeAccount,
                Symbol=symbol,
                Quantity=qty,
            )


@pytest.fixture
def traded(books: Books) -> Books:
    """Long 2 in the one account and flat in the other."""
    handle_all(books.begin(), [fill(1, "5000.00", 1), fill(1, "5001.00", 2)])
    books.close()
    return books


def ask(books: Books, broker: Broker, *options: str) -> int:
    with serving(answering(broker.answer, welcome(PRACTICE_SERVER_NAME))) as port:
        return run(books, port, *options)


def run(books: Books, port: int, *options: str) -> int:
    return main(["reconcile", "--data-dir", str(books.path.parent), "--dtc", f"127.0.0.1:{port}", *options])


def outcomes(
    books: Books, broker: Broker, capsys: pytest.CaptureFixture[str], expected: int
) -> dict[tuple[str, str | None], dict[str, Any]]:
    assert ask(books, broker, "--json") == expected
    return {(row["account"], row["symbol"]): row for row in json.loads(capsys.readouterr().out)}


def test_what_the_broker_confirms_is_verified(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(traded, Broker({SIM: {"MESZ26-CME": 2}})) == 0
    lines = [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["Account", "Mode", "Symbol", "Here", "Broker", "Outcome"],
        [LIVE, "LIVE", "—", "flat", "flat", "verified flat"],
        [SIM, "SIM", "MESZ26", "LONG 2", "LONG 2", "verified"],
    ]
    assert traded.events()[-1] == "link_down"


def test_what_came_meanwhile_is_booked_before_it_is_judged(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    sold = past_fill(TradeAccount=SIM, BuySell=2, Quantity=2, UniqueExecutionID="E9", ServerOrderID="O9")
    found = outcomes(traded, Broker({}, fills={SIM: [sold]}), capsys, 0)
    assert {row["outcome"] for row in found.values()} == {"verified flat"}
    assert traded.value("SELECT count(*) FROM traderecord WHERE is_closed") == 1


def test_flat_at_the_broker_is_asked_for_twice_and_then_needs_the_trader(
    traded: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = Broker({})
    assert ask(traded, broker) == 1
    printed = capsys.readouterr().out
    assert "the broker says flat" in printed
    assert "Needs you: Sim1 MESZ26. Open the window to answer" in printed
    asked = [message.TradeAccount or "" for message in broker.asked if isinstance(message, dtc.CurrentPositionsRequest)]
    assert sorted(asked) == [LIVE, SIM, SIM]
    assert traded.value("SELECT qty FROM openposition") == 2


@pytest.mark.parametrize(("theirs", "words"), [(3, "LONG 3"), (-1, "SHORT 1")])
def test_another_quantity_or_side_is_named_with_both(
    traded: Books, capsys: pytest.CaptureFixture[str], theirs: int, words: str
) -> None:
    row = outcomes(traded, Broker({SIM: {"MESZ26-CME": theirs}}), capsys, 1)[SIM, "MESZ26"]
    assert (row["ours"], row["broker"], row["verified"]) == (2, theirs, False)
    assert row["outcome"] == f"the broker says {words}: which is right?"


def test_a_refusal_confirms_nothing_and_is_not_flat(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    found = outcomes(traded, Broker({SIM: "not now", LIVE: "not now"}), capsys, 1)
    assert (found[SIM, "MESZ26"]["broker"], found[SIM, "MESZ26"]["verified"]) == (None, False)
    assert found[SIM, "MESZ26"]["outcome"] == "unverified: refused: not now"
    assert found[LIVE, None]["outcome"] == "flat, unverified: the broker did not say"


@pytest.mark.parametrize("broker", [Broker({SIM: {}, LIVE: NOT_HERE}), Broker({}, accounts=(SIM,))])
def test_an_account_that_this_connection_does_not_show_is_not_confirmed(
    books: Books, capsys: pytest.CaptureFixture[str], broker: Broker
) -> None:
    handle_all(books.begin(), [fill(1, "5000.00", 1, account=LIVE)])
    books.close()
    found = outcomes(books, broker, capsys, 1)
    assert found[LIVE, "MESZ26"]["outcome"] == "not confirmable on this connection: it goes by fills"
    assert found[LIVE, "MESZ26"]["broker"] is None
    assert found[SIM, None]["verified"]


def test_what_only_the_broker_holds_is_adopted_and_said(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    broker = Broker({SIM: {"MESZ26-CME": 2}, LIVE: {"MNQZ26-CME": -1}})
    assert ask(traded, broker) == 0
    printed = capsys.readouterr()
    assert "adopted" in printed.err
    assert re.search(rf"{LIVE} +LIVE +MNQZ26 +SHORT 1 +SHORT 1 +verified", printed.out)


def test_the_fills_are_asked_for_from_where_the_ledger_is_sure(traded: Books) -> None:
    broker = Broker({SIM: {"MESZ26-CME": 2}})
    assert ask(traded, broker) == 0
    starts = {
        message.TradeAccount: (message.StartDateTime, message.NumberOfDays)
        for message in broker.asked
        if isinstance(message, dtc.HistoricalOrderFillsRequest)
    }
    # The ledger's clock stood still, so the fills were heard before they are said to have happened.
    assert starts == {SIM: (int(at(-600).timestamp()), 0), LIVE: (0, 5)}


def test_a_second_server_is_refused_and_nothing_is_booked(traded: Books, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answering(Broker({}).answer)) as port:
        assert run(traded, port) == 2
    assert "This is a real server, and this ledger is for practice" in capsys.readouterr().err
    assert traded.value("SELECT qty FROM openposition") == 2


@pytest.mark.parametrize(
    ("manner", "sentence"),
    [
        (
            say(WELCOME[:16] + encode(dtc.LogonResponse(Result=3, ResultText="not today"))),
            "refused the logon: not today",
        ),
        (cut(welcome(PRACTICE_SERVER_NAME)), "Link lost: the server closed the connection"),
        (say(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"), "this is not DTC"),
    ],
    ids=["refused", "cut", "no DTC"],
)
def test_a_server_that_lets_nobody_ask_is_said_so(
    traded: Books, capsys: pytest.CaptureFixture[str], manner: Any, sentence: str
) -> None:
    with serving(manner) as port:
        assert run(traded, port) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.out == ""


def test_without_an_account_nothing_is_confirmed(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    books.open().close()
    assert ask(books, Broker({}, accounts=())) == 1
    assert "The broker named no account" in capsys.readouterr().out
