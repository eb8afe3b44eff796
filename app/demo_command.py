"""`heatline demo`: the window on a practice exchange of its own, where a scripted trader trades."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.options import DATABASE_NAME, practice_directory, real_directory
from app.reading_commands import print_trades
from app.settings import read_settings
from app.tour import Tour
from app.window_run import WindowOptions, has_display, run
from core.clock import utc_now
from core.errors import ConfigError
from core.trade_filter import TradeFilter
from data.journal import Journal

if TYPE_CHECKING:
    from data.practice.server import PracticeServer

_SCREENSHOTS = Path("demo-output")
_TOUR_SECONDS = 20.0
_STATE_NAME = "exchange.jsonl"


def run_demo(options: argparse.Namespace) -> int:
    """Trades before the trader's eyes until the window is closed; with no display, a short tour that ends by itself."""
    from app.program import Setting
    from data.database import refuse_second_writer
    from data.dtc.link import Address
    from data.ledger_state import LedgerKind
    from data.practice.server import serving

    directory: Path = options.data_dir or practice_directory()
    if directory.resolve() == real_directory().resolve():
        raise ConfigError(f"{directory} is the folder of your own ledger: practice needs another one")
    directory.mkdir(parents=True, exist_ok=True)
    database = directory / DATABASE_NAME
    refuse_second_writer(database)
    settings = read_settings(directory)
    is_tour = options.offscreen or not has_display()
    since = utc_now()
    with serving(_open_exchange(options, directory / _STATE_NAME)) as server:
        setting = Setting(database, Address("127.0.0.1", server.port), (LedgerKind.PRACTICE,), settings)
        if not is_tour:
            return run(WindowOptions(directory, False, options.seconds, options.screenshot), setting)
        sys.stdout.write("No display: drawing offscreen, with a short scripted session\n")
        sys.stdout.flush()
        tour = Tour(_SCREENSHOTS, options.seconds or _TOUR_SECONDS)
        code = run(WindowOptions(directory, True, None, options.screenshot), setting, tour.play)
    print_trades(Journal.at(database).trades(TradeFilter(since=None if options.replay else since)))
    sys.stdout.write(f"Screenshots: {', '.join(str(path) for path in tour.saved)}\n")
    return code


def _open_exchange(options: argparse.Namespace, state: Path) -> "PracticeServer":
    from data.practice.opening import open_practice

    seed = int(time.time())
    return open_practice(trader_seed=seed, recording=options.replay, speed=options.speed, state=state, seed=seed)
