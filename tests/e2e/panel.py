"""The window as a trader has it before him: what it says, and what he clicks. It can be killed at any instant."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 30.0


class Panel:
    """A puppet of ours in a process of its own; see `tests/e2e/puppet.py`."""

    def __init__(self, data_dir: Path, port: int, sierra_data: Path | None = None) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONWARNINGS": "error"}
        environment.pop("QT_QPA_PLATFORM", None)
        arguments = [str(data_dir), str(port), *([str(sierra_data)] if sierra_data else [])]
        self._errors = (data_dir / "puppet.err").open("a+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.puppet", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            text=True,
        )

    def look(self) -> dict[str, Any]:
        """The words on screen and what the state manager knew at that instant."""
        return self._order(do="look")

    def wait_for(self, is_so: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The first look of which it is so."""
        deadline = time.monotonic() + _PATIENCE_S
        while not is_so(seen := self.look()):
            assert time.monotonic() < deadline, f"waited in vain for {what}; last seen {seen}"
            time.sleep(0.03)
        return seen

    def click(self, name: str) -> None:
        self._order(do="click", name=name)

    def try_click(self, name: str) -> bool:
        """Clicks where there is something to click on; says whether there was."""
        return "error" not in self._answer_to({"do": "click", "name": name})

    def press(self, keys: str) -> None:
        self._order(do="key", keys=keys)

    def write(self, text: str) -> None:
        """Types where the keyboard is."""
        self._order(do="write", text=text)

    def type(self, name: str, text: str) -> None:
        self._order(do="type", name=name, text=text)

    def save(self, picture: Path) -> None:
        self._order(do="save", file=str(picture))

    def kill(self) -> None:
        """`kill -9`: no goodbye of any kind."""
        self.process.kill()
        self.process.communicate()
        self._errors.close()

    def end(self) -> None:
        """Closes the window as the trader does, and expects a clean end; a second time nothing happens."""
        if self._errors.closed:
            return
        if self.process.poll() is None:
            self._say({"do": "end"})
        _, _ = self.process.communicate(timeout=_PATIENCE_S)
        self._errors.seek(0)
        complaints = self._errors.read()
        self._errors.close()
        assert self.process.returncode == 0, complaints
        assert "Traceback" not in complaints, complaints

    def _order(self, **order: str) -> dict[str, Any]:
        answer = self._answer_to(order)
        assert "error" not in answer, answer["error"]
        return answer

    def _answer_to(self, order: dict[str, str]) -> dict[str, Any]:
        self._say(order)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"The window ended: {self._errors.read()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _say(self, order: dict[str, str]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
