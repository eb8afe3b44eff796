"""What a contract traded at, at a moment gone by."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from core.contracts import ContractBook
from core.values import micros_from_utc, utc_from_micros
from data.contract_table import read_calendars, read_contract_book
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder
from tests.scid_files import EPOCH_US, SECOND_US, bar, header, real_ticks, tick, write_scid

# Thursday 19 November 2026, 09:00 in Chicago.
_OPEN = datetime(2026, 11, 19, 15, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_KNOWN = (_OPEN, Decimal("5050.00"))
_HOLIDAY_FREE_FRIDAY_CLOSE = datetime(2026, 11, 20, 22, tzinfo=UTC)  # 16:00 in Chicago


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def prices(folder: Path) -> RecordedPrices:
    return _prices(folder)


def _prices(folder: Path, contracts: ContractBook | None = None) -> RecordedPrices:
    def now() -> datetime:
        return _OPEN

    return RecordedPrices(ScidFolder(folder, now), contracts or read_contract_book(), read_calendars(), now)


def _us(moment: datetime) -> int:
    return micros_from_utc(moment)


def _record(folder: Path, *trades: tuple[datetime, float], name: str = "MESZ26_FUT_CME") -> None:
    write_scid(folder / f"{name}.scid", *(tick(_us(at), price) for at, price in trades))


def test_the_price_is_that_of_the_last_trade_up_to_the_moment(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0), (_OPEN + _SECOND, 5050.25), (_OPEN + 2 * _SECOND, 5051.0))
    assert prices.price_at("MESZ26-CME", _OPEN + _SECOND, _KNOWN) == Decimal("5050.25")
    assert prices.price_at("MESZ26-CME", _OPEN + 1.5 * _SECOND, _KNOWN) == Decimal("5050.25")
    assert prices.price_at("MESZ26-CME", _OPEN + _MINUTE, _KNOWN) == Decimal("5051.00")


def test_of_trades_that_share_a_stamp_the_last_in_the_file_counts(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0), (_OPEN, 5050.75), (_OPEN, 5050.5))
    assert prices.price_at("MESZ26", _OPEN, _KNOWN) == Decimal("5050.50")


@pytest.mark.parametrize("times", [1, 100])
def test_a_raw_file_and_a_plain_one_answer_alike(folder: Path, prices: RecordedPrices, times: int) -> None:
    _record(folder, (_OPEN, 5050.0 * times), (_OPEN + _SECOND, 5043.25 * times))
    assert prices.price_at("MESZ26", _OPEN + _SECOND, _KNOWN) == Decimal("5043.25")


def test_without_a_known_price_nothing_is_confirmed_and_nothing_said(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0))
    assert prices.price_at("MESZ26", _OPEN) is None


@pytest.mark.parametrize(
    "known",
    [(_OPEN, Decimal("4000.00")), (_OPEN - 11 * _MINUTE, Decimal("5050.00"))],
    ids=["far from the file's price", "at a time the file does not know"],
)
def test_a_known_price_that_confirms_no_scale_answers_nothing(
    folder: Path, prices: RecordedPrices, known: tuple[datetime, Decimal]
) -> None:
    _record(folder, (_OPEN, 5050.0))
    assert prices.price_at("MESZ26", _OPEN, known) is None


def test_a_trade_older_than_ten_minutes_is_no_answer(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0))
    assert prices.price_at("MESZ26", _OPEN + 10 * _MINUTE, _KNOWN) == Decimal("5050.00")
    assert prices.price_at("MESZ26", _OPEN + 10 * _MINUTE + timedelta(microseconds=1), _KNOWN) is None
    assert prices.price_at("MESZ26", _OPEN - timedelta(microseconds=1), _KNOWN) is None


@pytest.mark.parametrize(
    ("traded_before_close", "asked_after_close", "is_found"),
    [
        (9 * _MINUTE, 30 * _MINUTE, True),  # in the break after Friday's session
        (9 * _MINUTE, timedelta(hours=20), True),  # on Saturday
        (11 * _MINUTE, timedelta(hours=20), False),
        (5 * _MINUTE, timedelta(days=2, hours=1, minutes=4), True),  # four minutes after Sunday's open
        (5 * _MINUTE, timedelta(days=2, hours=1, minutes=6), False),
    ],
)
def test_while_the_market_is_closed_a_trade_grows_no_older(
    folder: Path,
    prices: RecordedPrices,
    traded_before_close: timedelta,
    asked_after_close: timedelta,
    is_found: bool,  # noqa: FBT001  # a column of the table above
) -> None:
    traded = _HOLIDAY_FREE_FRIDAY_CLOSE - traded_before_close
    _record(folder, (traded, 5050.0))
    answer = prices.price_at("MESZ26", _HOLIDAY_FREE_FRIDAY_CLOSE + asked_after_close, (traded, Decimal(5050)))
    assert answer == (Decimal("5050.00") if is_found else None)


def test_the_daily_break_takes_no_time(folder: Path, prices: RecordedPrices) -> None:
    before_break = datetime(2026, 11, 19, 21, 55, tzinfo=UTC)  # Thursday 15:55 in Chicago
    _record(folder, (before_break, 5050.0))
    known = (before_break, Decimal(5050))
    assert prices.price_at("MESZ26", before_break + timedelta(minutes=69), known) == Decimal("5050.00")
    assert prices.price_at("MESZ26", before_break + timedelta(minutes=71), known) is None


def test_a_market_without_an_evening_roll_counts_ten_minutes_by_the_clock(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 24_000.0), name="FDAXZ26-EUREX")
    known = (_OPEN, Decimal(24_000))
    assert prices.price_at("FDAXZ26", _OPEN + 10 * _MINUTE, known) == Decimal(24_000)
    assert prices.price_at("FDAXZ26", _OPEN + 11 * _MINUTE, known) is None


def test_of_bars_only_one_that_was_over_answers(folder: Path, prices: RecordedPrices) -> None:
    bars = [bar(_us(_OPEN + n * _MINUTE), 5000.0, 5100.0, 4990.0, 5050.0 + n) for n in range(3)]
    write_scid(folder / "MESZ26.scid", *bars)
    known = (_OPEN + _MINUTE, Decimal(5050))
    assert prices.price_at("MESZ26", _OPEN + 2 * _MINUTE, known) == Decimal("5051.00")
    assert prices.price_at("MESZ26", _OPEN + 2.5 * _MINUTE, known) == Decimal("5051.00")
    assert prices.price_at("MESZ26", _OPEN + 3 * _MINUTE, known) == Decimal("5052.00")


def test_a_price_that_is_no_number_is_passed_over(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0), (_OPEN + _SECOND, float("nan")))
    assert prices.price_at("MESZ26", _OPEN + _SECOND, _KNOWN) == Decimal("5050.00")


def test_another_contract_is_never_asked(folder: Path, prices: RecordedPrices) -> None:
    _record(folder, (_OPEN, 5050.0), name="MESH27_FUT_CME")
    _record(folder, (_OPEN, 5050.0), name="ESZ26_FUT_CME")
    assert prices.price_at("MESZ26", _OPEN, _KNOWN) is None


@pytest.mark.parametrize("content", [b"", header()[:9], header(), b"something else" * 20])
def test_a_file_that_cannot_be_read_answers_nothing(folder: Path, prices: RecordedPrices, content: bytes) -> None:
    (folder / "MESZ26.scid").write_bytes(content)
    assert prices.price_at("MESZ26", _OPEN, _KNOWN) is None


def test_a_contract_that_nobody_knows_is_answered_without_a_grid(folder: Path) -> None:
    _record(folder, (_OPEN, 72.13), name="XYZZ26")
    price = _prices(folder, ContractBook({})).price_at("XYZZ26", _OPEN, (_OPEN, Decimal("72.00")))
    assert price == Decimal("72.13")


def test_many_threads_may_ask_at_once(folder: Path, prices: RecordedPrices) -> None:
    seconds = range(600)
    _record(folder, *((_OPEN + second * _SECOND, 5000.0 + second / 4) for second in seconds))
    answers: dict[int, Decimal | None] = {}

    def ask(second: int) -> None:
        answers[second] = prices.price_at("MESZ26", _OPEN + second * _SECOND, _KNOWN)

    _in_threads([lambda second=second: ask(second) for second in seconds[::20]])  # type: ignore[misc]  # a default binds
    assert answers == {second: Decimal(5000) + Decimal(second) / 4 for second in seconds[::20]}


def _in_threads(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("name", ["ESM18_session.scid", "ESM18_session_x100.scid"])
def test_a_real_session_answers_alike_raw_and_plain(folder: Path, name: str) -> None:
    path = real_ticks(name)
    plain = np.frombuffer(real_ticks("ESM18_session.scid").read_bytes()[56:], "<i8,<f4,<f4,<f4,<f4,<u4,<u4,<u4,<u4")
    at_us, close = plain["f0"] - EPOCH_US, plain["f4"]
    (folder / "ESM18_FUT_CME.scid").write_bytes(path.read_bytes())
    prices = _prices(folder)
    entry = (utc_from_micros(int(at_us[99])), Decimal(str(close[99])))
    random = np.random.default_rng(11)
    for moment in random.integers(at_us[0], at_us[-1] + SECOND_US, 100).tolist():
        expected = Decimal(str(close[np.flatnonzero(at_us <= moment)[-1]]))
        assert prices.price_at("F.US.ESM18", utc_from_micros(moment), entry) == expected
