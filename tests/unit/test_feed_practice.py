"""The practice exchange plays Sierra's part: it refuses prices, and writes them into a .scid file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigError
from data.dtc import messages
from data.feeds.scid_file import ScidFile
from data.practice.scid_recorder import ScidRecorder
from data.practice.trader import nobody
from tests.practice_talk import SYMBOL, Talk


def subscribe(talk: Talk, symbol: str = SYMBOL) -> list[dict[str, object]]:
    return talk.say(messages.MarketDataRequest(RequestAction=1, SymbolID=3, Symbol=symbol))


def test_prices_are_refused_in_sierras_words_and_none_come() -> None:
    talk = Talk(nobody, "no-market-data")
    talk.log_on()
    (refused,) = subscribe(talk)
    assert (refused["Type"], refused["SymbolID"]) == (103, 3)
    assert refused["RejectText"] == "Market data request not allowed"
    assert talk.floor.due_at() is not None  # the market goes on all the same
    talk.floor.advance(3)
    assert not talk.session.watches


def test_without_the_quirk_they_come() -> None:
    talk = Talk(nobody)
    talk.log_on()
    assert subscribe(talk)[0]["Type"] == 104
    assert talk.session.watches


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[ScidRecorder]:
    recorder = ScidRecorder(tmp_path / "Data", SYMBOL)
    yield recorder
    recorder.close()


def test_every_trade_stands_in_the_file_at_once(recorder: ScidRecorder, tmp_path: Path) -> None:
    talk = Talk(nobody)
    talk.log_on()
    talk.floor.listeners.append(recorder)
    subscribe(talk)
    told = []
    for _ in range(5):
        talk.floor.advance(1)
        told.append(talk.floor.exchange.last_tick)
    assert list(ScidFile(tmp_path / "Data" / "MESZ26_FUT_CME.scid").ticks()) == told


def test_a_second_run_goes_on_in_the_same_file(recorder: ScidRecorder, tmp_path: Path) -> None:
    talk = Talk(nobody)
    for each in (recorder, ScidRecorder(tmp_path / "Data", SYMBOL)):
        each.hear_tick(talk.floor.exchange.last_tick, quote_moved=False)
        each.close()
    assert ScidFile(tmp_path / "Data" / "MESZ26_FUT_CME.scid").record_count == 2


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "Data").write_text("a file")
    with pytest.raises(ConfigError, match=r"MESZ26_FUT_CME\.scid cannot be written"):
        ScidRecorder(tmp_path / "Data", SYMBOL)
