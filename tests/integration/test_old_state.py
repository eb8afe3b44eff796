"""What an older panel left in the data folder is taken over once, saved before it is put away, and never twice."""

import json
from concurrent.futures import Future
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands import TakeOver
from core.errors import CommandRefused, HeatlineError, OldStateIgnored, StorageUnavailable
from core.snapshots import LedgerSnapshot
from core.values import Mode, micros_from_utc
from data.audit import audit
from data.imports import old_state_files
from data.imports.old_state_files import read_old_state, take_over_files
from data.ledger import Ledger
from data.repair import repair
from tests.fills import at, contract_book, fill
from tests.integration.conftest import ON_BOTH, Books, Faults, handle_all, log_on, seen

DATABASES = ON_BOTH
_NAME = "state_sim_Sim1.json"


def epoch(seconds: float) -> float:
    return micros_from_utc(at(seconds)) / 1e6


_LEFT: dict[str, object] = {
    "entry_time_epoch": epoch(31),
    "heat_start_epoch": epoch(500),
    "trade_min_price": 4990.25,
    "trade_max_price": 5010.5,
}


@dataclass
class Folder:
    """The data folder at a start of the program, and what the trader is told then."""

    path: Path
    told: list[str] = field(default_factory=list)

    def leave(self, name: str = _NAME, content: bytes | None = None, **values: object) -> None:
        text = json.dumps({**_LEFT, **values}).encode()
        (self.path / name).write_bytes(text if content is None else content)

    def start(self, ledger: Ledger) -> None:
        """As the ledger's thread does: the command is carried out, and its future tells."""

        def submit(command: TakeOver) -> Future[LedgerSnapshot | None]:
            done: Future[LedgerSnapshot | None] = Future()
            try:
                done.set_result(ledger.carry_out(command))
            except HeatlineError as error:
                done.set_exception(error)
            return done

        take_over_files(self.path, submit, self.told.append)

    def names(self) -> list[str]:
        return sorted(each.name for each in self.path.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "data"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def held(books: Books) -> Ledger:
    """LONG 1 at 5000, 30 seconds into the day, in the red when last seen; the program starts ten minutes later."""
    handle_all(books.begin(), [fill(1, "5000.00", 30), seen("4999.00", "5001.00")])
    books.close()
    books.at(600)
    return books.open()


def extremes(books: Books) -> tuple[object, ...]:
    columns = "trade_min_price, trade_max_price, stretch_low, stretch_high, entry_time"
    return row(books, f"SELECT {columns} FROM openposition")  # noqa: S608  # names of ours


def row(books: Books, query: str) -> tuple[object, ...]:
    (only,) = books.rows(query)
    return tuple(only[:])


_WIDENED = (Decimal("4990.25"), Decimal("5010.5"), Decimal("4990.25"), Decimal("5010.5"), micros_from_utc(at(30)))
_AS_SEEN = (4999, 5001, 4999, 5001, micros_from_utc(at(30)))


def test_it_widens_the_extremes_and_leaves_the_entry_as_it_is(held: Ledger, books: Books, folder: Folder) -> None:
    folder.leave()
    folder.start(held)
    assert extremes(books) == _WIDENED
    assert row(books, "SELECT mae, mfe, heat_spell_started_at FROM openposition") == (
        Decimal("-48.75"), Decimal("52.5"), micros_from_utc(at(500)),
    )  # fmt: skip
    assert folder.names() == [f"{_NAME}.applied"]


def test_an_event_names_the_file_and_what_was_taken(held: Ledger, books: Books, folder: Folder) -> None:
    folder.leave()
    folder.start(held)
    event = row(books, "SELECT account, symbol, trade_id, detail FROM positionevent WHERE kind = 'old_state_applied'")
    assert event[:3] == ("Sim1", "MESZ26", 1)
    assert str(event[3]).endswith(f" {_NAME}: prices 4990.25 to 5010.5 and heat since 2026-09-15 14:38:20 UTC")


def test_the_audit_proves_a_ledger_that_took_over_and_a_repair_changes_nothing(
    held: Ledger, books: Books, folder: Folder
) -> None:
    folder.leave()
    folder.start(held)
    books.close()
    assert audit(books.place) == []
    assert repair(books.place, contract_book(), books.now).found == ()
    assert extremes(books) == _WIDENED
    handle_all(books.open(), [*log_on("Sim1"), fill(-1, "5005.00", 700)])
    assert audit(books.place) == []
    assert books.value("SELECT trade_min_price FROM traderecord") == Decimal("4990.25")


def test_the_same_file_again_is_only_put_away(held: Ledger, books: Books, folder: Folder) -> None:
    folder.leave()
    folder.start(held)
    folder.leave()
    revision = books.value("SELECT revision FROM ledgermeta")
    folder.start(held)
    assert books.value("SELECT revision FROM ledgermeta") == revision
    assert folder.names() == [f"{_NAME}.2.applied", f"{_NAME}.applied"]


def test_a_crash_between_the_commit_and_the_renaming_applies_it_once(
    held: Ledger, books: Books, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The position was closed and opened anew meanwhile: a file read twice would be about the wrong one."""
    folder.leave()
    with monkeypatch.context() as patch:
        patch.setattr(old_state_files, "_rename", lambda *_: None)
        folder.start(held)
    assert folder.names() == [_NAME]
    assert books.events().count("old_state_applied") == 1
    books.close()
    ledger = books.open()
    handle_all(ledger, [*log_on("Sim1"), fill(-1, "5005.00", 31), fill(1, "5000.00", 32)])
    folder.start(ledger)
    assert folder.names() == [f"{_NAME}.applied"]
    assert books.events().count("old_state_applied") == 1
    assert extremes(books)[:2] == (5000, 5000)
    assert books.value("SELECT trade_min_price FROM traderecord") == Decimal("4990.25")


@pytest.mark.says
def test_a_disk_that_fails_leaves_the_file_for_the_next_start(tmp_path: Path, folder: Folder) -> None:
    """At every statement; the file is put away only when the event is on disk."""
    books = Books(tmp_path)
    handle_all(books.begin(), [fill(1, "5000.00", 30), seen("4999.00", "5001.00")])
    folder.leave(heat_start_epoch=None)
    statement = 0
    while (folder.path / _NAME).exists():
        ledger = books.reopen()
        Faults(ledger._connection).fail(statement)
        folder.start(ledger)
        assert ("old_state_applied" in books.events()) == (not (folder.path / _NAME).exists())
        statement += 1
    books.close()
    assert statement > 4
    assert extremes(books) == _WIDENED


@pytest.mark.says
@pytest.mark.parametrize("error", [CommandRefused("The ledger is closed"), StorageUnavailable("no disk")])
def test_what_the_ledger_could_not_decide_stays(folder: Folder, error: HeatlineError) -> None:
    folder.leave()

    def submit(_command: TakeOver) -> Future[LedgerSnapshot | None]:
        done: Future[LedgerSnapshot | None] = Future()
        done.set_exception(error)
        return done

    take_over_files(folder.path, submit, folder.told.append)
    assert folder.names() == [_NAME]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("state_live_Sim1.json", "Sim1 has no open LIVE position"),
        ("state_sim_Sim2.json", "Sim2 has no open SIM position"),
        ("state_sim_sim1.json", "sim1 has no open SIM position"),
        ("state_unknown_Sim1.json", "its name says neither SIM nor LIVE"),
    ],
)
def test_a_file_of_another_account_or_mode_is_named_with_the_reason(
    held: Ledger, books: Books, folder: Folder, name: str, why: str
) -> None:
    folder.leave(name)
    folder.start(held)
    assert folder.told == [f"{name} was not taken over: {why}"]
    assert folder.names() == [f"{name}.ignored"]
    assert extremes(books) == _AS_SEEN


@pytest.mark.parametrize("name", ["state_sim_Sim1.json", "state_SIM_Sim1.json", "STATE_Sim_Sim1.JSON"])
def test_the_mode_is_read_however_it_is_written(held: Ledger, books: Books, folder: Folder, name: str) -> None:
    folder.leave(name)
    folder.start(held)
    assert folder.names() == [f"{name}.applied"]
    assert extremes(books) == _WIDENED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"[" * 60_000,
        b'{"entry_time_epoch": NaN}',
        b'{"entry_time_epoch": -Infinity}',
        b'{"entry_time_epoch": 1e999999999999999999999}',
        b'{"entry_time_epoch": "1789482631"}',
        b'{"entry_time_epoch": true}',
        b'{"entry_time_epoch": 0}',
        b'{"entry_time_epoch": 1e30}',
        b'{"entry_time_epoch": 1e9999999}',
        b'{"entry_time_epoch": 1, "trade_max_price": -1e9999999}',
        b'{"entry_time_epoch": ' + b"9" * 5000 + b"}",
        b'{"entry_time_epoch": null, "trade_min_price": 4990}',
        b'{"trade_min_price": 4990}',
        b'{"entry_time_epoch": 1, "trade_min_price": []}',
        b'{"entry_time_epoch": 1, "trade_min_price": 1e20}',
        b'{"entry_time_epoch": 1, "trade_min_price": 2, "trade_max_price": 1}',
        b" " * 70_000 + b"{}",
    ],
    ids=lambda content: content[:40].decode("latin-1").strip() or "blank",
)
def test_what_makes_no_sense_is_ignored_with_one_sentence(folder: Folder, content: bytes) -> None:
    folder.leave(content=content)
    with pytest.raises(OldStateIgnored):
        read_old_state(folder.path / _NAME)
    take_over_files(folder.path, _nobody, folder.told.append)
    (told,) = folder.told
    assert told.startswith(f"{_NAME} was not taken over: ")
    assert "\n" not in told
    assert folder.names() == [f"{_NAME}.ignored"]


def _nobody(_command: TakeOver) -> Future[LedgerSnapshot | None]:
    raise AssertionError("the ledger was asked about a file that says nothing")


def test_nulls_and_missing_keys_are_what_is_not_known(folder: Folder) -> None:
    folder.leave(content=b'\xef\xbb\xbf{"entry_time_epoch": 1789482631.25, "trade_min_price": null, "other": [1]}')
    old = read_old_state(folder.path / _NAME)
    assert (old.mode, old.account, old.heat_since, old.low, old.high) == (Mode.SIM, "Sim1", None, None, None)
    assert micros_from_utc(old.entry_time) == 1_789_482_631_250_000


def test_a_price_of_a_thousand_digits_is_rounded_as_an_average_is(folder: Folder) -> None:
    folder.leave(content=b'{"entry_time_epoch": 1, "trade_min_price": 4990.25' + b"3" * 1000 + b"}")
    assert read_old_state(folder.path / _NAME).low == Decimal("4990.25333333")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2),
)


@given(st.dictionaries(st.sampled_from(sorted(_LEFT)), _json) | _json)
def test_whatever_is_in_the_file_it_is_understood_or_ignored(values: object) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / _NAME
        path.write_text(json.dumps(values), "utf-8")
        try:
            old = read_old_state(path)
        except OldStateIgnored:
            return
        assert old.low is None or old.high is None or old.low <= old.high


def test_no_file_that_is_there_is_overwritten(folder: Folder) -> None:
    (folder.path / f"{_NAME}.ignored").write_text("kept")
    (folder.path / f"{_NAME}.2.ignored").write_text("kept too")
    folder.leave(content=b"{")
    take_over_files(folder.path, _nobody, folder.told.append)
    assert folder.names() == [f"{_NAME}.2.ignored", f"{_NAME}.3.ignored", f"{_NAME}.ignored"]
    assert (folder.path / f"{_NAME}.ignored").read_text() == "kept"


def test_other_files_and_folders_are_left_alone(folder: Folder) -> None:
    (folder.path / "state_sim_Sim9.json").mkdir()
    for name in ("settings.toml", "state_sim_.json", "state_layout.json", "state_sim_Sim1.json.applied"):
        (folder.path / name).write_text("{}")
    before = folder.names()
    take_over_files(folder.path, _nobody, folder.told.append)
    assert folder.names() == before
    take_over_files(folder.path / "nowhere", _nobody, folder.told.append)
    assert folder.told == []


def test_a_folder_that_takes_no_new_name_is_said(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    folder.leave(content=b"{")
    monkeypatch.setattr(Path, "rename", refuse)
    take_over_files(folder.path, _nobody, folder.told.append)
    assert folder.told[1] == f"{_NAME} cannot be renamed: Permission denied"
    assert folder.names() == [_NAME]
