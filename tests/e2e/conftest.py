"""The real programs as child processes: the practice exchange and the window, started, killed, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.values import Side
from data.dtc import messages
from data.dtc.enums import BuySell, OrderType
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT
from tests.wire import Wire

_PATIENCE_S = 30.0
_PROGRAM = str(Path(sys.executable).with_name("heatline"))


class Child:
    """One child process that is ours to end, and never outlives the test."""

    def __init__(self, arguments: list[str], directory: Path) -> None:
        self.process = subprocess.Popen(
            [_PROGRAM, *arguments], cwd=directory, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def kill(self) -> None:
        """`kill -9`: no goodbye of any kind."""
        self.process.kill()
        self.process.communicate()

    def finish(self, expected: int = 0) -> str:
        """Waits for its own end; returns what it printed."""
        output, _ = self.process.communicate(timeout=_PATIENCE_S)
        text = output.decode()
        assert self.process.returncode == expected, text
        return text

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.communicate(timeout=_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise


class Exchange:
    """The practice exchange in a process of its own, and a trader who trades there with another program."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.port = port

    def trade(self, *orders: tuple[Side, int]) -> None:
        """Market orders of Sim1, each filled before the next."""
        wire = Wire(self.port)
        with wire.socket:
            wire.log_on().subscribe()
            for number, (side, qty) in enumerate(orders):
                wire.say(
                    messages.SubmitNewSingleOrder(
                        Symbol=DEFAULT_SYMBOL,
                        TradeAccount=SIM_ACCOUNT,
                        ClientOrderID=f"{time.time_ns()}-{number}",
                        OrderType=OrderType.MARKET,
                        BuySell=BuySell.BUY if side is Side.BUY else BuySell.SELL,
                        Quantity=qty,
                    )
                )
                wire.filled()


class Desk:
    """A place to start programs from: one folder for the ledger, one for the exchange's state."""

    def __init__(self, directory: Path, children: ExitStack) -> None:
        self.directory = directory
        self.data_dir = directory / "ledger"
        self.database = self.data_dir / "heatline.db"
        self._children = children

    def start(self, *arguments: str) -> Child:
        child = Child(list(arguments), self.directory)
        self._children.callback(child.end)
        return child

    def run(self, *arguments: str, expected: int = 0) -> str:
        return self.start(*arguments).finish(expected)

    def start_exchange(self, *arguments: str, port: int = 0) -> Exchange:
        state = str(self.directory / "exchange.jsonl")
        child = self.start("practice", "--port", str(port), "--state", state, *arguments)
        assert child.process.stdout is not None
        line = child.process.stdout.readline().decode()
        assert line.startswith("Practice exchange on"), line
        return Exchange(child, int(line.rpartition(":")[2]))

    def start_window(self, port: int, *arguments: str) -> Child:
        return self.start("--data-dir", str(self.data_dir), "--dtc", f"127.0.0.1:{port}", "--offscreen", *arguments)

    def see_window(self, port: int, seconds: float) -> list[str]:
        """What the window says after `seconds`, word by word as on screen."""
        picture = self.directory / "window.png"
        self.start_window(port, "--for", str(seconds), "--screenshot", str(picture)).finish()
        return picture.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as children:
        yield Desk(tmp_path, children)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port of this machine where nobody answers."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def wait_until(is_so: Callable[[], bool], what: str, patience: float = _PATIENCE_S) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    return kept | {"PYTHONWARNINGS": "error"}
