"""A symbol that is refused over DTC follows its .scid file: what reaches tape, ledger and eye, and what is said."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.contracts import Contract
from core.facts import ContractDefined
from core.feed import Covered, FeedSource, FeedState
from core.order import Order, OrderKind, OrderState
from core.quotes import Quote
from core.values import Side, utc_from_micros
from data.dtc.market import PricesBegan
from data.dtc.price_reports import StreamAlive, StreamEnded
from tests.feed_desk import SYMBOL, FeedDesk, at, held, holding
from tests.scid_files import MOMENT_US, append, bar, tick, write_scid

_MINUTE_US = 60_000_000


def trades(*told: tuple[float, float]) -> bytes:
    return b"".join(tick(at(seconds), price) for seconds, price in told)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Recorded by Sierra: two trades before the position was opened."""
    return write_scid(tmp_path / "MESZ26_FUT_CME.scid", trades((-20, 5049.0), (-10, 5050.25)))


@pytest.fixture
def desk(file: Path) -> FeedDesk:
    """One lot bought just now, and no prices over DTC."""
    return FeedDesk(file.parent).hold().refuse().wait(0)


def test_a_refused_symbol_moves_to_its_file_by_itself(desk: FeedDesk, file: Path) -> None:
    append(file, trades((0.3, 5050.5), (0.6, 5050.75)))
    desk.wait(1)
    assert desk.prices() == [5049.0, 5050.25, 5050.5, 5050.75]
    assert desk.quote() == Quote(5050.75, at(0.6), is_recorded=True)
    status = desk.status()
    assert (status.source, status.state, status.lag_us) == (FeedSource.SCID, FeedState.LIVE, 400_000)
    assert desk.notices() == []


def test_nothing_is_followed_before_somebody_wants_it(file: Path) -> None:
    desk = FeedDesk(file.parent).refuse().wait(1)
    assert desk.feed.statuses() == {}
    assert desk.hold().wait(1).prices() == [5049.0, 5050.25]


def test_an_order_at_work_wants_prices_too(file: Path) -> None:
    desk = FeedDesk(file.parent).refuse()
    ledger = holding()
    object.__setattr__(ledger, "working_orders", (_order(),))
    desk.feed.hear(ledger)
    desk.wait(1)
    assert desk.status().state is FeedState.UNCONFIRMED
    desk.hold().wait(1)
    assert desk.status().state is FeedState.LIVE


def test_the_file_vouches_from_its_first_record_to_its_newest(desk: FeedDesk, file: Path) -> None:
    append(file, trades((5, 5051.0)))
    desk.wait(60)
    assert desk.tape.covered(SYMBOL) == (Covered(FeedSource.SCID, at(-20), at(5)),)
    assert desk.tape.watermark_us(SYMBOL) == at(5)


def test_the_ledger_hears_of_what_is_news_only_and_by_its_time(desk: FeedDesk, file: Path) -> None:
    append(file, trades((0.5, 5051.0), (0.5, 5052.0)))
    desk.wait(1)
    append(file, trades((1.5, 5051.0)))
    desk.wait(1)
    assert desk.told() == [5051.0, 5052.0, 5051.0]
    assert all(getattr(fact, "by_time", False) for fact in desk.facts)


def test_a_scale_is_confirmed_by_the_price_of_the_fill(tmp_path: Path) -> None:
    file = write_scid(tmp_path / "MESZ26.scid", tick(at(-5), 505025.0))
    desk = FeedDesk(tmp_path).refuse().hold().wait(0)
    append(file, tick(at(1), 505050.0))
    desk.wait(1)
    assert desk.prices() == [5050.25, 5050.5]
    assert desk.quote().price == 5050.5


def test_while_no_price_is_known_numbers_are_shown_as_they_stand_and_nothing_is_reckoned(tmp_path: Path) -> None:
    write_scid(tmp_path / "MESZ26.scid", tick(at(-5), 777777.0))
    desk = FeedDesk(tmp_path).refuse().hold().wait(1)
    assert desk.quote() == Quote(777777.0, at(-5), is_confirmed=False, is_recorded=True)
    assert (desk.prices(), desk.facts) == ([], [])
    assert desk.status().state is FeedState.UNCONFIRMED
    assert "could not be held against a known one" in desk.status().sentence


def test_a_fill_that_comes_later_confirms_the_scale_and_all_is_read_then(tmp_path: Path) -> None:
    file = write_scid(tmp_path / "MESZ26.scid", tick(at(-5), 505025.0))
    desk = FeedDesk(tmp_path).refuse().hold(held("9.00")).wait(1)
    assert not desk.quote().is_confirmed
    append(file, tick(at(1), 505100.0))
    desk.hold(held()).wait(2)
    assert desk.prices() == [5050.25, 5051.0]
    assert desk.quote().is_confirmed


def test_the_servers_own_tick_goes_before_the_tables(desk: FeedDesk, file: Path) -> None:
    desk = FeedDesk(file.parent)
    desk.feed.hear(ContractDefined(SYMBOL, Contract(Decimal(1), Decimal(5), "USD")))
    assert desk.refuse().hold().wait(0).prices() == [5049.0, 5050.0]


def test_a_file_that_is_not_there_is_asked_for_once_and_found_when_it_comes(tmp_path: Path) -> None:
    write_scid(tmp_path / "MESH27.scid", tick(at(-1), 5090.0))  # of another contract
    desk = FeedDesk(tmp_path).refuse().hold().wait(1)
    assert desk.notices() == [
        (
            f"No .scid file of MESZ26 is in {tmp_path}: open a chart of it in Sierra Chart, "
            "or add it to the Intraday File Update List"
        )
    ]
    assert desk.status().state is FeedState.NO_FILE
    write_scid(tmp_path / "MESZ26-CME.scid", trades((1, 5050.5)))
    desk.wait(3)
    assert (desk.status().state, desk.prices()) == (FeedState.LIVE, [5050.5])
    assert len(desk.notices()) == 1


def test_the_file_follows_the_contract_of_the_position(desk: FeedDesk, file: Path) -> None:
    write_scid(file.with_name("MESH27_FUT_CME.scid"), trades((-1, 5090.0)))
    desk.hold(held("5090.25", symbol="MESH27")).refuse("MESH27").wait(1)
    assert desk.prices("MESH27") == [5090.0]
    desk.wait(31 * 60)
    desk.feed.tidy()
    assert list(desk.feed.statuses()) == ["MESH27"]


def test_a_closed_trade_is_followed_for_a_while(desk: FeedDesk, file: Path) -> None:
    desk.feed.hear(holding())
    append(file, trades((60, 5052.0)))
    desk.wait(10 * 60)
    desk.feed.tidy()
    assert desk.prices()[-1] == 5052.0


def test_a_rewritten_file_replaces_what_was_read_and_whoever_reckoned_is_told(desk: FeedDesk, file: Path) -> None:
    append(file, trades((0.5, 5050.5)))
    desk.wait(1)
    write_scid(file, trades((-20, 5049.0), (-10, 5050.25), (0.2, 5055.0), (0.5, 5050.5), (1.5, 5051.0)))
    desk.wait(1)
    assert desk.prices() == [5049.0, 5050.25, 5055.0, 5050.5, 5051.0]
    ((symbol, from_us),) = desk.rewritten
    assert (symbol, from_us <= at(-10)) == (SYMBOL, True)
    assert desk.tape.coverage(SYMBOL).stretches == ((at(-20), at(1.5)),)
    assert desk.tape.generation(SYMBOL) == 1
    # What was told stands; what was put in before it is told by the tape alone.
    assert desk.told() == [5050.5, 5051.0]


def test_a_file_that_shrinks_and_grows_again_loses_and_doubles_nothing(desk: FeedDesk, file: Path) -> None:
    everything = [(-20.0, 5049.0), (-10.0, 5050.25)]
    for number in range(1, 30):
        everything.append((float(number), 5050.0 + number / 4))
        whole = file.read_bytes() + trades(everything[-1])
        if number % 7 == 0:
            file.write_bytes(whole[:100])
            desk.wait(0.1)
        if number % 5 == 0:
            file.unlink()
            desk.wait(0.1)
        file.write_bytes(whole)
        desk.wait(1)
        assert desk.prices() == [price for _, price in everything]


def test_a_file_that_vanishes_is_borne_with_for_a_moment_then_told_of(desk: FeedDesk, file: Path) -> None:
    content = file.read_bytes()
    file.unlink()
    desk.wait(0.5)
    assert desk.status().state is FeedState.LIVE
    desk.wait(3)
    assert desk.status().state is FeedState.NO_FILE
    assert desk.status().sentence == f"{file} cannot be read: there is no such file"
    file.write_bytes(content + trades((4, 5051.0)))
    desk.wait(1)
    assert (desk.status().state, desk.prices()) == (FeedState.LIVE, [5049.0, 5050.25, 5051.0])


def test_a_file_that_comes_back_under_another_name_is_read_anew(desk: FeedDesk, file: Path) -> None:
    file.rename(file.with_name("MESZ26-CME.scid"))
    desk.wait(0.5).wait(3)
    assert desk.prices() == [5049.0, 5050.25]
    assert desk.status().state is FeedState.LIVE


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="for this user every file is readable")
def test_a_file_that_may_not_be_read_says_so(desk: FeedDesk, file: Path) -> None:
    file.chmod(0)
    desk.wait(0.5).wait(3)
    assert "cannot be read" in desk.status().sentence


def test_prices_that_come_late_say_what_to_set(desk: FeedDesk, file: Path) -> None:
    append(file, trades((1, 5051.0)))
    desk.wait(6)
    status = desk.status()
    assert (status.state, status.lag_us) == (FeedState.LAGGING, 5_000_000)
    assert "5.0 s late" in status.sentence
    assert "Intraday File Flush Time in Milliseconds to 500" in status.sentence


def test_a_file_at_rest_while_the_market_trades_is_stale_and_in_a_halt_it_is_not(desk: FeedDesk) -> None:
    desk.wait(15)
    assert desk.status().state is FeedState.LIVE
    desk.wait(10)
    status = desk.status()
    assert (status.state, status.newest_at) == (FeedState.STALE, utc_from_micros(at(-10)))
    hour = utc_from_micros(MOMENT_US).replace(hour=22, minute=30)  # 16:30 in Chicago
    desk.wait((hour - desk.now()) / timedelta(seconds=1))
    assert desk.status().state is FeedState.RESTING


def test_bars_reach_the_tape_when_they_are_over_and_the_eye_while_they_run(tmp_path: Path) -> None:
    began = MOMENT_US - 3 * _MINUTE_US
    bars = [bar(began + n * _MINUTE_US, 5050, 5051 + n, 5049, 5050 + n / 4) for n in range(3)]
    file = write_scid(tmp_path / "MESZ26.scid", *bars)
    desk = FeedDesk(tmp_path).refuse().hold().wait(0.25)
    ticks = desk.tape.ticks(SYMBOL, 0, 2 * MOMENT_US)
    assert (ticks.are_bars, ticks.resolution_us) == (True, _MINUTE_US)
    assert ticks.extremes(0, 2) == (5049.0, 5052.0)
    assert desk.quote().price == 5050.5
    file.write_bytes(file.read_bytes()[:-40] + bar(began + 2 * _MINUTE_US, 5050, 5060, 5049, 5060))
    desk.wait(20)
    assert desk.quote().price == 5060.0
    assert len(desk.prices()) == 2
    assert desk.wait(20).status().state is FeedState.LIVE  # its stamp is older than its newest price


def test_when_dtc_gives_prices_the_file_is_left_and_nothing_stands_there_twice(desk: FeedDesk, file: Path) -> None:
    append(file, trades((0.5, 5050.5)))
    desk.wait(1)
    desk.feed.hear(PricesBegan(SYMBOL))
    desk.trade((1.2, 5050.75))
    desk.feed.hear(StreamAlive(at(2)))
    append(file, trades((1.2, 5050.75)))
    desk.wait(2)
    assert desk.status().source is FeedSource.DTC
    desk.feed.hear(StreamEnded())
    desk.refuse()
    append(file, trades((3.5, 5051.0)))
    desk.wait(1)
    assert desk.prices() == [5049.0, 5050.25, 5050.5, 5050.75, 5051.0]
    assert [each.source for each in desk.tape.covered(SYMBOL)] == [FeedSource.SCID, FeedSource.DTC, FeedSource.SCID]
    assert desk.tape.coverage(SYMBOL).stretches == ((at(-20), at(0.5)), (at(1), at(3.5)))


def test_the_tape_keeps_the_session_and_the_oldest_entry_and_lets_the_rest_go(desk: FeedDesk) -> None:
    ((first_us, _),) = desk.tape.coverage(SYMBOL).stretches
    desk.wait(3 * 86_400)
    desk.feed.tidy()
    assert desk.tape.coverage(SYMBOL).stretches[0][0] == first_us
    assert desk.prices() == [5049.0, 5050.25]


def _order() -> Order:
    now = utc_from_micros(MOMENT_US)
    return Order(
        account="Sim1", order_id="7", symbol=SYMBOL, side=Side.BUY, kind=OrderKind.LIMIT, state=OrderState.WORKING,
        qty=Decimal(1), filled_qty=None, trigger=None, limit=Decimal(5040), parent_id="", linked_id="",
        first_seen_at=now, updated_at=now, wire_symbol="MESZ26-CME",
    )  # fmt: skip
