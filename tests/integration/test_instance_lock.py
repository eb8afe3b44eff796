"""One ledger, one writer: the second is told so in a sentence, and a dead one stands in nobody's way."""

import errno
import fcntl
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli import main
from core.errors import LedgerInUse, StorageUnavailable
from data import instance_lock
from data.database import open_reader, open_writer
from data.instance_lock import InstanceLock, is_writer_running
from tests.integration.conftest import Books

_HOLD = """
import sys, time
from pathlib import Path
from data.database import open_writer
connection = open_writer(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


def start_holder(path: Path) -> "subprocess.Popen[bytes]":
    root = Path(__file__).parents[2]
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], cwd=root, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    return holder


def end(holder: "subprocess.Popen[bytes]") -> None:
    holder.kill()
    holder.communicate()


def test_a_second_writer_is_refused_with_one_sentence_that_names_the_folder(books: Books) -> None:
    books.open()
    with pytest.raises(LedgerInUse) as refused:
        open_writer(books.path)
    assert str(books.path.parent) in str(refused.value)
    assert "\n" not in str(refused.value)
    books.close()
    open_writer(books.path).close()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    holder = start_holder(path)
    try:
        assert is_writer_running(path)
        with pytest.raises(LedgerInUse):
            open_writer(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert not is_writer_running(path)
        open_writer(path).close()
    finally:
        end(holder)


def test_a_second_window_ends_with_the_sentence_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "heatline.db"
    holder = start_holder(path)
    try:
        before = path.read_bytes()
        assert main(["--data-dir", str(tmp_path), "--offscreen", "--for", "1"]) == 2
        assert capsys.readouterr().err.startswith(f"heatline: Another Heatline is running on the ledger in {tmp_path}")
        assert path.read_bytes() == before
    finally:
        end(holder)


@pytest.mark.parametrize("command", ["trades", "stats", "audit"])
def test_reading_commands_run_beside_a_writer(books: Books, command: str) -> None:
    books.open()
    assert main([command, "--data-dir", str(books.path.parent)]) == 0


def test_a_failed_opening_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "heatline.db"
    path.write_text("this is not a database " * 100)
    for _ in range(2):
        with pytest.raises(Exception, match="not a database"):
            open_writer(path)
    assert not is_writer_running(path)


def test_a_reader_takes_no_lock(books: Books) -> None:
    books.open()
    books.close()
    with open_reader(books.path).connect():
        assert not is_writer_running(books.path)


def test_asking_whether_a_writer_runs_creates_nothing(tmp_path: Path) -> None:
    assert not is_writer_running(tmp_path / "heatline.db")
    assert list(tmp_path.iterdir()) == []


def test_whoever_only_asks_does_not_keep_a_writer_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the lock at the first try, and has let go at the second."""
    answers = iter([False, True])
    monkeypatch.setattr(instance_lock, "_take", lambda _descriptor: next(answers))
    InstanceLock.acquire(tmp_path / "heatline.db").release()


def test_a_folder_that_takes_no_lock_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="nowhere"):
        InstanceLock.acquire(tmp_path / "nowhere" / "heatline.db")


def locking(descriptor: int, mode: int, count: int) -> None:
    """What msvcrt does on Windows, done with what there is here."""
    assert (mode, count) == (2, 1)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None


def windows_module(monkeypatch: pytest.MonkeyPatch, locking: Callable[[int, int, int], None]) -> SimpleNamespace:
    """The module as it is on Windows."""
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr(sys, "platform", "win32")
    return SimpleNamespace(**runpy.run_path(instance_lock.__file__))


def test_on_windows_a_locked_byte_keeps_the_second_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = windows_module(monkeypatch, locking)
    path = tmp_path / "heatline.db"
    first = windows.InstanceLock.acquire(path)
    assert windows.is_writer_running(path)
    with pytest.raises(LedgerInUse):
        windows.InstanceLock.acquire(path)
    first.release()
    assert not windows.is_writer_running(path)
    windows.InstanceLock.acquire(path).release()


def test_on_windows_a_share_that_cannot_lock_is_no_second_heatline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _mode: int, _count: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with pytest.raises(StorageUnavailable, match="No locks available"):
        windows_module(monkeypatch, refuse).InstanceLock.acquire(tmp_path / "heatline.db")
