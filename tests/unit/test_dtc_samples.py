"""Messages as servers really send them, or the protocol's pages print them, and the facts in them."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.facts import BalanceReported, ContractDefined, Fill, LinkUp, PositionReported
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.codec import JsonCodec, Unreadable
from data.dtc.enums import Encoding
from data.dtc.market import Traded
from data.dtc.translate import Translator, price_scale
from tests.dtc_talk import NOW, Talk

OURS = Path(__file__).parents[1] / "fixtures" / "dtc"
SHARED = Path(os.environ.get("HEATLINE_SHARED", "../shared")) / "sierra/dtc/samples"
KNOWN = {kind.number(): kind for kind in dtc.Message.__subclasses__()}
# An exchange list, and history's bars: of no use to us.
NOT_OURS = {501}


def wire(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\0"


def told(event: object) -> dict[str, Any]:
    """A fact in the words of the fixture files; empty for what they do not speak of."""
    words: list[object] = []
    match event:
        case LinkUp():
            words = [event.server_name]
        case BalanceReported():
            words = [event.account, str(event.cash_balance), event.currency]
        case ContractDefined(symbol, contract):
            words = [symbol, f"{contract.tick_size:f}", f"{contract.point_value:f}", contract.currency]
        case Fill():
            words = [event.account, event.symbol, event.execution_id, event.side, f"{event.qty:f}", f"{event.price:f}"]
        case PositionReported():
            words = [event.account, event.symbol, f"{event.qty:f}"]
        case Traded():
            words = [event.symbol, str(event.price)]
    return {type(event).__name__: words} if words else {}


@pytest.mark.parametrize("path", sorted(OURS.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_or_synthetic_talk_gives_its_facts(path: Path) -> None:
    sample = json.loads(path.read_text("utf-8"))
    assert sample["provenance"] in ("recorded", "synthetic")
    talk = Talk()
    if sample["messages"][0]["Type"] == dtc.LogonResponse.number():
        talk.hear_bytes(handshake.encode_response(Encoding.JSON))
    else:
        talk.log_on()
    events = talk.hear_bytes(b"".join(map(wire, sample["messages"])))
    assert [words for event in events if (words := told(event))] == sample["facts"]


def samples(name: str) -> dict[str, Any]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"HEATLINE_SHARED is absent: no {path}")
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def decoded(message: dict[str, Any]) -> dtc.Message:
    (found,) = JsonCodec().feed(wire(message))
    assert not isinstance(found, Unreadable)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "sierra_2020-04-24_account_balance.json",
        "sierra_2020-04-25_websocket.json",
        "sierra_2025-11_appv4_notes.json",
        "official_doc_examples.json",
    ],
)
def test_every_json_message_of_a_sample_is_the_message_it_says(name: str) -> None:
    sample = samples(name)
    rows = [row.get("msg") or row.get("msg_partial") or {} for row in sample["messages"]]
    rows += sample.get("security_definition_507_via_client_rest", [])
    rows += [row for key, row in sample.items() if key.startswith("market_data_snapshot")]
    rows = [row for row in rows if "Type" in row and "F" not in row and row["Type"] not in NOT_OURS]
    assert rows
    for row in rows:
        message = decoded(row)
        assert type(message) is KNOWN[row["Type"]]
        for field in set(row) & set(message.__struct_fields__):
            assert getattr(message, field) == row[field], field


def test_what_a_sample_holds_that_we_do_not_read_is_skipped() -> None:
    rows = [row["msg"] for row in samples("sierra_2025-11_appv4_notes.json")["messages"] if "msg" in row]
    others = [row for row in rows if row["Type"] in NOT_OURS]
    assert others
    assert not list(JsonCodec().feed(b"".join(map(wire, others))))


def test_the_session_of_april_2020_is_understood() -> None:
    sample = samples("sierra_2020-04-24_account_balance.json")
    talk = Talk()
    talk.hear_bytes(handshake.encode_response(Encoding.JSON))
    rows = [row["msg"] for row in sample["messages"] if row["dir"] == "server->client"]
    up, _no_trading, balance = talk.hear_bytes(b"".join(map(wire, rows)))
    assert up == LinkUp("SC DTC Server", is_practice=False, at=NOW)
    assert balance == BalanceReported("********", Decimal(2000), "USD", NOW)


def test_the_definition_of_april_2020_is_a_contract_with_a_scale() -> None:
    (row,) = samples("sierra_2020-04-25_websocket.json")["security_definition_507_via_client_rest"]
    definition = decoded(row)
    assert isinstance(definition, dtc.SecurityDefinitionResponse)
    contract = Translator(lambda: NOW).contract(definition)
    assert told(contract) == {"ContractDefined": ["ESM20", "0.25", "50", "USD"]}
    assert price_scale(definition) * 282_825 == Decimal("2828.25")


def test_the_flat_old_position_and_the_rejects_of_2025_are_what_they_are() -> None:
    rows = samples("sierra_2025-11_appv4_notes.json")["messages"]
    by_type = {row["msg"]["Type"]: decoded(row["msg"]) for row in rows if "msg" in row and row["msg"]["Type"] != 501}
    position, reject, account = by_type[306], by_type[308], by_type[401]
    assert isinstance(position, dtc.PositionUpdate)
    assert Translator(lambda: NOW).position(position) == PositionReported(
        "Sim1", "MESM25", Decimal(0), NOW, wire_symbol="F.US.MESM25"
    )
    assert reject == dtc.HistoricalOrderFillsReject(RequestID=103, RejectText="TradeAccount is not set")
    assert isinstance(account, dtc.TradeAccountResponse)
    assert account.TradeAccount == "Sim1"


def test_the_binary_requests_on_the_official_pages_are_ours() -> None:
    rows = [row for row in samples("official_doc_examples.json")["messages"] if row.get("encoding") == "binary"]
    assert {handshake.decode_request(bytes.fromhex(row["hex"])) for row in rows} == {2, 4}
    assert bytes.fromhex(rows[1]["hex"]) == handshake.encode_request(Encoding.JSON)
