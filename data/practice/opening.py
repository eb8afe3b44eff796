"""Puts a practice exchange together: market, trader, state and port."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from data.feeds.recording import read_recording, symbol_of_recording
from data.feeds.tick import Tick
from data.practice.exchange import PARTIAL_FILL_CHANCE, Exchange
from data.practice.listing import DEFAULT_SYMBOL, Listing, list_contract
from data.practice.market import Market
from data.practice.replay import TickReplay
from data.practice.scid_recorder import ScidRecorder
from data.practice.server import PracticeServer
from data.practice.state_file import State, StateFile, Unsaved
from data.practice.trader import DEMO_PACE, ScriptedTrader, Trader, nobody
from data.practice.walk import PriceWalk


def open_practice(
    port: int = 0,
    *,
    trader: Trader | None = None,
    trader_seed: int | None = None,
    pace: float = DEMO_PACE,
    recording: Path | None = None,
    speed: float = 1.0,
    state: Path | None = None,
    symbol: str | None = None,
    seed: int = 0,
    partial_fill_chance: float = PARTIAL_FILL_CHANCE,
    quirks: Iterable[str] = (),
    has_control: bool = False,
    scid_directory: Path | None = None,
) -> PracticeServer:
    """A bound server, ready to `run`: on a recording, else on a price walk seeded with `seed`.

    `trader` trades as it likes, else `trader_seed` makes a scripted one, else nobody trades by himself. `pace` is his
    orders a second, `speed` how many times faster than real a recording is played, 0 as fast as it is read.
    `quirks` are names of the table of quirks, and `has_control` opens a second port for tests and tools. In
    `scid_directory` the trades are written down as Sierra Chart writes them.

    Raises:
        ConfigError: the port, the recording, the state file or the symbol cannot be used, or a quirk is unknown.
    """
    ticks = read_recording(recording) if recording else None
    symbol = symbol or (symbol_of_recording(recording) if recording else DEFAULT_SYMBOL)
    listing = list_contract(symbol)
    market = _open_market(listing, ticks, speed, seed)
    if trader is None:
        trader = nobody if trader_seed is None else ScriptedTrader(trader_seed, symbol, pace).trade
    kept: State = StateFile(state) if state else Unsaved()
    try:
        exchange = Exchange(listing, market, kept, seed, partial_fill_chance)
        recorder = ScidRecorder(scid_directory, symbol) if scid_directory else None
        return PracticeServer(exchange, trader, port, quirks, has_control=has_control, recorder=recorder)
    except BaseException:
        kept.close()
        raise


def _open_market(listing: Listing, ticks: Iterator[Tick] | None, speed: float, seed: int) -> Market:
    tick_size = listing.contract.tick_size
    return PriceWalk(seed, tick_size) if ticks is None else TickReplay(ticks, tick_size, speed)
