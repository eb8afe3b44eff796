"""The command line: it finds the command and turns expected failures into exit code 2."""

import sys
from collections.abc import Sequence

from app.options import parse
from core.errors import HeatlineError

_FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = parse(arguments)
    try:
        match options.command:
            case "window":
                from app.window_command import run_window

                return run_window(options)
            case "demo":
                from app.demo_command import run_demo

                return run_demo(options)
            case "practice":
                from app.practice_command import run_practice

                return run_practice(options)
            case command:
                from app import reading_commands

                return reading_commands.COMMANDS[command](options)
    except HeatlineError as error:
        sys.stderr.write(f"heatline: {error}\n")
        return _FAILED
