"""The codec: however the bytes were split, joined or misspelt on the way, the messages come out the same."""

import math
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ProtocolViolation
from data.dtc import messages as dtc
from data.dtc import order_requests
from data.dtc.codec import LONGEST_MESSAGE, JsonCodec, Unreadable, encode

Heard = dtc.Message | Unreadable
TALK = (
    dtc.LogonResponse(Result=1, ServerName="SC DTC Server"),
    dtc.Heartbeat(CurrentDateTime=1_790_000_000),
    dtc.OrderUpdate(RequestID=3, Symbol="MESZ26-CME", LastFillPrice=5050.25, OrderUpdateReason=4),
    dtc.PositionUpdate(Symbol="MESZ26-CME", Quantity=-2, TradeAccount="Sim1"),
)
STREAM = b"".join(map(encode, TALK))


def heard(*chunks: bytes) -> list[Heard]:
    codec = JsonCodec()
    return [message for chunk in chunks for message in codec.feed(chunk)]


def one(raw: bytes) -> Heard:
    (message,) = heard(raw + b"\0")
    return message


def test_a_message_is_one_object_and_one_nul() -> None:
    assert encode(dtc.Heartbeat()) == b'{"Type":3,"NumDroppedMessages":0,"CurrentDateTime":0}\0'


def test_messages_joined_in_one_read_come_out_one_by_one() -> None:
    assert heard(STREAM) == list(TALK)


def test_a_stream_split_at_any_byte_says_the_same() -> None:
    for cut in range(len(STREAM) + 1):
        assert heard(STREAM[:cut], STREAM[cut:]) == list(TALK)


def test_a_stream_that_comes_byte_by_byte_says_the_same() -> None:
    assert heard(*(STREAM[i : i + 1] for i in range(len(STREAM)))) == list(TALK)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_a_stream_cut_anywhere_says_the_same(cuts: Iterable[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    assert heard(*(STREAM[a:b] for a, b in pairwise(ends))) == list(TALK)


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_a_violation_and_nothing_else(noise: bytes) -> None:
    with suppress(ProtocolViolation):
        heard(noise + b"\0")


@pytest.mark.parametrize(
    "raw", [b"{", b"hello", b"[]", b"5", b'"x"', b"{}", b'{"Type":"301"}', b'{"Type":301', b'{"Type":3}{"Type":3}']
)
def test_what_is_no_dtc_message_is_a_violation(raw: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        heard(raw + b"\0")


def test_deep_nesting_is_a_violation_or_skipped_but_no_crash() -> None:
    deep = b'{"Type":9999,"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}\0"
    with pytest.raises(ProtocolViolation):
        heard(deep)


def test_a_message_of_the_longest_size_is_read_and_one_byte_more_is_refused() -> None:
    frame = b'{"Type":3,"x":"' + b"a" * (LONGEST_MESSAGE - 17) + b'"}'
    assert len(frame) == LONGEST_MESSAGE
    assert one(frame) == dtc.Heartbeat()
    with pytest.raises(ProtocolViolation, match="more than"):
        heard(frame[:-2] + b'a"}\0')


def test_bytes_without_end_are_refused_before_they_fill_the_memory() -> None:
    codec = JsonCodec()
    for _ in range(16):
        assert not list(codec.feed(b"x" * 4096))
    with pytest.raises(ProtocolViolation):
        list(codec.feed(b"x"))


def test_what_follows_the_last_nul_is_bounded_too() -> None:
    with pytest.raises(ProtocolViolation):
        heard(encode(dtc.Heartbeat()) + b"x" * (LONGEST_MESSAGE + 1))


def test_unknown_types_are_skipped_and_counted() -> None:
    codec = JsonCodec()
    stream = b'{"Type":10001,"Price":NaN,"z":{}}\0{"Type":140,"Price":1}\0' + encode(dtc.Heartbeat())
    assert list(codec.feed(stream)) == [dtc.Heartbeat()]
    assert codec.unknown_count == 2


def test_a_wrong_field_spoils_its_message_and_not_the_stream() -> None:
    bad = b'{"Type":301,"TradeAccount":"Sim1","BuySell":"up"}'
    unreadable, after = heard(bad + b"\0" + encode(dtc.Heartbeat()))
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.type_number, unreadable.account, unreadable.raw) == (301, "Sim1", bad)
    assert "BuySell" in unreadable.reason
    assert after == dtc.Heartbeat()


def test_a_wrong_account_is_not_believed() -> None:
    unreadable = one(b'{"Type":301,"TradeAccount":5}')
    assert isinstance(unreadable, Unreadable)
    assert unreadable.account is None


def test_null_is_unset_in_every_field_of_every_message() -> None:
    kinds = [*dtc.Message.__subclasses__()]
    assert order_requests.SubmitNewSingleOrder in kinds
    for kind in kinds:
        fields = "".join(f',"{name}":null' for name in kind.__struct_fields__)
        message = one(f'{{"Type":{kind.number()}{fields}}}'.encode())
        assert isinstance(message, kind)
        assert all(getattr(message, name) is None for name in kind.__struct_fields__)


@pytest.mark.parametrize(("written", "is_set"), [("true", True), ("false", False), ("1", True), ("0", False)])
def test_flags_come_as_numbers_or_as_truth_values(written: str, is_set: bool) -> None:  # noqa: FBT001
    message = one(f'{{"Type":5,"DoNotReconnect":{written}}}'.encode())
    assert isinstance(message, dtc.Logoff)
    assert bool(message.DoNotReconnect) is is_set


def test_whole_numbers_may_be_written_with_a_point() -> None:
    message = one(b'{"Type":301,"BuySell":1.0,"OrderUpdateReason":4.0,"RequestID":7.0}')
    assert message == dtc.OrderUpdate(BuySell=1, OrderUpdateReason=4, RequestID=7)


def test_the_type_may_come_last() -> None:
    assert one(b'{"Reason":"bye","Type":5}') == dtc.Logoff(Reason="bye")


def test_fields_nobody_knows_are_left_out() -> None:
    assert one(b'{"Type":3,"New":{"a":[1]}}') == dtc.Heartbeat()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_a_number_json_has_no_word_for_does_not_cost_the_message(number: str) -> None:
    message = one(f'{{"Type":301,"LastFillQuantity":2,"LastFillPrice":{number}}}'.encode())
    assert isinstance(message, dtc.OrderUpdate)
    assert message.LastFillQuantity == 2
    assert message.LastFillPrice is not None
    assert not math.isfinite(message.LastFillPrice)


def test_text_of_eight_bits_is_read_as_windows_writes_it() -> None:
    assert one(b'{"Type":5,"Reason":"M\xfcller \x80"}') == dtc.Logoff(Reason="Müller €")


def test_text_in_utf8_stays_utf8_even_beside_a_nan() -> None:
    message = one('{"Type":301,"InfoText":"Müller €","Price1":NaN}'.encode())
    assert isinstance(message, dtc.OrderUpdate)
    assert message.InfoText == "Müller €"


def test_control_characters_in_a_text_do_no_harm() -> None:
    assert one(b'{"Type":5,"Reason":"a\nb\tc"}') == dtc.Logoff(Reason="a\nb\tc")


@pytest.mark.parametrize("empty", [b"\0", b" \0", b"\r\n\0"])
def test_empty_frames_are_nothing(empty: bytes) -> None:
    assert heard(empty + encode(dtc.Heartbeat())) == [dtc.Heartbeat()]
