"""The real programs as child processes: the practice exchange and the window, started, killed, started again."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.values import Side
from data.dtc import order_requests
from data.dtc.enums import BuySell, OrderType
from data.practice.listing import DEFAULT_SYMBOL, SIM_ACCOUNT
from tests.control import Control
from tests.e2e.panel import Panel
from tests.e2e.tap import Tap
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

    control: Control  # only where it was started with `--control`

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.port = port

    def trade(self, *orders: tuple[Side, int]) -> None:
        """Market orders of Sim1, each filled before the next."""
        wire = Wire(self.port)
        with wire.socket:
            wire.log_on().subscribe()
            for side, qty in orders:
                _order(wire, side, qty)

    @contextmanager
    def hammered(self, random: Random, pause: float = 0.04) -> Iterator[None]:
        """While the context lasts, somebody sends orders as fast as no trader does."""
        ending = threading.Event()

        def hammer() -> None:
            wire = Wire(self.port)
            with wire.socket:
                wire.log_on()
                while not ending.wait(pause):
                    _order(wire, random.choice(tuple(Side)), random.randint(1, 3))

        thread = threading.Thread(target=hammer)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


def _order(wire: Wire, side: Side, qty: int) -> None:
    wire.say(
        order_requests.SubmitNewSingleOrder(
            Symbol=DEFAULT_SYMBOL,
            TradeAccount=SIM_ACCOUNT,
            ClientOrderID=str(time.time_ns()),
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
        self.log = self.data_dir / "heatline.log"
        self.state = directory / "exchange.jsonl"
        self._children = children
        self._taps: dict[int, Tap] = {}

    def copy(self) -> "Desk":
        """A desk of its own with the ledger as it lies here now."""
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        shutil.copytree(self.data_dir, directory / self.data_dir.name)
        return Desk(directory, self._children)

    def start(self, *arguments: str) -> Child:
        child = Child(list(arguments), self.directory)
        self._children.callback(child.end)
        return child

    def run(self, *arguments: str, expected: int = 0) -> str:
        return self.start(*arguments).finish(expected)

    def start_exchange(self, *arguments: str, port: int = 0) -> Exchange:
        child = self.start("practice", "--port", str(port), "--state", str(self.state), *arguments)
        assert child.process.stdout is not None
        line = child.process.stdout.readline().decode()
        assert line.startswith("Practice exchange on"), line
        exchange = Exchange(child, int(line.rpartition(":")[2]))
        if "--control" in arguments:
            exchange.control = Control.from_line(child.process.stdout.readline().decode())
            self._children.callback(exchange.control.close)
        return exchange

    def start_window(self, port: int, *arguments: str, is_tapped: bool = True) -> Child:
        address = f"127.0.0.1:{self._tapped(port) if is_tapped else port}"
        return self.start("--data-dir", str(self.data_dir), "--dtc", address, "--offscreen", *arguments)

    def start_panel(self, port: int, sierra_data: Path | None = None) -> Panel:
        """A window that can be looked at and clicked on while it runs."""
        panel = Panel(self.data_dir, self._tapped(port), sierra_data)
        self._children.callback(panel.end)
        return panel

    def said_orders(self) -> list[int]:
        """The types of all orders that windows sent, read from the bytes on their sockets."""
        return [number for tap in self._taps.values() for number in tap.orders()]

    def heard_bytes(self) -> int:
        """How much windows said: nothing heard would prove nothing."""
        return sum(tap.byte_count for tap in self._taps.values())

    def _tapped(self, port: int) -> int:
        """The port that leads to `port` and keeps what a window says there."""
        if port not in self._taps:
            self._taps[port] = Tap(port)
            self._taps[port].start()
            self._children.callback(_end, self._taps[port])
        return self._taps[port].port

    def see_window(self, port: int, seconds: float) -> list[str]:
        """What the window says after `seconds`, word by word as on screen."""
        self.start_window(port, "--for", str(seconds), "--screenshot", str(self.picture)).finish()
        return self.seen()

    @property
    def picture(self) -> Path:
        return self.directory / "window.png"

    def seen(self) -> list[str]:
        """The words on the screenshot that a window left."""
        return self.picture.with_suffix(".txt").read_text("utf-8").splitlines()

    def read(self, *queries: str) -> list[list[sqlite3.Row]]:
        """The answers to the queries, all of one moment, beside whoever writes."""
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            return [connection.execute(query).fetchall() for query in queries]

    def booked(self) -> set[str]:
        """The ids of the executions in the ledger; none while there is no ledger."""
        try:
            return {row["execution_id"] for row in self.read("SELECT execution_id FROM execution")[0]}
        except sqlite3.OperationalError:
            return set()

    def is_logged_on(self) -> bool:
        """True once the server has told its accounts to this ledger."""
        try:
            return bool(self.read("SELECT 1 FROM accountstate")[0])
        except sqlite3.OperationalError:
            return False

    def made(self) -> list[dict[str, Any]]:
        """The fills that the exchange wrote down, in their order."""
        whole, _, _being_written = self.state.read_bytes().rpartition(b"\n")
        lines = (json.loads(line) for line in whole.splitlines())
        return [line for line in lines if line["type"] == "fill"]

    def has_booked_all(self) -> bool:
        """True when all that the exchange has made is in the ledger and folded."""
        made = {fill["execution_id"] for fill in self.made()}
        return made <= self.booked() and not self.read("SELECT 1 FROM execution WHERE entry_type IS NULL")[0]


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


def _end(tap: Tap) -> None:
    """Whatever happens in a test: no window ever asks for a trade."""
    tap.stop()
    assert tap.orders() == []


def wait_until(is_so: Callable[[], bool], what: str, patience: float = _PATIENCE_S) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    return kept | {"PYTHONWARNINGS": "error"}
