"""`heatline practice`: the practice exchange alone, until it is told to end."""

import argparse
import signal
import sys

from data.practice.opening import open_practice


def run_practice(options: argparse.Namespace) -> int:
    """Serves on loopback until interrupted or terminated."""
    server = open_practice(
        options.port,
        trader_seed=options.trader,
        recording=options.replay,
        speed=options.speed,
        state=options.state,
        quirks=options.quirks,
        has_control=options.control,
        scid_directory=options.write_scid,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: server.stop())
    sys.stdout.write(f"Practice exchange on 127.0.0.1:{server.port}\n")
    if server.control is not None:
        sys.stdout.write(f"Control channel on 127.0.0.1:{server.control.port} token {server.control.token}\n")
    sys.stdout.flush()
    server.run()
    return 0
