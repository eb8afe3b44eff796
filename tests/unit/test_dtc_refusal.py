"""What is kept of a report that could not be understood."""

import json
from math import nan
from typing import Any

import pytest

from core.facts import InputRefused
from data.dtc import messages as dtc
from data.dtc.codec import Unreadable
from data.dtc.refusal import refuse_fill, refuse_message


def unreadable(type_number: int, **fields: Any) -> InputRefused:
    raw = json.dumps({"Type": type_number, "TradeAccount": "Sim1", **fields}).encode()
    return refuse_message(Unreadable(type_number, "Sim1", "no good", raw))


def test_a_refused_fill_names_account_symbol_and_order_and_keeps_the_message_as_json() -> None:
    message = dtc.OrderUpdate(
        TradeAccount="Sim1", Symbol="MESZ6", ServerOrderID="17", LastFillQuantity=nan, OrderUpdateReason=4
    )
    refused = refuse_fill(message, "MESZ26", "A fill without a readable quantity")
    assert (refused.account, refused.symbol, refused.order_id, refused.is_fill) == ("Sim1", "MESZ26", "17", True)
    fields = json.loads(refused.raw)
    assert (fields["Type"], fields["Symbol"], fields["LastFillQuantity"]) == (301, "MESZ6", "nan")


def test_the_same_fill_asked_for_again_gives_the_same_text() -> None:
    first, again = (
        dtc.HistoricalOrderFillResponse(
            RequestID=request, MessageNumber=request, TotalNumberMessages=9, TradeAccount="Sim1"
        )
        for request in (1, 2)
    )
    assert refuse_fill(first, "", "why") == refuse_fill(again, "", "why")
    texts = {unreadable(304, RequestID=request, Quantity="many").raw for request in (1, 2)}
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("type_number", "fields", "may_be_fill"),
    [
        (304, {"Quantity": "many"}, True),
        (301, {"OrderUpdateReason": 4, "BuySell": "up"}, True),
        (301, {"OrderUpdateReason": 5, "BuySell": "up"}, True),
        (301, {"OrderUpdateReason": "filled"}, True),
        (301, {"OrderUpdateReason": 2, "BuySell": "up"}, False),
        (306, {"Quantity": "many"}, False),
    ],
)
def test_whatever_may_be_a_fill_counts_as_one(type_number: int, fields: dict[str, Any], may_be_fill: bool) -> None:  # noqa: FBT001  # a table of cases
    assert unreadable(type_number, **fields).is_fill is may_be_fill


def test_what_an_unreadable_message_names_is_kept() -> None:
    refused = unreadable(301, Symbol="MESZ6", ServerOrderID="17", BuySell="up")
    assert (refused.account, refused.symbol, refused.order_id) == ("Sim1", "MESZ6", "17")
    assert refused.reason == "Message 301: no good"


@pytest.mark.parametrize("raw", [b"", b"[1]", b"\xff{", b'{"Symbol":7}'])
def test_bytes_that_name_nothing_are_kept_as_they_are(raw: bytes) -> None:
    refused = refuse_message(Unreadable(301, None, "no good", raw))
    assert (refused.symbol, refused.order_id) == (None, None)
    assert refused.is_fill
