"""Where the wire ends: sentinels, floats, units of time and ids that are missing."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts import Contract
from core.facts import BalanceReported, Fill, InputRefused, PositionReported
from core.values import Side, Source
from data.dtc import messages as dtc
from data.dtc.enums import OrderStatus, OrderUpdateReason
from data.dtc.translate import Translator, exact, exact_float32, price_scale, wire_micros, wire_time
from tests.dtc_talk import ACCOUNT, FILLED_AT, NOW, definition, filled, past_fill

DBL_MAX = 1.7976931348623157e308
FLT_MAX = 3.4028234663852886e38
UNSET = [None, DBL_MAX, -DBL_MAX, FLT_MAX, float("nan"), float("inf"), 10**400]
translator = Translator(lambda: NOW)


def fill_of(update: dtc.OrderUpdate) -> Fill:
    fill = translator.fill(update)
    assert isinstance(fill, Fill)
    return fill


def test_a_fill_says_all_it_knows() -> None:
    assert translator.fill(filled()) == Fill(
        account=ACCOUNT,
        symbol="MESZ26",
        wire_symbol="MESZ26-CME",
        execution_id="E1",
        order_id="17",
        side=Side.BUY,
        qty=Decimal(2),
        price=Decimal("5050.25"),
        occurred_at=FILLED_AT,
        resolution_us=1000,
        source=Source.LIVE,
    )


@pytest.mark.parametrize("reason", [*OrderUpdateReason, 11, None])
def test_only_the_reasons_4_and_5_are_fills(reason: int | None) -> None:
    assert (translator.fill(filled(OrderUpdateReason=reason)) is not None) == (reason in (4, 5))


def test_a_resting_bracket_child_is_no_fill() -> None:
    update = filled(OrderStatus=OrderStatus.PENDING_CHILD, OrderUpdateReason=OrderUpdateReason.NEW_ORDER_ACCEPTED)
    assert translator.fill(update) is None


def test_a_restated_order_with_filled_quantities_is_no_fill() -> None:
    update = filled(OrderStatus=OrderStatus.FILLED, OrderUpdateReason=OrderUpdateReason.OPEN_ORDERS_REQUEST_RESPONSE)
    assert translator.fill(update) is None


@pytest.mark.parametrize("price", [*UNSET, 0, 0.0])
def test_a_missing_price_never_keeps_a_fill_out(price: Any) -> None:
    fill = fill_of(filled(LastFillPrice=price))
    assert fill.price is None
    assert fill.qty == 2


def test_a_negative_price_is_a_price() -> None:
    assert fill_of(filled(LastFillPrice=-37.63)).price == Decimal("-37.63")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        *(({"LastFillQuantity": qty}, "quantity") for qty in (*UNSET, 0, -1, 5e-324)),
        ({"BuySell": 0}, "side"),
        ({"BuySell": 3}, "side"),
        ({"BuySell": None}, "side"),
        ({"TradeAccount": ""}, "account"),
        ({"TradeAccount": None}, "account"),
        ({"Symbol": ""}, "symbol"),
        ({"Symbol": None}, "symbol"),
    ],
)
def test_a_fill_that_cannot_be_booked_is_refused_by_name_and_its_text_is_kept(fields: Any, what: str) -> None:
    refused = translator.fill(filled(**fields))
    assert isinstance(refused, InputRefused)
    assert refused.reason == f"A fill without a readable {what}"
    assert refused.account == (None if what == "account" else ACCOUNT)
    assert "E1" in refused.raw
    assert "17" in refused.raw


@pytest.mark.parametrize(
    ("wire", "at_us", "resolution_us"),
    [
        (1_789_483_092, 1_789_483_092_000_000, 1_000_000),
        (1_789_483_092.25, 1_789_483_092_250_000, 1),
        (1_789_483_092_250, 1_789_483_092_250_000, 1000),
        (1_789_483_092_250_017, 1_789_483_092_250_017, 1),
    ],
)
def test_the_size_of_a_time_tells_its_unit(wire: float, at_us: int, resolution_us: int) -> None:
    time = wire_time(wire)
    assert time is not None
    assert wire_micros(wire) == at_us
    assert (time.at.timestamp(), time.resolution_us) == (at_us / 1e6, resolution_us)


@pytest.mark.parametrize("time", [*UNSET, 0, -5, 1, 90_000_000_000, 99_999_999_999_999_999, 1e300])
def test_a_missing_or_absurd_time_never_keeps_a_fill_out(time: Any) -> None:
    fill = fill_of(filled(LastFillDateTime=time))
    assert (fill.occurred_at, fill.resolution_us) == (NOW, 1_000_000)


def test_a_recording_may_be_years_old() -> None:
    then = datetime(2018, 6, 1, 14, tzinfo=UTC)
    assert fill_of(filled(LastFillDateTime=int(then.timestamp()))).occurred_at == then


@given(st.one_of(st.floats(), st.integers(), st.none()))
def test_no_number_on_the_wire_is_a_crash(number: float | None) -> None:
    update = filled(LastFillPrice=number, LastFillQuantity=number, LastFillDateTime=number, FilledQuantity=number)
    for given_id in ("", "E1"):
        update.LastFillExecutionID = given_id
        assert isinstance(translator.fill(update), Fill | InputRefused)


@given(st.integers(-(10**8), 10**8), st.sampled_from(["0.25", "0.01", "0.03125", "0.0078125", "0.0001"]))
def test_a_double_stands_for_its_shortest_text(steps: int, tick: str) -> None:
    assert exact(float(steps * Decimal(tick))) == steps * Decimal(tick)


def test_a_widened_float32_is_the_number_it_was() -> None:
    assert exact_float32(0.009999999776482582) == Decimal("0.01")
    assert exact_float32(0.03125) == Decimal("0.03125")
    assert exact_float32(DBL_MAX) is None


def test_history_is_oldest_first_whatever_order_it_came_in() -> None:
    later, earlier = past_fill(DateTime=1_789_483_090, UniqueExecutionID="B"), past_fill(DateTime=1_789_483_080)
    found = [fill for fill in translator.past_fills([later, earlier]) if isinstance(fill, Fill)]
    assert [fill.execution_id for fill in found] == ["E1", "B"]
    assert all(fill.source is Source.REPLAY and fill.position_qty == 2 for fill in found)


def test_no_order_fills_is_no_data() -> None:
    assert list(translator.past_fills([dtc.HistoricalOrderFillResponse(NoOrderFills=1)])) == []


def test_a_fill_without_an_id_gets_the_same_one_live_and_from_history() -> None:
    live = [
        fill_of(filled(LastFillExecutionID="", LastFillQuantity=qty, FilledQuantity=done))
        for qty, done in ((1, 1), (2, 3.0))
    ]
    rows = [past_fill(UniqueExecutionID="", Quantity=1.0), past_fill(UniqueExecutionID=None, Quantity=2)]
    past = [fill.execution_id for fill in translator.past_fills(rows) if isinstance(fill, Fill)]
    assert [fill.execution_id for fill in live] == past == ["~17:1", "~17:3"]


def test_without_order_id_too_the_fill_itself_is_the_id() -> None:
    fields = {"LastFillExecutionID": "", "ServerOrderID": "", "LastFillDateTime": int(FILLED_AT.timestamp())}
    (past,) = translator.past_fills([past_fill(UniqueExecutionID="", ServerOrderID="")])
    assert isinstance(past, Fill)
    assert fill_of(filled(**fields)).execution_id == past.execution_id


def test_a_price_on_the_wire_times_the_scale_is_the_price() -> None:
    scale = price_scale(definition(DisplayPriceMultiplier=0.009999999776482582))
    fill = translator.fill(filled(LastFillPrice=3_043_725), scale)
    assert isinstance(fill, Fill)
    assert fill.price == Decimal("30437.25")


@pytest.mark.parametrize("multiplier", [None, 0, -0.01, DBL_MAX, float("nan")])
def test_a_scale_that_makes_no_sense_is_none(multiplier: Any) -> None:
    assert price_scale(definition(DisplayPriceMultiplier=multiplier)) == 1


def position(**fields: Any) -> dtc.PositionUpdate:
    told: dict[str, Any] = {"Symbol": "F.US.MESM25", "TradeAccount": ACCOUNT, "Quantity": -3}
    return dtc.PositionUpdate(**told | fields)


def test_a_position_is_signed() -> None:
    assert translator.position(position()) == PositionReported(
        ACCOUNT, "MESM25", Decimal(-3), NOW, wire_symbol="F.US.MESM25"
    )


@pytest.mark.parametrize(
    ("wire", "average"), [(5996.5, Decimal("5996.5")), (0, None), (None, None), (sys.float_info.max, None)]
)
def test_the_average_of_a_position_is_known_or_not(wire: float | None, average: Decimal | None) -> None:
    report = translator.position(position(AveragePrice=wire))
    assert isinstance(report, PositionReported)
    assert report.average == average


def test_a_flat_old_contract_is_a_report_like_any() -> None:
    assert translator.position(position(Quantity=0, AveragePrice=5996.5)) == PositionReported(
        ACCOUNT, "MESM25", Decimal(0), NOW, wire_symbol="F.US.MESM25"
    )


def test_no_positions_is_no_data() -> None:
    assert translator.position(dtc.PositionUpdate(NoPositions=1)) is None
    assert translator.position(dtc.PositionUpdate(Quantity=0)) is None


@pytest.mark.parametrize("fields", [{"Quantity": None}, {"Quantity": DBL_MAX}, {"TradeAccount": ""}, {"Symbol": ""}])
def test_half_a_position_is_refused_and_never_flat(fields: Any) -> None:
    assert isinstance(translator.position(position(**fields)), InputRefused)


def test_a_balance_is_cash_in_a_currency() -> None:
    update = dtc.AccountBalanceUpdate(TradeAccount=ACCOUNT, CashBalance=21.66, AccountCurrency="USD")
    assert translator.balance(update) == BalanceReported(ACCOUNT, Decimal("21.66"), "USD", NOW)
    assert translator.balance(dtc.AccountBalanceUpdate(NoAccountBalances=1)) is None
    refused = translator.balance(dtc.AccountBalanceUpdate(TradeAccount=ACCOUNT, CashBalance=DBL_MAX))
    assert isinstance(refused, InputRefused)


def test_a_definition_is_tick_point_value_and_currency() -> None:
    defined = translator.contract(definition("ESM20_FUT_CME", CurrencyValuePerIncrement=12.5))
    assert defined is not None
    assert defined.symbol == "ESM20"
    assert defined.contract == Contract(Decimal("0.25"), Decimal(50), "USD")


@pytest.mark.parametrize(
    "fields",
    [
        {"SecurityType": 0},
        {"MinPriceIncrement": None},
        {"MinPriceIncrement": 0},
        {"MinPriceIncrement": -0.25},
        {"CurrencyValuePerIncrement": DBL_MAX},
        {"Currency": ""},
        {"Symbol": ""},
    ],
)
def test_half_a_definition_defines_nothing(fields: Any) -> None:
    assert translator.contract(definition(**fields)) is None


@pytest.mark.parametrize("name", ["EURUSD", "AAPL-NQTV", "ES 4500C", "日経", " "])
def test_what_is_no_future_keeps_its_name(name: str) -> None:
    assert fill_of(filled(Symbol=name)).symbol == name.strip()


def test_equal_fills_are_equal_however_often_they_are_translated() -> None:
    assert replace(fill_of(filled())) == fill_of(filled())
