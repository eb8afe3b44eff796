"""The encoding handshake, byte for byte as the official pages print it."""

import pytest

from core.errors import LogonRefused, ProtocolViolation
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.codec import encode
from data.dtc.enums import Encoding
from tests.dtc_talk import Talk

REQUEST_FOR_JSON = bytes.fromhex("10000600 08000000 02000000 44544300")
RESPONSE_JSON = bytes.fromhex("10000700 08000000 02000000 44544300")


def test_the_request_is_the_official_one() -> None:
    assert handshake.encode_request(Encoding.JSON) == REQUEST_FOR_JSON
    assert handshake.encode_response(Encoding.JSON) == RESPONSE_JSON
    assert handshake.decode_request(bytes.fromhex("10000600080000000400000044544300")) == 4


def test_nothing_but_the_request_is_sent_before_the_answer() -> None:
    assert Talk().said_bytes() == REQUEST_FOR_JSON


@pytest.mark.parametrize("cut", range(1, handshake.SIZE))
def test_the_answer_may_come_in_pieces(cut: int) -> None:
    talk = Talk()
    talk.said_bytes()
    talk.hear_bytes(RESPONSE_JSON[:cut])
    assert talk.said_bytes() == b""
    talk.hear_bytes(RESPONSE_JSON[cut:])
    assert talk.said() == [dtc.LogonRequest(HeartbeatIntervalInSeconds=5, ClientName="Heatline")]


def test_what_comes_joined_to_the_answer_is_not_lost() -> None:
    talk = Talk()
    talk.hear_bytes(RESPONSE_JSON + encode(dtc.LogonResponse(Result=1, TradingIsSupported=1)))
    assert talk.session.is_up


def test_a_server_preset_to_json_answers_in_json_and_is_understood() -> None:
    talk = Talk()
    talk.said_bytes()
    talk.hear(dtc.EncodingResponse(Encoding=Encoding.JSON))
    assert talk.said() == [dtc.LogonRequest(HeartbeatIntervalInSeconds=5, ClientName="Heatline")]
    talk.hear(dtc.LogonResponse(Result=1, TradingIsSupported=1))
    assert talk.session.is_up


@pytest.mark.parametrize("encoding", [Encoding.BINARY, Encoding.BINARY_VLS, Encoding.JSON_COMPACT, 4])
def test_a_server_that_names_another_encoding_is_told_where_to_change_it(encoding: Encoding) -> None:
    with pytest.raises(LogonRefused, match="Encoding to Automatic or JSON"):
        Talk().hear_bytes(handshake.encode_response(encoding))
    with pytest.raises(LogonRefused, match="Encoding to Automatic or JSON"):
        Talk().hear(dtc.EncodingResponse(Encoding=encoding))


def test_what_is_no_answer_is_a_violation() -> None:
    with pytest.raises(ProtocolViolation, match="Expected DTC message 7"):
        Talk().hear_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ProtocolViolation):
        Talk().hear_bytes(REQUEST_FOR_JSON)
