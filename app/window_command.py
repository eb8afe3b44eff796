"""`heatline`: the window on the trader's own ledger."""

import argparse

from app.options import place_of, real_directory
from app.settings import read_settings
from app.window_run import WindowOptions, has_display, run
from core.errors import ConfigError


def run_window(options: argparse.Namespace) -> int:
    """Opens the window; returns the exit code when it is closed."""
    if not options.offscreen and not has_display():
        raise ConfigError(
            "No window can open here: no display answers, or Qt lacks a library for it (on Debian libxcb-cursor0). "
            "Add --offscreen to run without one"
        )
    from app.program import Setting
    from data.database import refuse_second_writer
    from data.dtc.link import Address
    from data.ledger_state import LedgerKind

    directory = options.data_dir or real_directory()
    place = place_of(options)
    refuse_second_writer(place)
    # A ledger in the trader's own folder is for real accounts only, whatever server it meets first.
    is_own = directory.resolve() == real_directory().resolve() and not options.database
    may_become = (LedgerKind.REAL,) if is_own else tuple(LedgerKind)
    setting = Setting(place, Address(*options.dtc), may_become, read_settings(directory))
    return run(WindowOptions(directory, options.offscreen, options.seconds, options.screenshot), setting)
