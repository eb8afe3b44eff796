"""Which source a symbol has, what it vouches for, and what the trader is told."""

from datetime import UTC, datetime

import pytest

from core.feed import Covered, FeedSource, FeedState, FeedStatus, feeds_in_view
from core.session_day import BERLIN, CHICAGO
from core.values import utc_from_micros
from data.dtc.market import PricesBegan, Traded
from data.dtc.price_reports import StreamAlive, StreamEnded, TradesHeard
from tests.feed_desk import SYMBOL, FeedDesk, at, held
from tests.scid_files import SECOND_US

_REPLAY_US = 1_525_699_800_000_000  # 2018


def subscribed() -> FeedDesk:
    desk = FeedDesk()
    desk.feed.hear(PricesBegan(SYMBOL))
    return desk


def test_over_dtc_everything_counts_from_the_subscription_to_the_end_of_the_link() -> None:
    desk = subscribed().wait(10).trade((9.5, 5050.0), (9.9, 5050.25))
    desk.feed.hear(StreamAlive(at(14)))
    desk.wait(10)
    desk.feed.hear(StreamEnded())
    desk.wait(10)
    assert desk.prices() == [5050.0, 5050.25]
    assert desk.tape.covered(SYMBOL) == (Covered(FeedSource.DTC, at(0), at(14)),)


def test_each_link_is_a_stretch_of_its_own() -> None:
    desk = subscribed()
    desk.feed.hear(StreamAlive(at(5)))
    desk.feed.hear(StreamEnded())
    desk.wait(20)
    desk.feed.hear(PricesBegan(SYMBOL))
    desk.feed.hear(StreamAlive(at(25)))
    assert desk.tape.coverage(SYMBOL).stretches == ((at(0), at(5)), (at(20), at(25)))


def test_a_server_that_lives_is_not_stale_however_quiet_the_market() -> None:
    desk = subscribed().trade((0, 5050.0)).wait(600)
    assert desk.status().state is FeedState.LIVE


def test_when_the_link_is_lost_the_last_price_is_old_and_has_its_time() -> None:
    desk = subscribed().trade((0, 5050.0))
    desk.feed.hear(StreamEnded())
    status = desk.status()
    assert (status.state, status.is_old, status.newest_at) == (FeedState.STALE, True, utc_from_micros(at(0)))
    assert status.sentence == "Prices of MESZ26 ended with the link to Sierra Chart"


def test_lag_is_how_late_the_newest_price_was_when_it_came() -> None:
    desk = subscribed().wait(3).trade((2.6, 5050.0)).wait(8)
    assert desk.status().lag_us == 400_000


def test_a_clock_that_runs_ahead_is_no_lag() -> None:
    desk = subscribed().trade((2, 5050.0))
    assert desk.status().lag_us == 0


def test_before_the_first_trade_it_is_waited_for() -> None:
    assert subscribed().status().state is FeedState.WAITING


def test_in_a_replay_the_recordings_time_is_covered_and_nobody_speaks_of_lag() -> None:
    desk = subscribed().wait(2)
    desk.feed.hear(StreamAlive(at(1)))
    desk.feed.hear(TradesHeard(SYMBOL, [Traded(SYMBOL, 2650.0, _REPLAY_US)]))
    desk.wait(3)
    desk.feed.hear(StreamAlive(at(5)))
    assert desk.tape.coverage(SYMBOL).stretches == ((_REPLAY_US, _REPLAY_US + 3 * SECOND_US),)
    assert desk.status().lag_us is None


@pytest.mark.parametrize(("stamps", "resolution_us"), [((0, 1), SECOND_US), ((0, 0.25), 1)])
def test_whole_seconds_are_known_for_what_they_are(stamps: tuple[float, float], resolution_us: int) -> None:
    desk = subscribed()
    start_us = at(0) - at(0) % SECOND_US
    heard = [Traded(SYMBOL, 1.0, start_us + round(each * SECOND_US)) for each in stamps]
    desk.feed.hear(TradesHeard(SYMBOL, heard))
    assert desk.tape.ticks(SYMBOL, 0, 2 * start_us).resolution_us == resolution_us


def test_volumes_stand_on_the_side_that_was_hit_and_nonsense_does_no_harm() -> None:
    desk = subscribed()
    told = ((3, 1), (2, -1), (5, 0), (-4, 1), (10**300, 1))
    heard = [Traded(SYMBOL, 1.0, at(0), volume, hit) for volume, hit in told]
    desk.feed.hear(TradesHeard(SYMBOL, heard))
    rows = desk.tape.trades(SYMBOL, 0, at(1))
    assert rows is not None
    assert rows.ask_volume.tolist() == [3, 0, 0, 0, 2**53]
    assert rows.bid_volume.tolist() == [0, 2, 0, 0, 0]
    assert rows.volume.tolist() == [3, 2, 5, 0, 2**53]


def test_trades_of_a_symbol_that_was_never_taken_are_left_out() -> None:
    assert FeedDesk().trade((0, 5050.0)).prices() == []


def test_a_refusal_without_a_folder_is_told_once_with_what_to_set() -> None:
    desk = FeedDesk().refuse()
    assert desk.notices() == []  # nobody needs the price yet
    desk.hold().refuse().hold()
    (told,) = desk.notices()
    assert told == (
        "Sierra Chart gives no prices of MESZ26 over DTC (Market data request not allowed): name its Data folder by "
        "--sierra-data or by sierra_data in settings.toml, and set Global Settings >> Data/Trade Service Settings >> "
        "Intraday File Flush Time in Milliseconds to 500 or 1000: by default it writes prices only every 5 s"
    )
    assert (desk.status().state, desk.status().source) == (FeedState.NO_FOLDER, None)


def test_each_symbol_is_told_of_for_itself() -> None:
    desk = FeedDesk().refuse().refuse("MNQZ26").hold(held(), held(symbol="MNQZ26"))
    assert [text.split()[6] for text in desk.notices()] == ["MESZ26", "MNQZ26"]


def test_the_feed_that_is_looked_at_is_that_of_what_is_open_else_the_worst() -> None:
    states = {"A": FeedState.LIVE, "B": FeedState.NO_FILE, "C": FeedState.LAGGING}
    feeds = {symbol: FeedStatus(symbol, FeedSource.SCID, state) for symbol, state in states.items()}
    assert [each.symbol for each in feeds_in_view(feeds, ["C", "A", "X"])] == ["C", "A"]
    assert [each.symbol for each in feeds_in_view(feeds, [])] == ["B", "C", "A"]


@pytest.mark.parametrize(
    ("moment", "chicago", "berlin"),
    [
        ("2026-11-20T21:59", True, True),
        ("2026-11-20T22:00", False, True),
        ("2026-11-21T12:00", False, False),
        ("2026-11-22T22:59", False, False),
        ("2026-11-22T23:00", True, True),
        ("2026-11-23T22:30", False, True),
        ("2026-11-23T23:00", True, True),
        ("2026-03-06T21:59", True, True),  # the clocks change on the 8th
        ("2026-03-08T21:59", False, False),
        ("2026-03-08T22:00", True, False),
        ("2026-11-01T22:59", False, False),
        ("2026-11-01T23:00", True, True),
    ],
)
def test_trades_are_expected_while_the_market_is_open(moment: str, chicago: bool, berlin: bool) -> None:  # noqa: FBT001
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (CHICAGO.is_open(now), BERLIN.is_open(now)) == (chicago, berlin)
