"""The command line: it finds the command and turns expected failures into exit code 2."""

import argparse
import os
import sys
from collections.abc import Sequence

from app.options import parse
from core.errors import HeatlineError

_FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = parse(arguments)
    try:
        return _run(options)
    except HeatlineError as error:
        return _fail(str(error))
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain about it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except OSError as error:
        return _fail(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}")


def _run(options: argparse.Namespace) -> int:
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
        case "reconcile":
            from app.reconcile_command import run_reconcile

            return run_reconcile(options)
        case command:
            from app import reading_commands

            return reading_commands.COMMANDS[command](options)


def _fail(sentence: str) -> int:
    sys.stderr.write(f"heatline: {sentence}\n")
    return _FAILED
