"""`heatline reconcile`: asks the broker once what is held, and says where the ledger differs. It answers nothing."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.ledger_opening import kinds_for
from app.logs import logging_to
from app.options import place_of, real_directory
from app.reconciliation import Reconciled, Reconciliation
from app.settings import read_settings
from core.clock import utc_now
from core.snapshots import AccountSnapshot, PositionSnapshot
from core.stale import Doubt, StalePosition
from core.symbols import has_expired
from core.values import PositionSide
from data.database import open_reader, refuse_second_writer
from data.dtc.link import Address

_NEEDS_TRADER = 1
_FLAT = Decimal(0)
_HEADINGS = ("Account", "Mode", "Symbol", "Here", "Broker", "Outcome")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One account and symbol, None for an account that is flat: quantities are signed, `broker` None where unknown."""

    account: str
    mode: str
    symbol: str | None
    ours: Decimal
    broker: Decimal | None
    text: str
    is_verified: bool


def run_reconcile(options: argparse.Namespace) -> int:
    """Prints what came of it; returns 0 when the broker confirmed everything, 1 when something needs the trader.

    Raises:
        ConfigError: there is no ledger, or a window is open on it.
        LinkLost: the server cannot be reached, or refuses us.
    """
    directory = options.data_dir or real_directory()
    place = place_of(options)
    open_reader(place).dispose()
    refuse_second_writer(place)
    with logging_to(directory):
        reconciled = Reconciliation(
            place,
            Address(*options.dtc),
            kinds_for(directory, is_on_server=bool(options.database)),
            read_settings(directory),
            _tell,
        ).run()
    outcomes = list(outcomes_of(reconciled))
    if options.json:
        _print_json(outcomes)
    else:
        _print_table(outcomes)
    return 0 if outcomes and all(each.is_verified for each in outcomes) else _NEEDS_TRADER


def outcomes_of(reconciled: Reconciled) -> Iterator[Outcome]:
    """What there is to say of each account: of every position on either side, or that it is flat."""
    ledger = reconciled.ledger
    stale = {each.key: each for each in ledger.stale}
    for account in ledger.accounts:
        told = reconciled.told.get(account.account)
        broker = None if told is None else {report.symbol: report.qty for report in told if report.qty}
        held = {each.position.key.symbol: each for each in ledger.positions if _is_of(account, each)}
        for symbol in sorted({*held, *(broker or {})}):
            theirs = None if broker is None else broker.get(symbol, _FLAT)
            if symbol in held:
                yield _of_position(account, held[symbol], stale.get(held[symbol].position.key), theirs)
            else:
                yield _of_flat(account, symbol, theirs)
        if not held and not broker:
            yield _of_flat(account, None, None if broker is None else _FLAT)


def _is_of(account: AccountSnapshot, held: PositionSnapshot) -> bool:
    key = held.position.key
    return (key.mode, key.account) == (account.mode, account.account)


def _of_position(
    account: AccountSnapshot, held: PositionSnapshot, stale: StalePosition | None, broker: Decimal | None
) -> Outcome:
    """Two numbers that differ are never verified: within the grace of a fill the ledger may still stand by its own."""
    position = held.position
    is_verified = held.is_verified and broker in (None, position.qty)
    text = "verified" if is_verified else _doubt(account, stale, is_told=broker is not None)
    return Outcome(account.account, account.mode, position.key.symbol, position.qty, broker, text, is_verified)


def _of_flat(account: AccountSnapshot, symbol: str | None, broker: Decimal | None) -> Outcome:
    """Flat here; what the broker holds all the same may be a contract that is no more."""
    is_verified, text = account.is_verified, "verified flat"
    if not is_verified:
        text = f"flat, {_doubt(account, None, is_told=broker is not None)}"
    if symbol is not None and has_expired(symbol, utc_now().date()):
        text += f": {symbol} has expired and is left out"
    elif symbol is not None:
        is_verified, text = False, "unverified: the broker holds what is not booked here"
    return Outcome(account.account, account.mode, symbol, _FLAT, broker, text, is_verified)


def _doubt(account: AccountSnapshot, stale: StalePosition | None, *, is_told: bool) -> str:
    if not account.is_confirmable:
        return "not confirmable on this connection: it goes by fills"
    if account.fills_not_understood:
        return f"unverified: {account.fills_not_understood} fills not understood"
    if stale is None:
        return "unverified: fills were still coming in" if is_told else "unverified: the broker did not say"
    match stale.doubt:
        case Doubt.FLAT:
            return "the broker says flat: closed there, or still open?"
        case Doubt.DIFFERENT:
            return f"the broker says {stale.broker_said}: which is right?"
        case Doubt.SILENT:
            return f"unverified: {stale.broker_said}"


def _print_table(outcomes: Sequence[Outcome]) -> None:
    rows = [_HEADINGS, *(tuple(_cells(each)) for each in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")
    doubtful = [_name(each) for each in outcomes if not each.is_verified]
    if doubtful:
        sys.stdout.write(f"Needs you: {', '.join(doubtful)}. Open the window to answer\n")
    elif not outcomes:
        sys.stdout.write("The broker named no account\n")


def _cells(outcome: Outcome) -> Iterable[str]:
    yield from (outcome.account, outcome.mode, outcome.symbol or "—")
    yield from (_quantity(outcome.ours), _quantity(outcome.broker), outcome.text)


def _quantity(qty: Decimal | None) -> str:
    if qty is None:
        return "—"
    return f"{PositionSide.of(qty)} {abs(qty):f}" if qty else "flat"


def _name(outcome: Outcome) -> str:
    return f"{outcome.account} {outcome.symbol}" if outcome.symbol else outcome.account


def _print_json(outcomes: Sequence[Outcome]) -> None:
    rows = [
        {
            "account": each.account,
            "mode": each.mode,
            "symbol": each.symbol,
            "ours": _number(each.ours),
            "broker": _number(each.broker),
            "outcome": each.text,
            "verified": each.is_verified,
        }
        for each in outcomes
    ]
    sys.stdout.write(json.dumps(rows, indent=1) + "\n")


def _number(qty: Decimal | None) -> int | float | None:
    if qty is None:
        return None
    return int(qty) if qty == qty.to_integral_value() else float(qty)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"heatline: {sentence}\n")
