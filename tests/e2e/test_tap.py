"""No window ever sends an order; and were one sent, it would be noticed."""

import socket

import pytest

from core.values import Side
from data.dtc import order_requests
from data.dtc.enums import BuySell, OrderType
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT
from tests.e2e.conftest import Desk
from tests.e2e.tap import Tap, message_types
from tests.wire import Wire


def test_an_order_sent_through_a_tap_is_noticed(desk: Desk) -> None:
    exchange = desk.start_exchange()
    tap = Tap(exchange.port)
    tap.start()
    wire = Wire(tap.port)
    with wire.socket:
        wire.log_on()
        assert tap.orders() == []
        wire.say(
            order_requests.SubmitNewSingleOrder(
                Symbol=DEFAULT_SYMBOL,
                TradeAccount=SIM_ACCOUNT,
                ClientOrderID="1",
                OrderType=OrderType.MARKET,
                BuySell=BuySell.BUY,
                Quantity=1,
            )
        )
        wire.filled()
    tap.stop()
    assert tap.orders() == [208]


def test_a_window_that_followed_fills_is_heard_and_sent_no_order(desk: Desk) -> None:
    exchange = desk.start_exchange()
    exchange.trade((Side.BUY, 1))
    words = desk.see_window(exchange.port, seconds=1)
    assert "LONG 1" in words
    assert desk.said_orders() == []
    assert desk.heard_bytes() > 100


def test_what_a_tap_cannot_read_is_no_proof() -> None:
    with pytest.raises(ValueError, match="not encoding 0"):
        list(message_types(bytes.fromhex("1000060008000000000000004454430000")))


def test_a_tap_ends_a_connection_whose_other_side_has_ended(silent_port: int) -> None:
    tap = Tap(silent_port)
    tap.start()
    with socket.create_connection(("127.0.0.1", tap.port), timeout=5) as client:
        assert client.recv(1) == b""
    tap.stop()
