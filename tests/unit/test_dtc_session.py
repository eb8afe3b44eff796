"""One session from the first byte to the last: the test is server, clock and network."""

from typing import Any

import pytest

from core.errors import LinkLost, LogonRefused
from core.facts import AccountsListed, Fill, InputRefused, LinkUp
from data.dtc import handshake
from data.dtc import messages as dtc
from data.dtc.codec import encode
from data.dtc.enums import Encoding
from data.dtc.timing import Timing
from tests.dtc_talk import NOW, SYMBOL, Talk, filled, notices

AGREED = handshake.encode_response(Encoding.JSON)


def test_a_whole_logon_byte_for_byte() -> None:
    talk = Talk()
    assert talk.said_bytes() == handshake.encode_request(Encoding.JSON)
    assert talk.hear_bytes(AGREED) == []
    assert talk.said_bytes().startswith(b'{"Type":1,"ProtocolVersion":8,"Username":"","Password":""')
    answer = dtc.LogonResponse(Result=1, ServerName="SC DTC Server", TradingIsSupported=1)
    assert talk.hear(answer) == [LinkUp("SC DTC Server", is_practice=False, at=NOW)]
    assert talk.said_bytes() == b'{"Type":400,"RequestID":1}\0'


def test_our_own_practice_exchange_is_known_by_its_name() -> None:
    talk = Talk()
    talk.hear_bytes(AGREED)
    events = talk.hear(dtc.LogonResponse(Result=1, TradingIsSupported=1, ServerName="Heatline Practice"))
    assert events == [LinkUp("Heatline Practice", is_practice=True, at=NOW)]


def test_a_server_that_sends_no_fills_is_told_what_to_switch_on() -> None:
    talk = Talk()
    talk.hear_bytes(AGREED)
    (told,) = notices(talk.hear(dtc.LogonResponse(Result=1, TradingIsSupported=0)))
    assert told.endswith("Allow Trading")


@pytest.mark.parametrize(
    ("result", "error"), [(2, LinkLost), (3, LogonRefused), (4, LinkLost), (0, LinkLost), (None, LinkLost)]
)
def test_a_refused_logon_says_why_and_only_3_means_stay_away(result: Any, error: type[Exception]) -> None:
    talk = Talk()
    talk.hear_bytes(AGREED)
    with pytest.raises(error, match="wrong password"):
        talk.hear(dtc.LogonResponse(Result=result, ResultText="wrong password"))
    assert not talk.session.is_up


def test_an_answer_to_the_logon_that_cannot_be_read_ends_the_session() -> None:
    talk = Talk()
    talk.hear_bytes(AGREED)
    with pytest.raises(LinkLost, match="makes no sense"):
        talk.hear_bytes(b'{"Type":2,"Result":"yes"}\0')


def test_a_second_answer_to_the_logon_changes_nothing() -> None:
    talk = Talk().log_on()
    talk.said()
    assert talk.hear(dtc.LogonResponse(Result=3)) == []
    assert talk.said() == []


def test_nothing_is_believed_before_the_logon() -> None:
    talk = Talk()
    assert talk.hear_bytes(AGREED + encode(filled()) + encode(dtc.TradeAccountResponse(TradeAccount="X"))) == []


@pytest.mark.parametrize(("flag", "error"), [(0, LinkLost), (1, LogonRefused), (True, LogonRefused)])
def test_a_logoff_says_why_and_whether_to_stay_away(flag: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="maintenance"):
        Talk().log_on().hear(dtc.Logoff(Reason="maintenance", DoNotReconnect=flag))


def test_what_came_before_a_logoff_is_not_lost() -> None:
    talk = Talk().log_on()
    talk.session.watch(SYMBOL)
    talk.define()
    events = talk.session.receive(encode(filled()) + encode(dtc.Logoff()), talk.monotonic)
    assert isinstance(next(events), Fill)
    with pytest.raises(LinkLost):
        next(events)


def test_heartbeats_go_out_on_our_own_deadline() -> None:
    talk = Talk().log_on()
    for _ in range(4):
        talk.said()
        assert talk.session.next_deadline() <= talk.monotonic + 5
        talk.wait(4.9)
        assert not talk.asked(dtc.Heartbeat)
        talk.hear(dtc.Heartbeat())
        talk.wait(0.1)
        assert talk.asked(dtc.Heartbeat) == [dtc.Heartbeat(CurrentDateTime=int(NOW.timestamp()))]


def test_two_intervals_of_silence_are_the_end() -> None:
    talk = Talk().log_on()
    talk.wait(5)
    talk.wait(4.9)
    assert talk.session.next_deadline() == pytest.approx(talk.monotonic + 0.1)
    with pytest.raises(LinkLost, match="silent for 10 s"):
        talk.wait(0.1)


def test_any_message_is_a_sign_of_life() -> None:
    talk = Talk().log_on()
    for _ in range(5):
        talk.wait(8)
        talk.hear_bytes(b'{"Type":9999}\0' + encode(dtc.MarketDataFeedStatus()))


@pytest.mark.parametrize("start", [b"", AGREED[:7], AGREED])
def test_a_handshake_that_never_ends_is_given_up(start: bytes) -> None:
    talk = Talk(Timing(handshake_deadline=3))
    talk.hear_bytes(start)
    talk.wait(2.9)
    assert talk.session.next_deadline() == pytest.approx(talk.monotonic + 0.1)
    with pytest.raises(LinkLost, match="did not answer the logon"):
        talk.wait(0.2)


def test_an_interval_below_a_second_is_asked_for_as_one() -> None:
    talk = Talk(Timing(heartbeat_interval=0.2))
    talk.hear_bytes(AGREED)
    (request,) = talk.asked(dtc.LogonRequest)
    assert request.HeartbeatIntervalInSeconds == 1


def test_we_say_goodbye_only_to_who_let_us_in() -> None:
    early, late = Talk(), Talk().log_on()
    for talk in (early, late):
        talk.session.log_off()
    assert not early.asked(dtc.Logoff)
    assert late.asked(dtc.Logoff) == [dtc.Logoff(Reason="Heatline was closed")]


def test_a_fill_that_cannot_be_read_is_refused_and_the_stream_goes_on() -> None:
    talk = Talk().log_on()
    raw = b'{"Type":301,"TradeAccount":"Sim1","OrderUpdateReason":4,"BuySell":"up"}'
    (refused,) = talk.hear_bytes(raw + b"\0")
    assert isinstance(refused, InputRefused)
    assert (refused.account, refused.raw) == ("Sim1", raw.decode())
    assert refused.reason.startswith("Message 301: ")
    assert talk.list_accounts()


@pytest.mark.says
def test_a_flood_of_unreadable_prices_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert Talk().log_on().hear_bytes(b'{"Type":107,"Price":"x"}\0' * 500) == []
    assert len(caplog.records) == 1


def test_the_text_kept_of_an_unreadable_message_is_short() -> None:
    (refused,) = Talk().log_on().hear_bytes(b'{"Type":301,"BuySell":"' + b"x" * 60_000 + b'"}\0')
    assert isinstance(refused, InputRefused)
    assert len(refused.raw) <= 4_000


def test_accounts_and_fills_may_come_in_one_read() -> None:
    talk = Talk().log_on()
    events = talk.hear(
        dtc.TradeAccountResponse(RequestID=1, TotalNumberMessages=1, MessageNumber=1, TradeAccount="Sim1"), filled()
    )
    assert events == [AccountsListed(("Sim1",))]
    assert [type(event) for event in talk.define()][1:] == [Fill]
