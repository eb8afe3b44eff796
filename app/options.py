"""What was asked for on the command line."""

import argparse
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from core.trade_filter import TradeFilter
from core.values import Mode, PositionSide
from data.practice.quirks.names import QuirkName

if TYPE_CHECKING:
    from data.place import Place

_APP = "Heatline"
DATABASE_NAME = "heatline.db"
_HIGHEST_PORT = 65535
_PICTURES = (".png", ".jpg")
_DTC_ADDRESS = "127.0.0.1:11099"


def real_directory() -> Path:
    """The trader's own folder; practice never writes there."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def practice_directory() -> Path:
    """Where `heatline demo` keeps its ledger and its exchange."""
    return Path(platformdirs.user_data_dir(f"{_APP} Practice", appauthor=False))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heatline", description="Follows every fill of Sierra Chart, and its heat.")
    _add_window_options(parser)
    _add_database(parser)
    _add_dtc(parser)
    parser.add_argument(
        "--sierra-data",
        type=Path,
        metavar="DIR",
        help="Sierra's Data folder, where it records prices; else it is looked for",
    )
    parser.set_defaults(command="window")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    demo = commands.add_parser("demo", help="the window on a practice exchange of its own")
    _add_window_options(demo)
    _add_recording_options(demo)
    demo.set_defaults(command="demo")
    _add_practice(commands)
    _add_trades(commands)
    stats = commands.add_parser("stats", help="figures over the trades of each mode, account and currency")
    _add_reading_options(stats)
    stats.set_defaults(command="stats")
    audit = commands.add_parser("audit", help="proves the tables from the executions; exits 1 where they differ")
    _add_data_dir(audit)
    _add_database(audit)
    audit.add_argument("--json", action="store_true", help="print the findings as JSON")
    audit.add_argument("--repair", action="store_true", help="mend what is derived, after a backup; no window open")
    audit.set_defaults(command="audit")
    _add_reconcile(commands)
    _let_what_stands_before_count(parser, commands)
    return parser


def _let_what_stands_before_count(parser: argparse.ArgumentParser, commands: "_Commands") -> None:
    """An option may stand before its command, too: the command's own default must not undo it."""
    known = {action.dest for action in parser._actions}  # noqa: SLF001  # argparse has no public list of them
    for command in commands.choices.values():
        for action in command._actions:  # noqa: SLF001  # likewise
            if action.dest in known and action.dest != "help":
                action.default = argparse.SUPPRESS


def trade_filter(options: argparse.Namespace) -> TradeFilter:
    return TradeFilter(
        mode=options.mode,
        account=options.account,
        symbol=options.symbol,
        side=options.side,
        since=options.since,
        until=options.until,
        tag=options.tag,
        has_reentries=options.reentries,
        min_coverage=options.min_coverage,
    )


def place_of(options: argparse.Namespace) -> "Place":
    """Where the ledger lives: by `--database`, or in the folder."""
    if options.database is None:
        directory: Path = options.data_dir or real_directory()
        return directory / DATABASE_NAME
    from data.place import place_from_url

    return place_from_url(options.database)


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # argparse has no public name for it


def _add_practice(commands: "_Commands") -> None:
    practice = commands.add_parser("practice", help="the practice exchange alone, for any DTC client on this machine")
    practice.add_argument("--port", type=_port, required=True, help="where it listens; 0 for a free port")
    practice.add_argument("--trader", type=int, metavar="SEED", help="let a scripted trader trade Sim1")
    practice.add_argument("--state", type=Path, metavar="FILE", help="keep fills, orders and ids in this file")
    practice.add_argument(
        "--quirk",
        dest="quirks",
        action="append",
        default=[],
        choices=[name.value for name in QuirkName],
        metavar="NAME",
        help=f"show one of Sierra's manners, repeatable: {', '.join(QuirkName)}",
    )
    practice.add_argument(
        "--control", action="store_true", help="open a second port, with a token, to trade here from tests and tools"
    )
    practice.add_argument(
        "--write-scid", type=Path, metavar="DIR", help="write the trades into a .scid file there, as Sierra Chart does"
    )
    _add_recording_options(practice)
    practice.set_defaults(command="practice")


def _add_trades(commands: "_Commands") -> None:
    trades = commands.add_parser("trades", help="the closed trades")
    _add_reading_options(trades)
    trades.add_argument("--csv", type=Path, metavar="FILE", help="write them to a table")
    trades.set_defaults(command="trades")


def _add_reconcile(commands: "_Commands") -> None:
    help_text = "asks the broker once what is held; exits 1 where the ledger differs. No window open"
    reconcile = commands.add_parser("reconcile", help=help_text)
    _add_data_dir(reconcile)
    _add_database(reconcile)
    _add_dtc(reconcile)
    reconcile.add_argument("--json", action="store_true", help="print JSON")
    reconcile.set_defaults(command="reconcile")


def _add_dtc(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dtc", type=_address, default=_DTC_ADDRESS, metavar="HOST:PORT", help="Sierra's DTC server")


def _add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", metavar="URL", help="the ledger in PostgreSQL; no password in the URL")


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help=f"the folder of {DATABASE_NAME}")


def _add_window_options(parser: argparse.ArgumentParser) -> None:
    _add_data_dir(parser)
    parser.add_argument("--offscreen", action="store_true", help="draw without a display")
    parser.add_argument("--for", dest="seconds", type=_seconds, metavar="SECONDS", help="end after so long")
    parser.add_argument(
        "--screenshot", type=_picture, metavar="FILE", help="save the window at the end, as a picture and a text"
    )


def _add_recording_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a .scid or CSV of ticks as the market")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="how many times faster than real; 0 as fast as it goes"
    )


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    _add_data_dir(parser)
    _add_database(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--mode", type=Mode, choices=list(Mode))
    parser.add_argument("--account")
    parser.add_argument("--symbol")
    parser.add_argument("--from", dest="since", type=_moment, metavar="TIME", help="exits at or after, ISO 8601, UTC")
    parser.add_argument(
        "--to", dest="until", type=_moment_or_day_after, metavar="TIME", help="exits before; a day is included"
    )
    parser.add_argument("--side", type=PositionSide, choices=list(PositionSide))
    parser.add_argument("--tag")
    parser.add_argument("--reentries", action=argparse.BooleanOptionalAction, help="with or without re-entries only")
    parser.add_argument("--min-coverage", type=_share, metavar="SHARE", help="least coverage, 0 to 1")


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not host:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host, _port(port)


def _port(text: str) -> int:
    """A port number; 0 lets the system choose where one is offered."""
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: they go from 0 to {_HIGHEST_PORT}")
    return int(text)


def _seconds(text: str) -> float:
    return _number_from(text, 0, "seconds")


def _speed(text: str) -> float:
    return _number_from(text, 0, "a speed")


def _number_from(text: str, least: float, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (least <= number < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}: a number from {least} on")
    return number


def _picture(text: str) -> Path:
    if Path(text).suffix.lower() not in _PICTURES:
        raise argparse.ArgumentTypeError(f"{text!r} is no picture: name it {' or '.join(_PICTURES)}")
    return Path(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment_or_day_after(text: str) -> datetime:
    """A day alone is meant to be included."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _moment(text)
    return datetime.combine(day + timedelta(days=1), time.min, UTC)


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("coverage goes from 0 to 1")
    return share


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    return build_parser().parse_args(arguments)
