"""`heatline`: the window on the trader's own ledger."""

import argparse
import os
from pathlib import Path

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
    from app.ledger_opening import kinds_for
    from app.program import Setting
    from data.database import refuse_second_writer
    from data.dtc.link import Address
    from data.feeds.scid_folder import find_data_folder, usual_places

    directory = options.data_dir or real_directory()
    place = place_of(options)
    refuse_second_writer(place)
    settings = read_settings(directory)
    setting = Setting(
        place,
        Address(*options.dtc),
        kinds_for(directory, is_on_server=bool(options.database)),
        settings,
        old_state=directory,
        sierra_data=find_data_folder(
            options.sierra_data or settings.sierra_data, usual_places(os.environ, Path.home())
        ),
    )
    return run(WindowOptions(directory, options.offscreen, options.seconds, options.screenshot), setting)
