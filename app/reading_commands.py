"""Commands that read the ledger beside an open window and change nothing."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.options import place_of, trade_filter
from core.clock import utc_now
from core.statistics import summarise
from core.trade_record import TradeRecord
from data.audit import audit
from data.contract_table import read_calendars, read_contract_book
from data.finding import Finding
from data.journal import Journal
from data.place import Place, name_of
from data.repair import repair

_UNPROVEN = 1
_COLUMNS = (
    ("exit_time", "Exit (UTC)"),
    ("mode", "Mode"),
    ("account", "Account"),
    ("symbol", "Symbol"),
    ("side", "Side"),
    ("qty", "Qty"),
    ("reentry_count", "Re-entries"),
    ("entry_price", "Entry"),
    ("exit_price", "Exit"),
    ("realized_pnl", "P&L"),
    ("mae", "MAE"),
    ("mfe", "MFE"),
)


def _show_trades(options: argparse.Namespace) -> int:
    trades = Journal.at(place_of(options)).trades(trade_filter(options))
    if options.csv is not None:
        _write_csv(trades, options.csv)
    if options.json:
        _print_json([asdict(trade) for trade in trades])
    elif options.csv is None:
        print_trades(trades)
    return 0


def _show_stats(options: argparse.Namespace) -> int:
    trades = Journal.at(place_of(options)).trades(trade_filter(options))
    groups = [statistics.figures() for statistics in summarise(trades, read_calendars())]
    if options.json:
        _print_json(groups)
        return 0
    for group in groups:
        figures = {name: value for name, value in group.items() if name != "samples"}
        sys.stdout.write("\n".join(f"{name:26}{_text(value)}" for name, value in figures.items()) + "\n\n")
    return 0


def _audit(options: argparse.Namespace) -> int:
    place = place_of(options)
    if options.repair:
        return _repair(place, options)
    findings = audit(place)
    _show_findings(findings, options)
    if not options.json:
        name = name_of(place)
        proven = f"{name}: every table is what the executions make"
        _say(f"{len(findings)} findings in {name}" if findings else proven)
    return _UNPROVEN if findings else 0


def _repair(place: Place, options: argparse.Namespace) -> int:
    """Prints what is left, so that the answer reads like that of an audit behind it."""
    result = repair(place, read_contract_book(), utc_now())
    _show_findings(result.left, options)
    if not options.json:
        if result.backup is not None:
            _say(f"A copy from before the repair is at {result.backup}")
        mended = len(result.found) - len(result.left)
        _say(f"{name_of(place)}: {mended} findings mended, {len(result.left)} left")
        if any(finding.is_source for finding in result.left):
            _say("An execution itself is damaged, so nothing was written: go back to a good backup")
    return _UNPROVEN if result.left else 0


def _show_findings(findings: Sequence[Finding], options: argparse.Namespace) -> None:
    if options.json:
        _print_json(
            [{"where": each.where, "recorded": _text(each.recorded), "proven": _text(each.proven)} for each in findings]
        )
        return
    for finding in findings:
        _say(str(finding))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "trades": _show_trades,
    "stats": _show_stats,
    "audit": _audit,
}


def print_trades(trades: Sequence[TradeRecord]) -> None:
    """A plain table for the terminal; unknown is a dash."""
    rows = [[heading for _, heading in _COLUMNS]]
    rows += [[_text(getattr(trade, name)) for name, _ in _COLUMNS] for trade in trades]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells) + "\n")
    sys.stdout.write(f"{len(trades)} trades\n")


def _write_csv(trades: Iterable[TradeRecord], path: Path) -> None:
    from dataclasses import fields

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [field.name for field in fields(TradeRecord)]
        writer.writerow(names)
        for trade in trades:
            writer.writerow([_plain(getattr(trade, name)) for name in names])


def _print_json(objects: Sequence[Mapping[str, Any]]) -> None:
    plain = [{name: _plain(value) for name, value in each.items()} for each in objects]
    sys.stdout.write(json.dumps(plain, indent=1, allow_nan=False) + "\n")


def _plain(value: object) -> object:
    """Numbers as numbers, times as ISO 8601 UTC, unknown as null."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _text(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        return f"{round(value, 4).normalize():f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)
