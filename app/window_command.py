"""`heatline`: the window on the trader's own ledger."""

import argparse

from app.options import DATABASE_NAME, real_directory
from app.window_run import WindowOptions, has_display, run
from core.errors import ConfigError


def run_window(options: argparse.Namespace) -> int:
    """Opens the window; returns the exit code when it is closed."""
    if not options.offscreen and not has_display():
        raise ConfigError("There is no display; add --offscreen to run without one")
    from app.program import Setting
    from data.dtc.link import Address
    from data.ledger_state import LedgerKind

    directory = options.data_dir or real_directory()
    # A ledger in the trader's own folder is for real accounts only, whatever server it meets first.
    may_become = tuple(LedgerKind) if options.data_dir else (LedgerKind.REAL,)
    setting = Setting(directory / DATABASE_NAME, Address(*options.dtc), may_become)
    return run(WindowOptions(directory, options.offscreen, options.seconds, options.screenshot), setting)
