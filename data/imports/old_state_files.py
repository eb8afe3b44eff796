"""`state_{mode}_{account}.json`: what an older panel kept about an open position, read once and put away."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path

from core.commands import TakeOver
from core.errors import OldStateIgnored
from core.old_state import OldState
from core.snapshots import LedgerSnapshot
from core.values import Mode, round_average, utc_from_micros

_log = logging.getLogger(__name__)
_NAME = re.compile(r"state_(sim|live|unknown)_(.+)\.json", re.IGNORECASE | re.DOTALL)
# A few numbers take some hundred bytes; what is so much longer is something else.
_LONGEST = 64 * 1024
_DIGEST_SIZE = 16
_END_OF_TIME = 253_402_300_799  # the last second of the year 9999
_HIGHEST_PRICE = Decimal("1e12")
_SECOND_US = 1_000_000

Submit = Callable[[TakeOver], Future[LedgerSnapshot | None]]
Notify = Callable[[str], None]


def take_over_files(directory: Path, submit: Submit, notify: Notify) -> None:
    """Hands each such file in `directory` to the ledger; it is renamed once the ledger has decided and saved.

    `notify` gets a sentence for each that was put away unused. A file that cannot be decided now stays for the next
    start. Reads files: not for the GUI thread.
    """
    for path in _files_in(directory):
        try:
            old = read_old_state(path)
        except OldStateIgnored as reason:
            _put_away(path, reason, notify)
            continue
        except OSError as error:
            notify(f"{_shown(path)} cannot be read: {error.strerror}")
            continue
        submit(TakeOver(old)).add_done_callback(_after(path, notify))


def read_old_state(path: Path) -> OldState:
    """What the file at `path` says.

    Raises:
        OldStateIgnored: it is none of ours to understand, and why.
        OSError: it cannot be read at all.
    """
    named = _NAME.fullmatch(path.name)
    mode = Mode(named[1].upper()) if named else Mode.UNKNOWN
    if named is None or mode is Mode.UNKNOWN:
        raise OldStateIgnored("its name says neither SIM nor LIVE")
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    values = _values(content)
    low, high = _price(values, "trade_min_price"), _price(values, "trade_max_price")
    if low is not None and high is not None and low > high:
        raise OldStateIgnored("its lowest price lies above its highest")
    entry_time = _time(values, "entry_time_epoch")
    if entry_time is None:
        raise OldStateIgnored("it does not say when the position was entered")
    return OldState(
        name=path.name,
        digest=_digest(mode, named[2], content),
        mode=mode,
        account=named[2],
        entry_time=entry_time,
        heat_since=_time(values, "heat_start_epoch"),
        low=low,
        high=high,
    )


def _files_in(directory: Path) -> Iterator[Path]:
    try:
        yield from sorted(each for each in directory.iterdir() if _NAME.fullmatch(each.name) and each.is_file())
    except OSError as error:
        _log.info("%s cannot be looked through: %s", directory, error)


def _values(content: bytes) -> dict[str, object]:
    if len(content) > _LONGEST:
        raise OldStateIgnored("it is too long to be one")
    try:
        values = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        raise OldStateIgnored("it is not the JSON it should be") from None
    if not isinstance(values, dict):
        raise OldStateIgnored("it is not the JSON it should be")
    return values


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)


def _number(values: dict[str, object], name: str, most: Decimal) -> Decimal | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        # Compared, not reckoned with: that has no limits.
        if -most <= number <= most:
            return number
    raise OldStateIgnored(f"its {name} makes no sense")


def _price(values: dict[str, object], name: str) -> Decimal | None:
    number = _number(values, name, _HIGHEST_PRICE)
    return None if number is None else round_average(number)


def _time(values: dict[str, object], name: str) -> datetime | None:
    seconds = _number(values, name, Decimal(_END_OF_TIME))
    if seconds is None:
        return None
    if seconds <= 0:
        raise OldStateIgnored(f"its {name} makes no sense")
    return utc_from_micros(int(seconds * _SECOND_US))


def _digest(mode: Mode, account: str, content: bytes) -> str:
    """The same file is the same, and the same words about another account are not."""
    text = f"{mode}\n{account}\n".encode("utf-8", "surrogatepass")
    return blake2b(text + content, digest_size=_DIGEST_SIZE).hexdigest()


def _after(path: Path, notify: Notify) -> Callable[[Future[LedgerSnapshot | None]], None]:
    def put_away(done: Future[LedgerSnapshot | None]) -> None:
        error = done.exception()
        if error is None:
            _rename(path, "applied", notify)
        elif isinstance(error, OldStateIgnored):
            _put_away(path, error, notify)
        else:
            _log.warning("%s stays for the next start: %s", _shown(path), error)

    return put_away


def _put_away(path: Path, reason: OldStateIgnored, notify: Notify) -> None:
    text = f"{_shown(path)} was not taken over: {reason}"
    _log.info("%s", text)
    notify(text)
    _rename(path, "ignored", notify)


def _rename(path: Path, ending: str, notify: Notify) -> None:
    """Never over a file that is there."""
    free = path.with_name(f"{path.name}.{ending}")
    number = 2
    while free.exists():
        free = path.with_name(f"{path.name}.{number}.{ending}")
        number += 1
    try:
        path.rename(free)
    except OSError as error:
        _log.info("%s cannot be renamed: %s", path, error)
        notify(f"{_shown(path)} cannot be renamed: {error.strerror}")


def _shown(path: Path) -> str:
    """A file's name may hold what is no text."""
    return path.name.encode("utf-8", "replace").decode("utf-8")
